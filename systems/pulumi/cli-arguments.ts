import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename } from "node:path";

interface Process {
  readonly parent: number;
  readonly args: readonly string[];
}

/** Program, language host, CLI; a tool that wraps one of them may be between. */
const FARTHEST = 5;

/** The arguments of the CLI that this process works for; none where there is no CLI above it, or it cannot be seen. */
export function argumentsOfCli(): readonly string[] {
  let pid = process.ppid;
  for (let steps = 0; steps < FARTHEST && pid > 1; steps += 1) {
    const found = processOf(pid);
    if (found === undefined) return [];
    const [program = "", ...args] = found.args;
    if (basename(program) === "pulumi") return args;
    pid = found.parent;
  }
  return [];
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
  return { parent: Number(parent), args };
}

/** Arguments that hold spaces come apart, which makes no flag of them that is none. */
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
