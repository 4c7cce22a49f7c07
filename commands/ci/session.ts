import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import type { Writable } from "node:stream";

/*
 * Pulumi gives each plugin a process group of its own, so that a signal to its group reaches none of them: what they share is the session.
 */

/** Processes of a session, without its leader; none where the system does not tell (/proc is Linux'). */
export function processesOf(session: number): number[] {
  let pids: number[];
  try {
    pids = readdirSync("/proc").map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
  return pids.filter((pid) => pid !== session && sessionOf(pid) === session);
}

function sessionOf(pid: number): number | undefined {
  try {
    // The name, in parentheses, may hold anything; behind it come state, parent, group and session: proc(5).
    const [, found] = /\) \S -?\d+ -?\d+ (\d+) [^)]*$/.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    return Number(found);
  } catch {
    return undefined;
  }
}

/** Ends all that is left of a session whose leader is gone. */
export function killSession(session: number): void {
  for (const pid of [-session, ...processesOf(session)]) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // Gone by itself.
    }
  }
}

/**
 * Outlives this process where that is killed, which no handler of its own would notice, and then ends the session at once: nobody reads
 * what Pulumi says any more, so that it would end at its next line, and its plugins would not. Its lock is the next job's to clear.
 */
const GUARD = `
read -r session || exit 0
cat >/dev/null
# Not every shell knows the two hyphens here.
kill -KILL "-$session" 2>/dev/null
for stat in /proc/[0-9]*/stat; do
  { read -r line <"$stat"; } 2>/dev/null || continue
  pid=\${line%% *} rest=\${line##*) }
  set -- $rest
  [ "\${4-}" = "$session" ] && kill -KILL "$pid" 2>/dev/null
done
`;

/**
 * Tells the guard of its own session before it becomes the command: told by this process, a guard would learn too late of a command that
 * ran while this process was ended.
 */
const WATCHED = 'echo "$$" >&3; exec 3>&-; exec "$@"';

export interface Guard {
  /** What to spawn, as the leader of a session, in the command's place, with `pipe` as its descriptor 3. */
  watched(command: string, args: readonly string[]): readonly [command: string, args: readonly string[]];
  readonly pipe: Writable;
  end(): void;
}

/** Its end is that of the pipe to it. */
export function startGuard(): Guard {
  const guard = spawn("/bin/sh", ["-c", GUARD, "guard"], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  guard.on("error", () => undefined);
  guard.stdin.on("error", () => undefined);
  guard.unref();
  return {
    watched: (command, args) => ["/bin/sh", ["-c", WATCHED, "sh", command, ...args]],
    pipe: guard.stdin,
    end: () => void guard.kill("SIGKILL"),
  };
}
