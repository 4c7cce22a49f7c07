import {
  EVERY_REPOSITORY,
  type Action,
  type Policy,
  WHERE_NO_GLOB_MATCHES,
} from "../../../systems/zot/access";
import { accessControlOf } from "../../../systems/zot/config/access-control";
import { cacheGlobs } from "../../../systems/zot/config/caches";
import { loginsOf } from "../../../systems/zot/config/logins";
import { metricsAccessOf, servesMetrics } from "../../../systems/zot/config/metrics";
import type { Tree } from "../../../systems/zot/config/read";
import { globMatches } from "../../../systems/zot/glob";
import type { FoundPusher } from "./found";

/*
 * The host's rules in the settings' words. zot lets the longest glob win alone, and grants of the settings add up: what a shorter glob
 * gives and a longer one takes away cannot be said, and is told when the settings are looked at (`openPull` and the like).
 */
const VERBS: Readonly<Partial<Record<Action, Verb>>> = {
  read: "pull",
  create: "push",
  update: "overwrite",
  delete: "delete",
};
const ALL: readonly Verb[] = ["pull", "push", "overwrite", "delete"];
type Verb = "pull" | "push" | "overwrite" | "delete";

interface Grant {
  readonly who: { readonly kind: "group" | "user"; readonly name: string };
  readonly verbs: readonly Verb[];
  readonly glob: string;
}

export interface AccessSettings {
  readonly anonymous: { readonly pull: readonly string[] } | Record<string, never>;
  readonly authenticated?: Readonly<Partial<Record<Verb, readonly string[]>>>;
  readonly roles: readonly {
    readonly groups: readonly string[];
    readonly may: readonly Verb[];
    readonly in: readonly string[];
  }[];
  readonly users?: readonly {
    readonly users: readonly string[];
    readonly may: readonly Verb[];
    readonly in: readonly string[];
  }[];
  readonly metrics?: { readonly anonymous: boolean; readonly users?: readonly string[] };
}

export interface PusherSettings {
  readonly group?: string;
  readonly may?: readonly Verb[];
  readonly allow?: readonly Verb[];
  readonly in: readonly string[];
  readonly from?: string;
  readonly itemTitle?: string;
}

export interface Rights {
  readonly access: AccessSettings;
  /** Groups of the host's rules that Authentik does not have, with what they may do there: settings cannot name them. */
  readonly strange: readonly AccessSettings["roles"][number][];
  readonly pushers: Readonly<Record<string, PusherSettings>>;
}

/**
 * @param groups those that exist in Authentik; undefined: nobody asked it
 * @param repositories names of those that the registry holds
 */
