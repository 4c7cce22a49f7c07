import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { SET_BY_CLI } from "./cli-flags";

interface Process {
  readonly parent: number;
  /** The program's file; a link to it may have another name. Only Linux shows it. */
  readonly file?: string;
  readonly args: readonly string[];
}

/** The call of the CLI that started this process. */
export interface CliCall {
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

/** Program, language host, CLI; there may be a wrapper in between. */
const FARTHEST = 5;

/**
 * The arguments and the environment of the CLI above this process. If there is none, or it cannot be inspected: no
 * arguments, and this process's own environment without the CLI's variables.
 */
export function cliCall(): CliCall {
  let pid = process.ppid;
  for (let steps = 0; steps < FARTHEST && pid > 1; steps += 1) {
    const found = processOf(pid);
    if (found === undefined) break;
    const [program = "", ...args] = found.args;
    if ([program, found.file ?? ""].some((each) => basename(each) === "pulumi"))
      return { args, environment: environmentOf(pid) ?? ownEnvironment() };
    pid = found.parent;
  }
  return { args: [], environment: ownEnvironment() };
}

function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !SET_BY_CLI.has(name)));
}

/** Its initial environment; only Linux shows it. */
function environmentOf(pid: number): NodeJS.ProcessEnv | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const entries = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").slice(0, -1);
    const pairs = entries.map((entry): [string, string] => {
      const [name = "", value = ""] = entry.split(/=(.*)/s);
      return [name, value];
    });
    return Object.fromEntries(pairs);
  } catch {
    return undefined;
  }
}

function processOf(pid: number): Process | undefined {
  try {
    return process.platform === "linux" ? fromProc(pid) : fromPs(pid);
  } catch {
    return undefined;
  }
}

function fromProc(pid: number): Process {
  // The name, in parentheses, may contain anything; after it come the state and the parent: proc(5).
  const [, parent] = /\) \S (\d+) [^)]*$/.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
  const args = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
  return { parent: Number(parent), file: fileOf(pid), args };
}

/** Another user's process shows nothing. */
function fileOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return "";
  }
}

/** Arguments with spaces are split: a word of a message that looks like a flag counts as one. */
function fromPs(pid: number): Process {
  const asked = ["-ww", "-o", "ppid=,args=", "-p", String(pid)];
  const text = execFileSync("ps", asked, {
    encoding: "utf8",
    timeout: 2000,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [parent, ...args] = text.trim().split(/\s+/);
  return { parent: Number(parent), args };
}
