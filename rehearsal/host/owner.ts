import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { dirname } from "node:path";

/** Whom a host's zot runs as, where that is another user than its SSH's. */
export interface Owner {
  /** `UID:GID` */
  readonly ids: string;
  /** Gives that user what lies in a folder. */
  give(folder: string): void;
}

/**
 * @param root of the host, which that user has to reach; it and the folder that it was made in are opened
 * @throws Error where this machine has no such user, or cannot start anything as that one
 */
export function ownerOf(user: string, root: string): Owner {
  if (process.getuid?.() !== 0)
    throw new Error(`the rehearsal's zot cannot run as ${user}: only root starts anything as somebody else`);
  const ids = /^\d+:\d+$/.test(user)
    ? user
    : /^\d+$/.test(user)
      ? `${user}:${user}`
      : `${id("-u", user)}:${id("-g", user)}`;
  for (const folder of [dirname(root), root]) chmodSync(folder, 0o711);
  const [uid = "", gid = ""] = ids.split(":");
  const as = ["--reuid", uid, "--regid", gid, "--clear-groups", "/usr/bin/test", "-x", root];
  if (spawnSync("setpriv", as).status !== 0)
    throw new Error(
      `the user ${user} does not reach ${root}: check the project out into a folder that others may enter`,
    );
  return { ids, give: (folder) => void execFileSync("chown", ["-R", ids, folder]) };
}

function id(what: string, user: string): string {
  return execFileSync("id", [what, user], { encoding: "utf8" }).trim();
}
