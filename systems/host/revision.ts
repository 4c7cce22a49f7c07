import { createHash } from "node:crypto";
import { accessControlOf } from "../zot/config/access-control";
import { decide, isOpen } from "../zot/decide";
import { overlay } from "../zot/config/overlay";
import { parseConfig, type Tree, treeAt } from "../zot/config/read";

export const REVISION_PREFIX = "zot-access/revision-";
export const REVISION = new RegExp(`^${REVISION_PREFIX}[0-9a-f]{16}$`);

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

export function formatJson(config: Tree): string {
  return `${JSON.stringify(config, null, 2)}\n`;
}

const REPOSITORIES = ["http", "accessControl", "repositories"];

/**
 * Adds a repository to the access rules that nobody may read, named after the content of the whole set. An anonymous
 * read of it gets 401 exactly while these rules are in force, otherwise 404 (measured on zot 2.1.20, after a start
 * and after a hot reload): the only proof of new rules that needs neither a login nor a log.
 */
export function withRevision(text: string, revision: string): Tree {
  const config = parseConfig(text, "json");
  if (treeAt(config, ...REPOSITORIES) === undefined)
    throw new Error("systems/host/revision.ts: the config has no access rules");
  return overlay(config, [
    { path: [...REPOSITORIES, revision], value: { anonymousPolicy: [], defaultPolicy: [] } },
  ]);
}

/** A name that no rule matches; apply-http.sh requests it as well. */
const UNKNOWN = "zot-access/unknown";

/** What an anonymous client sees of a config's rules. */
export interface AnonymousView {
  /** zot's answer on /v2/: 401 if nothing is open. */
  readonly anyone: 200 | 401;
  /** Whether the revision shows: in a private registry zot answers every name with 401, whichever rules are in force. */
  readonly tells: boolean;
}

export function anonymousView(config: Tree): AnonymousView {
  const control = accessControlOf(withoutRevision(config));
  if (!control) return { anyone: 200, tells: true };
  return {
    anyone: isOpen(control) ? 200 : 401,
    tells: decide(control, { groups: [] }, UNKNOWN, "read"),
  };
}

/** The config as the program rendered it, without the entry that always differs. */
export function withoutRevision(config: Tree): Tree {
  const revisions = Object.keys(treeAt(config, ...REPOSITORIES) ?? {}).filter(isRevision);
  return overlay(
    config,
    revisions.map((name) => ({ path: [...REPOSITORIES, name], gone: true })),
  );
}

/** Whether the program wrote it. */
export function hasRevision(config: Tree): boolean {
  return Object.keys(treeAt(config, ...REPOSITORIES) ?? {}).some(isRevision);
}

function isRevision(name: string): boolean {
  return name.toLowerCase().startsWith(REVISION_PREFIX);
}
