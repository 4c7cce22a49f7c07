import { spawn } from "node:child_process";
import { killSession, startGuard } from "./session";

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both unmodified; if a signal ended the program, the last line says so. */
  readonly output: string;
}

export type RunCommand = (
  command: string,
  args: readonly string[],
  environment?: Readonly<Record<string, string>>,
) => Promise<Outcome>;

/**
 * Runs a program to its end in the current folder, without standard input. It shows nothing, because the output may
 * contain a secret.
 *
 * The program has its own session. If a signal kills it, for instance because the host has no memory left, its
 * plugins would survive, so they are ended too. Everything is also ended if this process ends.
 */
export const runCommand: RunCommand = (command, args, environment = {}) =>
  new Promise((resolve, reject) => {
    const env = { ...process.env, ...environment };
    const guard = startGuard();
    const stop = onSignal(() => child.kill("SIGINT"));
    const [program, itsArgs] = guard.watched(command, args);
    const child = spawn(program, itsArgs, {
      env,
      stdio: ["ignore", "pipe", "pipe", guard.pipe],
      detached: true,
    });
    const { pid: session } = child;
    const texts = { stdout: "", stderr: "", output: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name]?.setEncoding("utf8").on("data", (text: string) => {
        texts[name] += text;
        texts.output += text;
      });
    }
    const over = () => {
      stop();
      guard.end();
    };
    child.on("error", (error) => {
      over();
      reject(error);
    });
    // Remaining processes hold its output open, and would prevent the close event.
    child.on("exit", (_status, signal) => {
      if (signal !== null && session !== undefined) killSession(session);
    });
    child.on("close", (status, signal) => {
      over();
      const told = signal === null ? "" : endedBy(command, signal);
      resolve({ status, stdout: texts.stdout, stderr: texts.stderr + told, output: texts.output + told });
    });
  });

/** The last line of a program that a signal ended. */
export function endedBy(command: string, signal: string): string {
  return `\n${command} was ended by ${signal} before it was done; the next job finishes what it left half-done\n`;
}

/**
 * A signal to this job is passed to the program, as Ctrl-C would be: Pulumi then finishes its step and releases its
 * lock.
 */
function onSignal(pass: () => void): () => void {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, pass);
  return () => signals.forEach((signal) => process.off(signal, pass));
}
