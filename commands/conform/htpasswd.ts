import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PEOPLE } from "./people";
import type { Candidate } from "./run";

/** Only opens a zot on loopback that lives for seconds. */
const PASSWORD = "conform";
/** Its bcrypt hash at the lowest cost: zot computes it at each request. */
const HASH = "$2b$04$zotaccessconformtableux/mOeLFJoUBrST.4sG.01vw.WAnF.kO";

/** People as users of an htpasswd file in `folder`; their groups are in the config's accessControl.groups. */
export function withHtpasswd(folder: string): Pick<Candidate, "auth" | "password"> {
  const path = join(folder, "htpasswd");
  const users = PEOPLE.flatMap(({ username }) => (username === undefined ? [] : [`${username}:${HASH}\n`]));
  writeFileSync(path, users.join(""), { mode: 0o600 });
  return { auth: { htpasswd: { path } }, password: () => PASSWORD };
}
