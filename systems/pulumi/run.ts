import { type ChildProcess, spawn, type StdioOptions } from "node:child_process";
import { once } from "node:events";
import { delimiter } from "node:path";
import { cacheFolder, pulumiHome, refuseForeignHome } from "./cli-location";
import { refuseRevealing } from "./revealing";

/** The CLI's output, and how it ended. */
export interface CommandResult {
  /** Exit code; null if a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both unmodified. */
  readonly output: string;
  /** Whether it was stopped at its time limit. */
  readonly timedOut: boolean;
}

export interface Running {
  readonly child: ChildProcess;
  /** Only rejects if the CLI cannot be started. */
  readonly ended: Promise<CommandResult>;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Its standard input; default: empty. Secrets are passed this way, never as an argument. */
  readonly input?: string | undefined;
  /** Limit in ms; default: none. */
  readonly timeoutMs?: number;
  /** Called with each piece of its output. */
  readonly write?: (text: string) => void;
}

/** The CLI cannot be started, or failed. Its own error is in the message; it prints no secret there. */
export class PulumiError extends Error {
  override readonly name = "PulumiError";
}

/** For machine-readable output: no prompt, no escape sequence. */
const PLAIN = ["--non-interactive", "--color", "never"];

/** With the CLI that the set-up installed first on PATH. @throws RevealingError, ForeignHomeError */
export function cliEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  refuseRevealing([], environment);
  refuseForeignHome(environment);
  return {
    ...environment,
    PATH: [cacheFolder(pulumiHome(environment)), environment["PATH"] ?? ""].join(delimiter),
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
}

/** Starts the CLI and collects its output. @throws RevealingError */
export function startPulumi(args: readonly string[], options: RunOptions): Running {
  const { input, timeoutMs, write } = options;
  const child = start([...args, ...PLAIN], options, [
    input === undefined ? "ignore" : "pipe",
    "pipe",
    "pipe",
  ]);
  const texts = { stdout: "", stderr: "", output: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      texts[name] += text;
      texts.output += text;
      write?.(text);
    });
  }
  // A child that ended before it had read everything reports why with its status.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(input);
  let timedOut = false;
  const limit =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          child.kill("SIGTERM");
        }, timeoutMs);
  const ended = endOf(child)
    .then((status): CommandResult => ({ status, ...texts, timedOut }))
    .finally(() => clearTimeout(limit));
  return { child, ended };
}

/** Runs the CLI in this terminal. @returns its exit code */
export async function showPulumi(args: readonly string[], options: RunOptions): Promise<number> {
  return (await endOf(start(args, options, "inherit"))) ?? 1;
}

const running = new Set<ChildProcess>();

function start(args: readonly string[], { cwd, environment }: RunOptions, stdio: StdioOptions): ChildProcess {
  const child = spawn("pulumi", args, { cwd, env: cliEnvironment(environment), stdio });
  running.add(child);
  child.once("close", () => running.delete(child));
  return child;
}

/** Passes a signal on to every running CLI, and waits for their ends. */
export async function endPulumi(signal: NodeJS.Signals): Promise<void> {
  await Promise.all(
    [...running].map((child) => {
      const ended = once(child, "close");
      child.kill(signal);
      return ended;
    }),
  );
}

function endOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.on("close", resolve);
    child.on("error", (error: NodeJS.ErrnoException) =>
      reject(
        new PulumiError(
          error.code === "ENOENT"
            ? "there is no pulumi on PATH; install it, or run npm start once, which does"
            : `pulumi cannot be started: ${error.code ?? error.message}`,
          { cause: error },
        ),
      ),
    );
  });
}
