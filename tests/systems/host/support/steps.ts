import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../../../../rehearsal/host/until";

/** Every program by which apply.sh changes anything; its reading ones only make a sweep longer. */
const TOOLS = ["cat", "chmod", "cp", "ln", "mkdir", "mv", "rm", "rmdir", "sync"];

export interface Steps {
  /** PATH for the sessions of the host. */
  path: string;
  /** From now on each use of a tool is one step, and this one waits until it is let go; a text is an extended regular expression of it. */
  holdAt(step: number | string): void;
  /** The same for the step after the first that matches. */
  holdAfter(pattern: string): void;
  /** The step is reached, and waits. */
  held(): boolean;
  /** Pid of the tool that waits. */
  holder(): number;
  letGo(): void;
  /** The tools that were used since holdAt(), with their arguments. */
  taken(): string[];
}

/** Programs of the system that wait at one step of a script which uses them. */
export function steps(folder: string): Steps {
  const bin = join(folder, "bin");
  mkdirSync(bin, { recursive: true });
  const file = (name: string) => join(folder, name);
  for (const tool of TOOLS) {
    writeFileSync(
      join(bin, tool),
      `#!/bin/sh
PATH=/usr/bin:/bin
# What the shell does by itself costs a sweep no other program at each step.
if [ -e ${file("stop")} ]; then
  echo "${tool} $*" >>${file("trace")}
  step=0
  while read -r line; do step=$((step + 1)); done <${file("trace")}
  read -r stop <${file("stop")}
  case $stop in
  *[!0-9]*) if grep -Eq -e "$stop" <<LINE
${tool} $*
LINE
  then
    read -r after <${file("after")}
    stop=$((step + after))
    echo "$stop" >${file("stop")}
  fi ;;
  esac
  if [ "$step" = "$stop" ]; then
    echo $$ >${file("held.new")} && mv ${file("held.new")} ${file("held")}
    while [ -e ${file("held")} ]; do sleep 0.02; done
  fi
fi
exec ${tool} "$@"
`,
    );
    chmodSync(join(bin, tool), 0o755);
  }
  const letGo = () => {
    rmSync(file("stop"), { force: true });
    rmSync(file("held"), { force: true });
  };
  const hold = (step: number | string, after: number) => {
    letGo();
    rmSync(file("trace"), { force: true });
    writeFileSync(file("after"), String(after));
    writeFileSync(file("stop"), String(step));
  };
  return {
    path: `${bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    holdAt: (step) => hold(step, 0),
    holdAfter: (pattern) => hold(pattern, 1),
    held: () => existsSync(file("held")),
    holder: () => Number(readFileSync(file("held"), "utf8")),
    letGo,
    taken: () => readFileSync(file("trace"), "utf8").trim().split("\n"),
  };
}

/** Waits for the step; false when the script was over before. */
export async function reached(step: Steps, over: Promise<unknown>): Promise<boolean> {
  let ended = false;
  void over.then(
    () => (ended = true),
    () => (ended = true),
  );
  await until("the step is reached or the script over", () => step.held() || ended);
  return step.held();
}
