import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { SET_BY_CLI } from "./cli-flags";

interface Process {
  readonly parent: number;
  /** The program's file, which a link to it may call otherwise; only Linux tells. */
  readonly file?: string;
  readonly args: readonly string[];
}

/** How the CLI was called that this process works for. */
export interface CliCall {
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

/** Program, language host, CLI; a tool that wraps one of them may be between. */
const FARTHEST = 5;

/**
 * The arguments and the environment of the CLI above this process. Where there is none, or it cannot be seen: no arguments, and this
 * process's own environment without what the CLI sets in it.
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

/** What it was started with; only Linux tells. */
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
  // The name, in parentheses, may hold anything; behind it come the state and the parent: proc(5).
  const [, parent] = /\) \S (\d+) [^)]*$/.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
  const args = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
  return { parent: Number(parent), file: fileOf(pid), args };
}

/** Of another user's process nobody is told. */
function fileOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return "";
  }
}

/** Arguments that hold spaces come apart: a word of a message that looks like a flag is taken for one. */
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
