import { setTimeout as sleep } from "node:timers/promises";
import type { AccessControl, Action } from "../../../systems/zot/access";
import { decide } from "../../../systems/zot/decide";
import { isDigest } from "../store/digest";
import { endError, type Call, type Handler } from "./call";
import { has } from "../version";
import { challenge } from "./authn";

/**
 * Asks accessControl before anything else of the request is looked at (DistSpecAuthzHandler in zot's pkg/api/authz.go):
 * an existing tag needs `update` whatever is pushed to it, a new one `create`.
 */
export function authorized(next: Handler): Handler {
  return async (call) => {
    const { zot, method, vars } = call;
    const policies = zot.config.accessControl;
    const repository = vars.name ?? "";
    const allowed = neededActions(call).every(
      (action) => !policies || decide(policies, call.user, repository, action),
    );
    if (method === "OPTIONS" || allowed) await next(call);
    else await refuse(call);
  };
}

function neededActions({ zot, method, vars, query }: Call): Action[] {
  const { name = "", reference } = vars;
  if (method === "GET" || method === "HEAD") return ["read"];
  if (method === "DELETE") return ["delete"];
  return reference === undefined
    ? ["create"]
    : actionsOfPush(existingTags(zot, name), reference, query.getAll("tag"));
}

/** A push by digest with `?tag=` needs what each of the tags needs (zot since 2.1.19); before, `create` was enough. */
function actionsOfPush(existing: string[], reference: string, tags: string[]): Action[] {
  const written = isDigest(reference)
    ? (has("2.1.19") ? tags : []).map((tag) => tag.trim()).filter((tag) => /^\w[\w.-]{0,127}$/.test(tag))
    : [reference];
  if (written.length === 0) return ["create"];
  return [...new Set(written.map((tag): Action => (existing.includes(tag) ? "update" : "create")))];
}

function existingTags({ layout }: Call["zot"], repository: string): string[] {
  try {
    return layout.tags(repository);
  } catch {
    return [];
  }
}

/** 401 for whoever is anonymous, 403 for who is not. */
export async function refuse(call: Call): Promise<void> {
  await sleep(call.zot.config.auth.failDelay * 1000);
  challenge(call);
  if (call.user.username === undefined) endError(call, 401, "UNAUTHORIZED");
  else endError(call, 403, "DENIED");
}

/**
 * What zot asks of the globs outside of the routes' own check: the catalog's filter, mounting, collisions. Whoever the
 * admin policy names may do all of it, whichever actions are listed there, but is never warned of collisions.
 */
export function isAllowed({ zot, user }: Call, action: Action, repository: string): boolean {
  const policies = zot.config.accessControl;
  const isPlain = action !== "detectManifestCollision";
  if (!policies || isAdmin(policies, user)) return isPlain;
  return decide({ repositories: policies.repositories }, user, repository, action);
}

function isAdmin({ adminPolicy }: AccessControl, { username = "", groups }: Call["user"]): boolean {
  const { users = [], groups: admins = [] } = adminPolicy ?? {};
  return users.includes(username) || groups.some((group) => admins.includes(group));
}

/** Metrics have rules of their own: `anonymousPolicy` for whoever is not logged in, a list of names for the others. */
export function authorizedForMetrics(next: Handler): Handler {
  return async (call) => {
    const rules = call.zot.config.accessControl;
    const { users = [], anonymousPolicy = [] } = rules?.metrics ?? {};
    const { username } = call.user;
    const allowed = !rules || isNamed(username, { users, anonymousPolicy });
    if (allowed) await next(call);
    else await refuse(call);
  };
}

/** Up to 2.1.17 whoever is not logged in has the empty name among the users. */
function isNamed(
  username: string | undefined,
  { users, anonymousPolicy }: { users: readonly string[]; anonymousPolicy: readonly string[] },
): boolean {
  if (username !== undefined) return users.includes(username);
  return has("2.1.18") ? anonymousPolicy.includes("read") : users.includes("");
}
