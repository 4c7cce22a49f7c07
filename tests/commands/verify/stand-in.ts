import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zotOf } from "../../../rehearsal/zot/flavours";
import { NEWEST, type ZotRelease } from "../../../rehearsal/zot/version";
import { Users } from "../../../rehearsal/zot/users";
import { PEOPLE } from "../../../commands/conform/people";
import type { Candidate } from "../../../commands/conform/run";

/**
 * The rehearsal's zot as a candidate. It knows no htpasswd, so the people are put where it keeps who logged in, each with
 * a key, as if they had logged in through Authentik; groups are then those of the login.
 */
export function standIn(release: ZotRelease = NEWEST): Candidate & { remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), "zot-conform-test-"));
  const keys = new Map<string, string>();
  return {
    binary: zotOf(release, folder),
    version: `v${release}`,
    folder,
    auth: { apikey: true },
    prepare: (storage) => {
      const users = new Users(storage);
      for (const { username, groups } of PEOPLE) {
        if (username === undefined) continue;
        users.logIn(username, groups);
        keys.set(username, users.mint(username, { label: "conform", scopes: null, agent: "test" }).key);
      }
    },
    password: (username) => keys.get(username) ?? "",
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