export function rightsOf(
  config: Tree,
  found: {
    readonly pushers: readonly FoundPusher[];
    readonly groups: readonly string[] | undefined;
    readonly repositories: readonly string[];
  },
): Rights {
  const control = accessControlOf(config);
  const all = found.groups ?? [];
  const admins = all.includes("admins") ? "admins" : all.find((name) => /admin/i.test(name));
  const logins = loginsOf(config);
  // Machines log in by passwords and certificates, and no rule tells them from people: what whoever is logged in may do stays for them.
  const kept = logins.some(({ kind }) => ["htpasswd", "ldap", "certificates"].includes(kind))
    ? ALL
    : (["pull"] as const);
  if (!control) {
    const isOpen = logins.length === 0;
    return {
      access: {
        anonymous: isOpen ? { pull: [EVERY_REPOSITORY] } : {},
        ...(!isOpen && { authenticated: Object.fromEntries(kept.map((verb) => [verb, [EVERY_REPOSITORY]])) }),
        roles: admins === undefined ? [] : [{ groups: [admins], may: ALL, in: [EVERY_REPOSITORY] }],
      },
      pushers: {},
      strange: [],
    };
  }
  const { adminPolicy, groups: own = {}, repositories } = control;
  // Grants add up, and what holds where no glob matches has no other name in the settings.
  const { [WHERE_NO_GLOB_MATCHES]: elsewhere, ...matching } = repositories;
  const globs = Object.entries(elsewhere ? { [EVERY_REPOSITORY]: elsewhere, ...matching } : matching);
  const grants = [
    ...grantsOf(adminPolicy, EVERY_REPOSITORY),
    ...globs.flatMap(([glob, { policies = [] }]) => policies.flatMap((policy) => grantsOf(policy, glob))),
  ].flatMap((grant) => [grant, ...membersByConfig(grant, own)]);
  const pusherGroups = found.pushers.map(({ group }) => group.toLowerCase());
  const isPushers = ({ who }: Grant) => who.kind === "group" && pusherGroups.includes(who.name.toLowerCase());
  const isStrange = ({ who }: Grant) =>
    found.groups !== undefined && !found.groups.some((name) => name.toLowerCase() === who.name.toLowerCase());
  const ofPeople = grants.filter((grant) => grant.who.kind === "group" && !isPushers(grant));
  const named = combined(ofPeople.filter((grant) => !isStrange(grant)));
  const isAdministered = named.some(
    (role) => role.may.length === ALL.length && role.in.includes(EVERY_REPOSITORY),
  );
  // Whoever is logged in could do everything, or nobody could: somebody has to be able to, and these are who is meant to.
  const roles =
    isAdministered || admins === undefined
      ? named
      : [{ names: [admins], may: [...ALL], in: [EVERY_REPOSITORY] }, ...named];
  const users = combined(grants.filter(({ who }) => who.kind === "user"));
  const open = globs
    .filter(([, { anonymousPolicy = [] }]) => anonymousPolicy.includes("read"))
    .map(([glob]) => glob);
  const authenticated = authenticatedOf(
    globs.map(([glob, { defaultPolicy = [] }]) => ({ glob, actions: defaultPolicy })),
    kept,
  );
  const metrics = servesMetrics(config) ? metricsAccessOf(config) : undefined;
  return {
    access: {
      anonymous: open.length === 0 ? {} : { pull: withoutCovered(open) },
      ...(Object.keys(authenticated).length > 0 && { authenticated }),
      roles: roles.map(({ names, ...rest }) => ({ groups: names, ...rest })),
      ...(users.length > 0 && { users: users.map(({ names, ...rest }) => ({ users: names, ...rest })) }),
      ...(metrics && {
        metrics: { anonymous: metrics.anonymous, ...(metrics.users.length > 0 && { users: metrics.users }) },
      }),
    },
    strange: combined(
      ofPeople.filter((grant) => isStrange(grant) && membersByConfig(grant, own).length === 0),
    ).map(({ names, ...rest }) => ({ groups: names, ...rest })),
    pushers: Object.fromEntries(
      found.pushers.map((pusher) => [
        pusher.username,
        pusherSettings(
          pusher,
          grants.filter(({ who }) => who.name.toLowerCase() === pusher.group.toLowerCase()),
          config,
          found.repositories,
        ),
      ]),
    ),
  };
}

function grantsOf(policy: Policy | undefined, glob: string): Grant[] {
  if (!policy) return [];
  const verbs = policy.actions.flatMap((action) => VERBS[action] ?? []);
  if (verbs.length === 0) return [];
  return [
    ...(policy.groups ?? []).map((name): Grant => ({ who: { kind: "group", name }, verbs, glob })),
    ...(policy.users ?? []).map((name): Grant => ({ who: { kind: "user", name }, verbs, glob })),
  ];
}

/** zot's own config may put users into groups, those of htpasswd say: the settings name the users. */
function membersByConfig(
  { who, ...grant }: Grant,
  groups: Readonly<Record<string, { readonly users?: readonly string[] }>>,
): Grant[] {
  const users = who.kind === "group" ? (groups[who.name]?.users ?? []) : [];
  return users.map((name) => ({ ...grant, who: { kind: "user", name } }));
}

