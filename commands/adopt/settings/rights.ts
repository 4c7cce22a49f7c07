import { groupBy } from "../../../systems/group-by";
import {
  EVERY_REPOSITORY,
  type Action,
  type Policy,
  type RepositoryPolicy,
  WHERE_NO_GLOB_MATCHES,
} from "../../../systems/zot/access";
import { accessControlOf } from "../../../systems/zot/config/access-control";
import { cacheGlobs } from "../../../systems/zot/config/caches";
import { loginsOf } from "../../../systems/zot/config/logins";
import { metricsAccessOf, servesMetrics } from "../../../systems/zot/config/metrics";
import type { Tree } from "../../../systems/zot/config/read";
import { decidesIn, globMatches } from "../../../systems/zot/glob";
import type { FoundPusher } from "./discovered";

/*
 * The host's rules as settings. zot applies only the longest glob, and grants of the settings add up: a right of a
 * shorter glob that a longer glob does not give becomes an exception.
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
  /** Undefined: in every repository, whatever the globs say. */
  readonly glob: string | undefined;
}

interface Exceptions {
  readonly except?: readonly string[];
}

interface Places extends Exceptions {
  readonly in: readonly string[];
}

export interface AccessSettings {
  readonly anonymous: ({ readonly pull: readonly string[] } & Exceptions) | Record<string, never>;
  readonly authenticated?: Readonly<Partial<Record<Verb, readonly string[]>>> & Exceptions;
  readonly roles: readonly ({ readonly groups: readonly string[]; readonly may: readonly Verb[] } & Places)[];
  readonly users?: readonly ({ readonly users: readonly string[]; readonly may: readonly Verb[] } & Places)[];
  readonly metrics?: { readonly anonymous: boolean; readonly users?: readonly string[] };
}

export interface PusherSettings {
  readonly group?: string;
  readonly may?: readonly Verb[];
  readonly allow?: readonly Verb[];
  readonly in: readonly string[];
  readonly except?: readonly string[];
  readonly pull?: readonly string[];
  readonly from?: string;
  readonly itemTitle?: string;
}

export interface Rights {
  readonly access: AccessSettings;
  /** Groups of the host's rules that Authentik lacks, with their rights: settings cannot name them. */
  readonly strange: readonly AccessSettings["roles"][number][];
  readonly pushers: Readonly<Record<string, PusherSettings>>;
  /** What a policy refuses, or what the settings grant more than the host's rules, with what to do. */
  readonly notes: readonly string[];
}

