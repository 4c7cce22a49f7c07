import { spawn } from "node:child_process";

export interface Outcome {
  readonly status: number | null;
  /** Standard output and standard error as they came. */
  readonly output: string;
}

export type RunCommand = (command: string, args: readonly string[]) => Promise<Outcome>;

/** Runs a program to its end in the current folder, without standard input; shows nothing, since it may print a secret. */
export const runCommand: RunCommand = (command, args) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, output: Buffer.concat(chunks).toString() }));
  });