/** What whoever is logged in may do, as far as it stays: that everybody writes is what hardening ends. */
function authenticatedOf(
  policies: readonly { readonly glob: string; readonly actions: readonly Action[] }[],
  kept: readonly Verb[],
): Partial<Record<Verb, string[]>> {
  const entries = kept.flatMap((verb): [Verb, string[]][] => {
    const globs = policies
      .filter(({ actions }) => actions.some((action) => VERBS[action] === verb))
      .map(({ glob }) => glob);
    return globs.length > 0 ? [[verb, withoutCovered(globs)]] : [];
  });
  return Object.fromEntries(entries);
}

/** One entry for all who may do the same, in the same places. */
function combined(grants: readonly Grant[]) {
  const byWho = new Map<string, Map<string, Set<Verb>>>();
  for (const { glob, verbs, who } of grants) {
    const globs = byWho.get(who.name) ?? new Map<string, Set<Verb>>();
    globs.set(glob, new Set([...(globs.get(glob) ?? []), ...verbs]));
    byWho.set(who.name, globs);
  }
  const entries = new Map<string, { names: string[]; may: Verb[]; in: string[] }>();
  for (const [name, globs] of byWho) {
    const byVerbs = new Map<string, string[]>();
    for (const [glob, verbs] of globs) {
      const may = ALL.filter((verb) => verbs.has(verb)).join(" ");
      byVerbs.set(may, [...(byVerbs.get(may) ?? []), glob]);
    }
    for (const [may, all] of byVerbs) {
      const places = withoutCovered(all);
      const key = JSON.stringify([may, places]);
      const entry = entries.get(key) ?? { names: [], may: may.split(" ") as Verb[], in: places };
      entry.names.push(name);
      entries.set(key, entry);
    }
  }
  return [...entries.values()];
}

/** Grants add up: what may be done everywhere need not be said of a part. */
function withoutCovered(globs: readonly string[]): string[] {
  return globs.includes(EVERY_REPOSITORY) ? [EVERY_REPOSITORY] : [...new Set(globs)];
}

function pusherSettings(
  { group, itemTitle, key, username }: FoundPusher,
  grants: readonly Grant[],
  config: Tree,
  repositories: readonly string[],
): PusherSettings {
  const verbs = new Set(grants.flatMap((grant) => grant.verbs));
  const may = ALL.filter((verb) => verbs.has(verb));
  const more = may.filter((verb) => verb === "overwrite" || verb === "delete");
  const globs = grants.filter((grant) => grant.verbs.includes("push")).map(({ glob }) => glob);
  return {
    ...(group !== username && { group }),
    ...(more.length > 0 && { may, allow: more }),
    in: narrowed(globs, cacheGlobs(config), repositories),
    ...(key !== undefined && { from: key }),
    ...(itemTitle !== undefined && { itemTitle }),
  };
}

/** Globs that reach below a cache, which only zot fills, give way to the repositories that are there: those outside of the caches. */
function narrowed(
  globs: readonly string[],
  caches: readonly string[],
  repositories: readonly string[],
): string[] {
  if (caches.length === 0) return [...new Set(globs)];
  const cached = (name: string) => caches.some((cache) => globMatches(cache, name));
  const outside = globs.flatMap((glob) => {
    if (caches.every((cache) => !mayMeet(glob, cache))) return [glob];
    const held = repositories.filter((name) => globMatches(glob, name) && !cached(name));
    return held.map((name) => (name.includes("/") ? `${name.split("/", 1)[0] ?? ""}/**` : name));
  });
  return [...new Set(outside)];
}

/** Whether they may have a name in common, by the letters before their first wildcard. */
function mayMeet(glob: string, cache: string): boolean {
  const [left, right] = [glob, cache].map((each) => each.split(/[*?[{]/, 1)[0] ?? "") as [string, string];
  return left.startsWith(right) || right.startsWith(left);
}