/**
 * @param groups the groups in Authentik; undefined: not requested
 * @param repositories names of the registry's repositories
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
  // Machines log in with passwords and certificates, and no rule separates them from people: the rights of all
  // logged-in users stay for them.
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
      notes: [],
    };
  }
  const { adminPolicy, groups: own = {}, repositories } = control;
  // Grants add up, and rights where no glob matches have no other equivalent in the settings.
  const { [WHERE_NO_GLOB_MATCHES]: elsewhere, ...matching } = repositories;
  const globs = Object.entries(elsewhere ? { [EVERY_REPOSITORY]: elsewhere, ...matching } : matching);
  const grants = [
    ...grantsOf(adminPolicy, undefined),
    ...globs.flatMap(([glob, { policies = [] }]) => policies.flatMap((policy) => grantsOf(policy, glob))),
  ].flatMap((grant) => [grant, ...membersByConfig(grant, own)]);
  const pusherGroups = found.pushers.map(({ group }) => group.toLowerCase());
  const isPushers = ({ who }: Grant) => who.kind === "group" && pusherGroups.includes(who.name.toLowerCase());
  const isStrange = ({ who }: Grant) =>
    found.groups !== undefined && !found.groups.some((name) => name.toLowerCase() === who.name.toLowerCase());
  const ofPeople = grants.filter((grant) => grant.who.kind === "group" && !isPushers(grant));
  const named = combined(
    ofPeople.filter((grant) => !isStrange(grant)),
    globs,
  );
  const isAdministered = named.some(
    (role) =>
      role.may.length === ALL.length && role.in.includes(EVERY_REPOSITORY) && role.except === undefined,
  );
  // All logged-in users could do everything, or nobody could: somebody must be able to, and these are the likely
  // admins.
  const roles =
    isAdministered || admins === undefined
      ? named
      : [{ names: [admins], may: [...ALL], in: [EVERY_REPOSITORY] }, ...named];
  const users = combined(
    grants.filter(({ who }) => who.kind === "user"),
    globs,
  );
  const { in: open, ...closed } = placesWhere(globs, ({ anonymousPolicy = [] }) =>
    anonymousPolicy.includes("read"),
  );
  const authenticated = authenticatedOf(globs, kept);
  const metrics = servesMetrics(config) ? metricsAccessOf(config) : undefined;
  const grantsOfPusher = ({ group }: FoundPusher) =>
    grants.filter(({ who }) => who.name.toLowerCase() === group.toLowerCase());
  return {
    notes: found.pushers.flatMap((pusher) => pusherNotes(pusher, grantsOfPusher(pusher))),
    access: {
      anonymous: open.length === 0 ? {} : { pull: open, ...closed },
      ...(Object.keys(authenticated).length > 0 && { authenticated }),
      roles: roles.map(({ names, ...rest }) => ({ groups: names, ...rest })),
      ...(users.length > 0 && { users: users.map(({ names, ...rest }) => ({ users: names, ...rest })) }),
      ...(metrics && {
        metrics: { anonymous: metrics.anonymous, ...(metrics.users.length > 0 && { users: metrics.users }) },
      }),
    },
    strange: combined(
      ofPeople.filter((grant) => isStrange(grant) && membersByConfig(grant, own).length === 0),
      globs,
    ).map(({ names, ...rest }) => ({ groups: names, ...rest })),
    pushers: Object.fromEntries(
      found.pushers.map((pusher) => [
        pusher.username,
        pusherSettings(pusher, grantsOfPusher(pusher), globs, config, found.repositories),
      ]),
    ),
  };
}

function grantsOf(policy: Policy | undefined, glob: string | undefined): Grant[] {
  if (!policy) return [];
  const verbs = policy.actions.flatMap((action) => VERBS[action] ?? []);
  if (verbs.length === 0) return [];
  return [
    ...(policy.groups ?? []).map((name): Grant => ({ who: { kind: "group", name }, verbs, glob })),
    ...(policy.users ?? []).map((name): Grant => ({ who: { kind: "user", name }, verbs, glob })),
  ];
}

/** zot's own config may put htpasswd users into groups: the settings name the users. */
function membersByConfig(
  { who, ...grant }: Grant,
  groups: Readonly<Record<string, { readonly users?: readonly string[] }>>,
): Grant[] {
  const users = who.kind === "group" ? (groups[who.name]?.users ?? []) : [];
  return users.map((name) => ({ ...grant, who: { kind: "user", name } }));
}

type Rules = readonly (readonly [glob: string, policy: RepositoryPolicy])[];

/** Where a right holds, and the longer globs among these where it does not. */
function placesWhere(globs: Rules, holds: (policy: RepositoryPolicy, glob: string) => boolean): Places {
  const held = globs.filter(([glob, policy]) => holds(policy, glob)).map(([glob]) => glob);
  const except = globs
    .map(([glob]) => glob)
    .filter((glob) => !held.includes(glob) && held.some((each) => decidesIn(glob, each)));
  // A right that holds everywhere is not repeated for a part, unless that part is within an exception.
  const said = held.filter(
    (glob) =>
      glob === EVERY_REPOSITORY ||
      !held.includes(EVERY_REPOSITORY) ||
      except.some((each) => decidesIn(glob, each)),
  );
  return { in: said, ...(except.length > 0 && { except }) };
}

const allows = (actions: readonly Action[] = [], verb: Verb) =>
  actions.some((action) => VERBS[action] === verb);

/** The rights of all logged-in users that stay: write access for everybody is what hardening removes. */
function authenticatedOf(
  globs: Rules,
  kept: readonly Verb[],
): Partial<Record<Verb, readonly string[]>> & Exceptions {
  const found = kept
    .map((verb) => [verb, placesWhere(globs, ({ defaultPolicy }) => allows(defaultPolicy, verb))] as const)
    .filter(([, places]) => places.in.length > 0);
  const except = [...new Set(found.flatMap(([, places]) => places.except ?? []))];
  return {
    ...Object.fromEntries(found.map(([verb, places]) => [verb, places.in])),
    // One list of globs represents all rights: if they differ, a preview with the settings shows what is opened
    // (`openPull` and the like).
    ...(except.length > 0 &&
      !found.some(([, places]) => except.some((glob) => places.in.includes(glob))) && { except }),
  };
}

