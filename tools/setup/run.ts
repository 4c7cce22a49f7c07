import { spawn } from "node:child_process";
import { once } from "node:events";

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Called for every line of standard output and standard error. */
  onLine?: (line: string) => void;
  /** Called once a second; the process group is killed when it returns true. */
  giveUp?: () => boolean;
}

export interface RunResult {
  /** Exit code; undefined if a signal ended the process or it could not be started. */
  code: number | undefined;
  gaveUp: boolean;
  /** The last lines of its output, or why it could not be started. */
  output: string[];
}

const KEPT_LINES = 200;
const groups = new Set<number>();

/**
 * Runs a program to its end, without standard input, in a process group of its own, so that giving up and an
 * interrupted set-up end its children too. Never rejects.
 */
export async function run(command: string, args: string[], options: RunOptions = {}): Promise<RunResult> {
  const output: string[] = [];
  const keep = (line: string) => {
    output.push(line);
    if (output.length > KEPT_LINES) output.shift();
    options.onLine?.(line);
  };
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number | undefined>((resolve) => {
    child.on("error", (error) => {
      keep(error.message);
      resolve(undefined);
    });
    child.on("close", (code) => resolve(code ?? undefined));
  });
  splitLines(child.stdout, keep);
  splitLines(child.stderr, keep);
  if (child.pid === undefined) return { code: await ended, gaveUp: false, output };

  const group = child.pid;
  groups.add(group);
  let gaveUp = false;
  const watch = setInterval(() => {
    if (options.giveUp?.() !== true) return;
    gaveUp = true;
    endGroup(group);
  }, 1000);
  const code = await ended;
  clearInterval(watch);
  groups.delete(group);
  return { code, gaveUp, output };
}

/** Hands every line on, and what is left at the end of the stream. */
function splitLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(onLine);
  });
  stream.on("end", () => {
    if (rest !== "") onLine(rest);
  });
}

function endGroup(group: number): void {
  try {
    process.kill(-group, "SIGKILL");
  } catch (error) {
    // ESRCH: it ended by itself in the meantime.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Calls `onSignal` for every signal that would end this process, as long as `work` lasts. */
async function whileHandling<T>(
  onSignal: (signal: NodeJS.Signals) => void,
  work: () => Promise<T>,
): Promise<T> {
  SIGNALS.forEach((name) => process.on(name, onSignal));
  try {
    return await work();
  } finally {
    SIGNALS.forEach((name) => process.removeListener(name, onSignal));
  }
}

/** Ends this process as the signal does when nobody handles it, so that the caller's shell sees the usual status. */
function endBy(signal: NodeJS.Signals): void {
  SIGNALS.forEach((name) => process.removeAllListeners(name));
  process.kill(process.pid, signal);
}

/** A signal during `work` ends the running programs, has `cleanUp` called, and ends this process. */
export function interruptible<T>(work: () => Promise<T>, cleanUp?: () => void): Promise<T> {
  const stop = (signal: NodeJS.Signals) => {
    groups.forEach(endGroup);
    cleanUp?.();
    endBy(signal);
  };
  return whileHandling(stop, work);
}

/** A signal during `work` has its effect after it: for work that must not be left half done. */
export async function signalsAfter<T>(work: () => Promise<T>): Promise<T> {
  let seen: NodeJS.Signals | undefined;
  const result = await whileHandling((signal) => (seen = signal), work);
  if (seen !== undefined) endBy(seen);
  return result;
}

/**
 * Hands the terminal to a program and resolves to its exit code. Signals sent to this process are passed on;
 * a program that a signal ended ends this process in the same way, as if it had been exec'ed. What run() runs beside it
 * ends at once in both cases.
 * Ctrl-C reaches the program twice (from the terminal and from here), as under every `npm start`.
 *
 * @param errorLine what is shown of each line of standard error; without it, that is the terminal's too
 */
export async function handOver(
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  errorLine?: (line: string) => string,
): Promise<number> {
  const child = spawn(command, args, { env, stdio: ["inherit", "inherit", errorLine ? "pipe" : "inherit"] });
  if (child.stderr && errorLine)
    splitLines(child.stderr, (line) => process.stderr.write(`${errorLine(line)}\n`));
  const [code, signal] = await whileHandling(
    (name) => {
      groups.forEach(endGroup);
      child.kill(name);
    },
    () => once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>,
  );
  if (signal !== null) {
    groups.forEach(endGroup);
    endBy(signal);
  }
  return code ?? 1;
}
