import { readdirSync, readFileSync } from "node:fs";

/** Processes whose environment holds the text, such as a HOME of their own. Linux only; elsewhere none are found. */
export function processesWith(text: string): number[] {
  let names: string[] = [];
  try {
    names = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
  return names.map(Number).filter((pid) => {
    if (pid === process.pid) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(text);
    } catch {
      return false; // it has ended, or is not ours
    }
  });
}

export function killAll(pids: number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // it has ended
    }
  }
}