/** One entry for all subjects with the same rights in the same repositories. */
function combined(grants: readonly Grant[], globs: Rules) {
  const entries = new Map<string, { names: string[]; may: Verb[] } & Places>();
  for (const name of new Set(grants.map(({ who }) => who.name))) {
    const own = grants.filter(({ who }) => who.name === name);
    for (const [key, verbs] of groupBy(ALL, (verb) => JSON.stringify(placesOf(own, verb, globs)))) {
      const places = JSON.parse(key) as Places;
      if (places.in.length === 0) continue;
      const all = `${verbs.join(" ")} ${key}`;
      const entry = entries.get(all) ?? { names: [], may: verbs, ...places };
      entry.names.push(name);
      entries.set(all, entry);
    }
  }
  return [...entries.values()];
}

/** Where a subject that the rules name has rights that not everybody has. */
function placesOf(own: readonly Grant[], verb: Verb, globs: Rules): Places {
  const where = own.filter(({ verbs }) => verbs.includes(verb)).map(({ glob }) => glob);
  if (where.includes(undefined)) return { in: [EVERY_REPOSITORY] };
  if (where.length === 0) return { in: [] };
  const { in: held, except = [] } = placesWhere(globs, (_, glob) => where.includes(glob));
  const given = new Map(globs);
  const taken = except.filter((glob) => !allows(given.get(glob)?.defaultPolicy, verb));
  return { in: held, ...(taken.length > 0 && { except: taken }) };
}

function pusherSettings(
  { group, itemTitle, key, username }: FoundPusher,
  grants: readonly Grant[],
  rules: Rules,
  config: Tree,
  repositories: readonly string[],
): PusherSettings {
  const verbs = new Set(grants.flatMap((grant) => grant.verbs));
  const may = ALL.filter((verb) => verbs.has(verb));
  const more = beyondPush(grants);
  const { in: globs, except = [] } = placesOf(grants, "push", rules);
  const own = narrowed(globs, cacheGlobs(config), repositories);
  const closed = except.filter((glob) => own.some((each) => decidesIn(glob, each)));
  const pullable = grants.filter((grant) => grant.verbs.includes("pull")).map(({ glob }) => glob);
  const pulls = rules
    .filter(([, { defaultPolicy }]) => !allows(defaultPolicy, "pull"))
    .map(([glob]) => glob)
    .filter((glob) => pullable.includes(glob) && !globs.includes(glob));
  return {
    ...(group !== username && { group }),
    ...(more.length > 0 && { may, allow: more }),
    in: own,
    ...(closed.length > 0 && { except: closed }),
    ...(pulls.length > 0 && { pull: pulls }),
    ...(key !== undefined && { from: key }),
    ...(itemTitle !== undefined && { itemTitle }),
  };
}

/** Verbs of a pusher that the policies refuse unless they are told. */
const beyondPush = (grants: readonly Grant[]) =>
  ALL.filter((verb) => verb === "overwrite" || verb === "delete").filter((verb) =>
    grants.some((grant) => grant.verbs.includes(verb)),
  );

/** A pusher's settings have one list of verbs for all of its repositories. */
function pusherNotes({ group, username }: FoundPusher, grants: readonly Grant[]): string[] {
  const more = beyondPush(grants);
  if (more.length === 0) return [];
  const names = [...new Set([username, group])];
  const wider = more.flatMap((verb) => {
    const without = grants
      .filter(
        ({ glob, verbs }) =>
          verbs.includes("push") && !grants.some((each) => each.glob === glob && each.verbs.includes(verb)),
      )
      .map(({ glob }) => glob ?? EVERY_REPOSITORY);
    return without.length === 0
      ? []
      : [
          `${username} may now ${verb} in ${[...new Set(without)].join(", ")}, too, where the host's rules do not let it.`,
        ];
  });
  return [
    ...wider,
    `${username} may ${more.join(" and ")}, which the policy ci-never-overwrites refuses. If its pipeline only pushes new tags, remove may and ` +
      `allow; otherwise set ${JSON.stringify({ "ci-never-overwrites": { mayOverwrite: names } })}, see docs/policies.md.`,
  ];
}

/**
 * Globs that reach below a cache, which only zot fills, are replaced by the existing repositories outside of the
 * caches.
 */
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

/** Whether they may match a common name, judged by the letters before their first wildcard. */
function mayMeet(glob: string, cache: string): boolean {
  const [left, right] = [glob, cache].map((each) => each.split(/[*?[{]/, 1)[0] ?? "") as [string, string];
  return left.startsWith(right) || right.startsWith(left);
}
