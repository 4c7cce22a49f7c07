import { existsSync, readdirSync, readFileSync } from "node:fs";

/** How often all processes are looked at. */
const INTERVAL_MS = 40;

/** What was seen of the processes of this machine while something ran. */
export interface Seen {
  /** Every command line, its arguments apart by blanks. */
  readonly commandLines: ReadonlySet<string>;
  /** Every variable of every environment, as `NAME=value`. */
  readonly variables: ReadonlySet<string>;
}

/** Whether this system shows its processes as files. */
export const canWatch = existsSync("/proc/self/environ");

/** Looks at the arguments and environments of all processes, as any user of the machine could at the arguments. */
export function watchProcesses(): { stop(): Seen } {
  const commandLines = new Set<string>();
  const variables = new Set<string>();
  const look = () => {
    if (!canWatch) return;
    for (const pid of readdirSync("/proc")) {
      if (!/^\d+$/.test(pid)) continue;
      commandLines.add(entries(pid, "cmdline").join(" "));
      for (const variable of entries(pid, "environ")) variables.add(variable);
    }
  };
  const timer = setInterval(look, INTERVAL_MS);
  return {
    stop: () => {
      clearInterval(timer);
      return { commandLines, variables };
    },
  };
}

/** A process may end, or be somebody else's, at any moment. */
function entries(pid: string, file: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8").split("\0");
  } catch {
    return [];
  }
}
