import { type ChildProcess, spawn, type SpawnOptions } from "node:child_process";
import { once } from "node:events";

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both as they came. */
  readonly output: string;
}

/** How long a program may take to end by itself when it is interrupted: Pulumi's engine gives its lock back then. */
const GRACE_MS = 60_000;
const running = new Map<ChildProcess, Promise<unknown>>();

export interface Running {
  /** What it said so far. */
  readonly output: string;
  readonly ended: Promise<Ended>;
  /** To it and all that it started. */
  signal(name: NodeJS.Signals): void;
}

/** Starts a program in a process group of its own, and collects what it says. */
export function startChild(
  command: string,
  args: readonly string[],
  options: Pick<SpawnOptions, "cwd" | "env">,
): Running {
  const child = spawn(command, args, { ...options, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const texts = { stdout: "", stderr: "", output: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      texts[name] += text;
      texts.output += text;
    });
  }
  const closed = once(child, "close") as Promise<[number | null]>;
  running.set(child, closed);
  const ended = closed
    .then(([status]) => ({ status, ...texts }))
    .finally(() => {
      running.delete(child);
    });
  return {
    get output() {
      return texts.output;
    },
    ended,
    signal: (name) => {
      signal(child, name);
    },
  };
}

/** Runs a program to its end, as `startChild` starts it. */
export function runChild(...started: Parameters<typeof startChild>): Promise<Ended> {
  return startChild(...started).ended;
}

/**
 * Ends what a test has started and not waited for, with all that it started in turn: for `afterEach`, since a test that fails or
 * runs into its deadline leaves its children to the next ones.
 *
 * @returns how many there were
 */
export async function endChildren(): Promise<number> {
  const left = [...running];
  await Promise.all(
    left.map(async ([child, closed]) => {
      // What it has started may take no notice of the interrupt: it goes when its parent has gone.
      child.once("exit", () => signal(child, "SIGKILL"));
      signal(child, "SIGINT");
      const killing = setTimeout(() => signal(child, "SIGKILL"), GRACE_MS);
      await closed.catch(() => undefined);
      clearTimeout(killing);
    }),
  );
  return left.length;
}

function signal({ pid }: ChildProcess, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch (error) {
    // It ended in the meantime.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
