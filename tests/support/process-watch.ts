import { existsSync, readdirSync, readFileSync } from "node:fs";

/** How often all processes are looked at. */
const INTERVAL_MS = 40;

/** What was seen of the processes of this machine while something ran. */
export interface Seen {
  /** Every command line, its arguments apart by blanks. */
  readonly commandLines: ReadonlySet<string>;
  /** Every variable of every environment, as `NAME=value`. */
  readonly variables: ReadonlySet<string>;
  /** Largest core dump that each of one's own processes may leave, by its command line; `0`, bytes, or `unlimited`. */
  readonly coreLimits: ReadonlyMap<string, string>;
}

/** Whether this system shows its processes as files. */
export const canWatch = existsSync("/proc/self/environ");

/**
 * Looks at the arguments and environments of all processes, as any user of the machine could at the arguments.
 *
 * @param mark a text in the environment of one's own processes
 */
export function watchProcesses(mark: string): { stop(): Seen } {
  const coreLimits = new Map<string, string>();
  const commandLines = new Set<string>();
  const variables = new Set<string>();
  const known = new Map<string, { commandLine: string; own: boolean }>();
  /** A process that has become another program has another command line: only then its environment can be another. */
  const identify = (pid: string, commandLine: string) => {
    const environment = entries(pid, "environ");
    commandLines.add(commandLine);
    for (const variable of environment) variables.add(variable);
    const one = { commandLine, own: environment.some((variable) => variable.includes(mark)) };
    // At the very moment of its start a process shows none yet.
    if (environment.some(Boolean)) known.set(pid, one);
    return one;
  };
  const look = () => {
    if (!canWatch) return;
    for (const pid of readdirSync("/proc")) {
      if (!/^\d+$/.test(pid)) continue;
      const commandLine = entries(pid, "cmdline").join(" ");
      // The kernel's own, or one that has ended.
      if (commandLine === "") continue;
      const before = known.get(pid);
      const { own } = before?.commandLine === commandLine ? before : identify(pid, commandLine);
      if (!own) continue;
      const [, limit] = /^Max core file size +(\S+)/m.exec(entries(pid, "limits").join()) ?? [];
      if (limit !== undefined) coreLimits.set(commandLine, limit);
    }
  };
  const timer = setInterval(look, INTERVAL_MS);
  return {
    stop: () => {
      clearInterval(timer);
      return { commandLines, variables, coreLimits };
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
