import { readdirSync, readFileSync } from "node:fs";

/** Environments of all other processes that may be read. Linux only; elsewhere there are none. */
function environments(): Map<number, string[]> {
  let names: string[] = [];
  try {
    names = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  } catch {
    return new Map();
  }
  return new Map(
    names.map(Number).flatMap((pid): [number, string[]][] => {
      if (pid === process.pid) return [];
      try {
        return [[pid, readFileSync(`/proc/${pid}/environ`, "utf8").split("\0")]];
      } catch {
        return []; // it has ended, or is not ours
      }
    }),
  );
}

/** Processes with that home folder: all of one host. */
export function processesOf(home: string): number[] {
  return processesWith("HOME", home);
}

/** Processes that were started with that value of a variable, however far below and in whichever group. */
export function processesWith(variable: string, value: string): number[] {
  return processesWhere((environment) => environment.includes(`${variable}=${value}`));
}

/** @param suits is told the environment that a process was started with, as `NAME=value` */
export function processesWhere(suits: (environment: readonly string[]) => boolean): number[] {
  return [...environments()].filter(([, environment]) => suits(environment)).map(([pid]) => pid);
}

/** Those of them that SSH sessions began. */
export function sessionsOf(home: string): number[] {
  return [...environments()]
    .filter(
      ([, env]) => env.includes(`HOME=${home}`) && env.some((each) => each.startsWith("SSH_CONNECTION=")),
    )
    .map(([pid]) => pid);
}

export function killAll(pids: number[], signal: NodeJS.Signals = "SIGKILL"): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // it has ended
    }
  }
}
