import { checkGlob, GlobError, globLength } from "./glob";
import { refuseCacheReaches } from "./cache-reach";
import { atLeast, SINCE } from "./version";

export type Action = "read" | "create" | "update" | "delete" | "detectManifestCollision";

/** Who may do what, in the words of this program; accessControl() says it in zot's. */
export interface AccessTiers {
  /** Groups that may pull, push, overwrite and delete everywhere. */
  admins: string[];
  /** Groups that may pull everywhere and push new tags to `writableRepositories`, never overwrite or delete. */
  writers: string[];
  /** Globs as zot reads them (doublestar), e.g. `["**"]` or `["blumeops/**"]`. */
  writableRepositories: string[];
  /**
   * Globs of pull-through caches, e.g. `["docker.io/**"]`. Only zot fills them: whoever could push there would decide what
   * everybody pulls under that name, before it was ever cached. No writable glob may reach below one.
   */
  cacheRepositories?: string[];
  /** Pulling is open to all. There is no other mode: the homelab's machines pull without credentials. */
  anonymousPull: true;
}

export interface Policy {
  users?: string[];
  groups?: string[];
  actions: Action[];
  /** CEL expressions that must all hold at the request for the policy to count. */
  conditions?: string[];
}

export interface RepositoryPolicy {
  anonymousPolicy?: Action[];
  /** For whoever is logged in, on top of what `policies` grant. */
  defaultPolicy?: Action[];
  policies?: Policy[];
}

/** zot's `http.accessControl` (zot's pkg/api/config/config.go, AccessControlConfig). */
export interface AccessControl {
  repositories: Record<string, RepositoryPolicy>;
  adminPolicy?: Policy;
  metrics?: { users?: string[]; anonymousPolicy?: string[] };
  /** Members of groups for users in an htpasswd file; those of OpenID come with the login. */
  groups?: Record<string, { users: string[] }>;
}

export const EVERY_REPOSITORY = "**";

/** The last one is no right but a guard: zot refuses (409) to delete a manifest by its digest while several tags share it. */
const ADMIN_ACTIONS: Action[] = ["read", "create", "update", "delete", "detectManifestCollision"];
const WRITER_ACTIONS: Action[] = ["read", "create"];

/**
 * zot's access control for the tiers. Of all globs that match a repository the longest one wins alone and inherits
 * nothing, so each one repeats every tier. Metrics are open to scrapers that do not log in.
 *
 * @throws GlobError where a glob is malformed, too short to win over `**`, or lets writers push below a cache.
 */
export function accessControl(tiers: AccessTiers, zotVersion: string): AccessControl {
  tiers.writableRepositories.forEach(checkWritable);
  const writable = [...new Set(tiers.writableRepositories)].sort();
  const caches = tiers.cacheRepositories ?? [];
  refuseCacheReaches(writable, caches);
  const globs = [...new Set([EVERY_REPOSITORY, ...writable, ...[...caches].sort()])];
  return {
    repositories: Object.fromEntries(
      globs.map((glob) => [glob, repositoryPolicy(tiers, writable.includes(glob))]),
    ),
    metrics: metrics(zotVersion),
  };
}

function repositoryPolicy(tiers: AccessTiers, writable: boolean): RepositoryPolicy {
  const policies: Policy[] = [{ groups: [...tiers.admins], actions: [...ADMIN_ACTIONS] }];
  if (writable) policies.push({ groups: [...tiers.writers], actions: [...WRITER_ACTIONS] });
  return { anonymousPolicy: ["read"], defaultPolicy: ["read"], policies };
}

/** Up to 2.1.17 the empty name in `users` stands for whoever is not logged in; from 2.1.18 that is refused with 401. */
function metrics(zotVersion: string): NonNullable<AccessControl["metrics"]> {
  return atLeast(zotVersion, SINCE.metricsAnonymousPolicy) ? { anonymousPolicy: ["read"] } : { users: [""] };
}

/** @throws GlobError where a glob is malformed, or too short to win over `**`. */
export function checkWritable(glob: string): void {
  checkGlob(glob);
  if (glob !== EVERY_REPOSITORY && globLength(glob) <= globLength(EVERY_REPOSITORY)) {
    throw new GlobError(
      glob,
      `is not longer than ${EVERY_REPOSITORY}, so zot would let the read-only ${EVERY_REPOSITORY} win`,
      `write a longer one, for instance {${glob},${glob}}`,
    );
  }
}
