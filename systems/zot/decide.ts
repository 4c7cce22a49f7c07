import {
  type AccessControl,
  type Action,
  type Policy,
  type RepositoryPolicy,
  WHERE_NO_GLOB_MATCHES,
} from "./access";
import { globLength, globMatches } from "./glob";

export interface Subject {
  /** Undefined: not logged in. */
  username?: string;
  /** The user's groups in zot: those of the last login, or of accessControl.groups for htpasswd users. */
  groups: string[];
}

/** Why a subject may: as any subject of its kind, or by these of its names and groups. */
export type GrantReason = "anonymous" | "any login" | { users: string[]; groups: string[] };

/**
 * Whether zot would allow it; follows `AccessController.can` in zot's pkg/api/authz.go. zot requires `update` for an
 * existing tag and `create` for a new one.
 *
 * For users in the admin policy zot checks no collisions, not even if a repository's policy or the admin policy
 * itself requires it (measured; UserAccessControl.Can in zot's pkg/requestcontext).
 *
 * Of several globs with the greatest length zot uses a random one at each request (Go's map order); the answer here
 * is then "allowed" only if each of them allows it.
 */
export function decide(ac: AccessControl, who: Subject, repository: string, action: Action): boolean {
  if (isAnonymous(who) && !isOpen(ac)) return false;
  if (action === "detectManifestCollision" && isAdmin(ac, who)) return false;
  const winners = longestMatches(ac, repository);
  const byRepository = winners.length > 0 && winners.every((policy) => permits(policy, who, action));
  return byRepository || (ac.adminPolicy !== undefined && names(ac.adminPolicy, who, action));
}

function longestMatches(ac: AccessControl, repository: string): RepositoryPolicy[] {
  return decidingGlobs(ac, repository).map((glob) => ac.repositories[glob] ?? {});
}

/**
 * The globs that decide on a repository: the longest one that matches, or several of the same length; otherwise the
 * empty one.
 */
export function decidingGlobs(ac: AccessControl, repository: string): string[] {
  const policies = Object.entries(ac.repositories).filter(([, policy]) => saysSomething(policy));
  const matching = policies.filter(([glob]) => globMatches(glob, repository));
  if (matching.length === 0) {
    return policies.map(([glob]) => glob).filter((glob) => glob === WHERE_NO_GLOB_MATCHES);
  }
  const longest = Math.max(...matching.map(([glob]) => globLength(glob)));
  return matching.filter(([glob]) => globLength(glob) === longest).map(([glob]) => glob);
}

/** zot's reader drops an empty object, so `"team/**": {}` closes nothing; it keeps an empty list (measured). */
function saysSomething(policy: RepositoryPolicy): boolean {
  return Object.values(policy).some((value) => value !== undefined);
}

function permits(policy: RepositoryPolicy, who: Subject, action: Action): boolean {
  return grantReasons(policy, who, action).length > 0;
}

/** The policies of a repository that allow it: those that name the subject, and the one for all of its kind. */
export function grantReasons(policy: RepositoryPolicy, who: Subject, action: Action): GrantReason[] {
  const anonymous = isAnonymous(who);
  const named = (policy.policies ?? [])
    .filter((each) => names(each, who, action))
    .map(({ users = [], groups = [] }) => ({
      users: users.filter((user) => user === (who.username ?? "")),
      groups: anonymous ? [] : groups.filter((group) => who.groups.includes(group)),
    }));
  const open = anonymous ? policy.anonymousPolicy : policy.defaultPolicy;
  const kind = anonymous ? "anonymous" : "any login";
  return (open ?? []).includes(action) ? [...named, kind] : named;
}

/** Without any anonymous policy zot requires a login for everything (AnonymousPolicyExists in its pkg/api/authn.go). */
export function isOpen({ repositories }: AccessControl): boolean {
  return Object.values(repositories).some(({ anonymousPolicy = [] }) => anonymousPolicy.length > 0);
}

/** Users in the admin policy, whatever its actions: zot lists all repositories for them. */
export function isAdmin({ adminPolicy }: AccessControl, who: Subject): boolean {
  return adminPolicy !== undefined && isNamed(adminPolicy, who);
}

function names(policy: Policy, who: Subject, action: Action): boolean {
  return policy.actions.includes(action) && isNamed(policy, who);
}

/** A policy with the user "" applies to anonymous clients: in zot their username is empty. */
function isNamed(policy: Policy, who: Subject): boolean {
  if ((policy.users ?? []).includes(who.username ?? "")) return true;
  return !isAnonymous(who) && who.groups.some((group) => (policy.groups ?? []).includes(group));
}

function isAnonymous(who: Subject): boolean {
  return who.username === undefined || who.username === "";
}
