import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import type { Writable } from "node:stream";

/*
 * Pulumi puts each plugin into its own process group, so a signal to Pulumi's group does not reach them. They share
 * the session.
 */

/** Processes of a session, without its leader; none if the system does not tell (/proc exists on Linux). */
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
    // The name, in parentheses, may contain anything; after it come state, parent, group and session: proc(5).
    const [, found] = /\) \S -?\d+ -?\d+ (\d+) [^)]*$/.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    return Number(found);
  } catch {
    return undefined;
  }
}

/** Kills the remaining processes of a session whose leader is gone. */
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
 * Survives if this process is killed, which its own handlers would not notice, and then ends the session at once:
 * nobody reads Pulumi's output any more, so Pulumi would end at its next line, and its plugins would not. The next
 * job clears its lock.
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
 * Tells the guard its own session before it becomes the command: if this process told it, a guard would learn too
 * late of a command that started while this process was killed.
 */
const WATCHED = 'echo "$$" >&3; exec 3>&-; exec "$@"';

export interface Guard {
  /** What to spawn, as the leader of a session, instead of the command, with `pipe` as its descriptor 3. */
  watched(command: string, args: readonly string[]): readonly [command: string, args: readonly string[]];
  readonly pipe: Writable;
  end(): void;
}

/** It ends when the pipe to it is closed. */
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
