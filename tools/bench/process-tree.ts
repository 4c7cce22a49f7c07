import { readdirSync, readFileSync } from "node:fs";

/** Resident memory in MiB of the child processes, from `/proc` (Linux only); `leaveOut` are names of programs. */
export function residentBelow(root: number, leaveOut: readonly string[]): number {
  const processes = readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap(statusOf);
  const below = new Set([root]);
  // A parent may come after its child in the list, so repeat until nothing is added.
  for (let before = 0; before < below.size;) {
    before = below.size;
    for (const { pid, parent } of processes) if (below.has(parent)) below.add(pid);
  }
  below.delete(root);
  const counted = processes.filter(({ pid, name }) => below.has(pid) && !leaveOut.includes(name));
  return counted.reduce((sum, { residentKib }) => sum + residentKib, 0) / 1024;
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  readonly residentKib: number;
}

/** Nothing for a process that has ended in the meantime. */
function statusOf(pid: string): Process[] {
  try {
    const text = readFileSync(`/proc/${pid}/status`, "utf8");
    const field = (name: string) => new RegExp(`^${name}:\\s+(\\S+)`, "m").exec(text)?.[1] ?? "";
    const residentKib = Number(field("VmRSS") || 0);
    return [{ pid: Number(pid), parent: Number(field("PPid")), name: field("Name"), residentKib }];
  } catch {
    return [];
  }
}
