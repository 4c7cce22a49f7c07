import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const SCRIPTS = resolve(__dirname, "../../../docs/push");

export const skopeoTest = spawnSync("skopeo", ["--version"]).error === undefined ? test : test.skip;

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What the script left in the folder for temporary files. */
  readonly left: readonly string[];
}

export interface JobOptions {
  /** Of docs/push/. */
  readonly script: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Folder of programs that come before the system's. */
  readonly programs?: string;
  readonly shell?: readonly string[];
  readonly stdin?: Buffer;
  readonly cwd?: string;
  readonly onStart?: (kill: (signal: NodeJS.Signals) => void) => void;
}

/** Runs one of the push scripts as a job's step would. */
export function job(folder: string, options: JobOptions): Promise<Ended> {
  const command = [...(options.shell ?? ["sh"]), join(SCRIPTS, options.script), ...options.args];
  return step(folder, command, options);
}

/** Runs a command as a job's step would, in an environment with nothing of this machine but PATH. */
export async function step(
  folder: string,
  command: readonly string[],
  options: Omit<JobOptions, "script" | "args">,
): Promise<Ended> {
  const temporary = mkdtempSync(join(folder, "job-"));
  const path = `${options.programs === undefined ? "" : `${options.programs}:`}${process.env.PATH ?? ""}`;
  const child = spawn(command[0] ?? "", command.slice(1), {
    cwd: options.cwd,
    env: { PATH: path, HOME: temporary, TMPDIR: temporary, PUSH_DELAY: "1", ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.on("error", () => undefined); // a script that ends early reads nothing
  child.stdin.end(options.stdin);
  options.onStart?.((signal) => void child.kill(signal));
  const [status] = (await once(child, "close")) as [number | null];
  return { status, stdout, stderr, left: readdirSync(temporary).filter((name) => !name.startsWith(".")) };
}

/** A folder of programs: each a link to a file, or a script by its text. */
export function programs(folder: string, entries: Readonly<Record<string, string>>): string {
  const bin = mkdtempSync(join(folder, "bin-"));
  mkdirSync(bin, { recursive: true });
  for (const [name, content] of Object.entries(entries)) {
    const file = join(bin, name);
    if (content.startsWith("#!")) {
      writeFileSync(file, content);
      chmodSync(file, 0o755);
    } else {
      symlinkSync(content, file);
    }
  }
  return bin;
}

export function stub(name: string): string {
  return resolve(__dirname, `${name}.sh`);
}
