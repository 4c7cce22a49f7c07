import { type Action, EVERY_REPOSITORY } from "./access";
import type { Subject } from "./decide";
import { globContains, globLength } from "./glob";

/*
 * The access rules of this program: a list of grants that add up. Everything else is derived from it: zot's config,
 * the access proof's expectations, reports, consequences, policies.
 */

export const ACTIONS = { pull: "read", push: "create", overwrite: "update", delete: "delete" } as const;
export type Verb = keyof typeof ACTIONS;
export const VERBS = Object.keys(ACTIONS) as Verb[];
/** The actions that change an existing tag. */
export const DESTRUCTIVE: readonly Verb[] = ["overwrite", "delete"];

/** Anonymous clients, all logged-in users, members of groups, or users by name. */
export type Grantee =
  | "anonymous"
  | "authenticated"
  | { readonly groups: readonly string[] }
  | { readonly users: readonly string[] };

export interface Grant {
  readonly to: Grantee;
  readonly may: readonly Verb[];
  /** Globs as zot reads them (doublestar), such as `**` or `blumeops/**`. */
  readonly in: readonly string[];
  /** Globs that it excludes. As in zot, the longest glob that matches decides among these and those of `in`. */
  readonly except?: readonly string[];
  /** The setting that lists the globs, for messages: `access.roles[0].in`. */
  readonly from: string;
  /** Name of the pusher that it belongs to: CI never pushes into a pull-through cache. */
  readonly pusher?: string;
}

export interface Access {
  readonly grants: readonly Grant[];
  /**
   * Globs of pull-through caches, such as `docker.io/**`. Only zot fills them: everybody pulls under that name what a
   * client could push there before it was cached.
   */
  readonly caches: readonly string[];
}

/** A subject of grants: a key that is equal for equal subjects, and its form in zot. */
export type Holder = {
  readonly kind: "anonymous" | "authenticated" | "group" | "user";
  readonly name: string;
};

export function holdersOf(to: Grantee): Holder[] {
  if (typeof to === "string") return [{ kind: to, name: "" }];
  if ("groups" in to) return to.groups.map((name) => ({ kind: "group", name }));
  return to.users.map((name) => ({ kind: "user", name }));
}

/** Caches with their own prefix: with a cache of everything a pusher's globs begin with a name (cache-reach.ts). */
function placesOf(caches: readonly string[]): string[] {
  return caches.filter((cache) => cache !== EVERY_REPOSITORY);
}

/** All globs of the access rules: every grant's, its exceptions', and the caches'. */
export function globsOf({ grants, caches }: Access): string[] {
  const own = grants.flatMap(({ in: globs, except = [] }) => [...globs, ...except]);
  return [...new Set([...own, ...placesOf(caches)])].sort();
}

/** The setting that lists a grant's exceptions. */
export function exceptionsOf({ from }: Grant): string {
  return `${from.slice(0, from.lastIndexOf("."))}.except`;
}

/** The glob by which a grant applies in an area, unless a longer glob decides in a part of it. */
export function holdingGlob({ in: globs, except = [] }: Grant, area: string): string | undefined {
  const holds = (glob: string) => globContains(glob, area);
  const shortest = Math.max(0, ...except.filter(holds).map(globLength));
  return globs.find((glob) => globLength(glob) > shortest && holds(glob));
}

/** A grant's rights in all repositories of an area; in a cache, pushers only pull. */
export function givenIn(area: string, grant: Grant, caches: readonly string[]): readonly Verb[] {
  const inCache = grant.pusher !== undefined && placesOf(caches).some((cache) => globContains(cache, area));
  return inCache ? grant.may.filter((verb) => verb === "pull") : grant.may;
}

/** Why a subject may: the grant, and its matching glob. */
export interface Reason {
  readonly grant: Grant;
  readonly glob: string;
}

/**
 * Every grant that allows a subject an action. None: it is denied.
 *
 * @param place a repository, or a glob of the grants: then the rights where it matches and no longer glob does
 */
export function reasonsFor({ grants, caches }: Access, who: Subject, place: string, verb: Verb): Reason[] {
  return grants.flatMap((grant) => {
    if (!isFor(grant, who, verb)) return [];
    const glob = holdingGlob(grant, place);
    return glob !== undefined && givenIn(place, grant, caches).includes(verb) ? [{ grant, glob }] : [];
  });
}

/** Logged-in users may pull everything that anonymous clients may pull. */
export function isFor({ to }: Grant, { username = "", groups }: Subject, verb: Verb): boolean {
  const anonymous = username === "";
  if (to === "anonymous") return anonymous || verb === "pull";
  if (anonymous) return false;
  if (to === "authenticated") return true;
  return "groups" in to ? to.groups.some((group) => groups.includes(group)) : to.users.includes(username);
}

export function isGranted(access: Access, who: Subject, place: string, verb: Verb): boolean {
  return reasonsFor(access, who, place, verb).length > 0;
}

const BY_ACTION = new Map<Action, Verb>(VERBS.map((verb) => [ACTIONS[verb], verb]));

/** @throws Error for an action that no grant has */
export function verbOf(action: Action): Verb {
  const verb = BY_ACTION.get(action);
  if (verb === undefined) throw new Error(`${action} is not a right`);
  return verb;
}
