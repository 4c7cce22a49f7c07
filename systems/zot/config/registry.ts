import { type AccessControl, type Action, WHERE_NO_GLOB_MATCHES } from "../access";
import { decide, decidingGlobs, type Subject } from "../decide";
import { checkGlob, GlobError } from "../glob";
import { accessControlOf } from "./access-control";
import { type Login, loginsOf } from "./logins";
import type { Tree } from "./read";

/** The access behaviour of a registry with a config. */
export interface Registry {
  /** Undefined: there are no access rules, so everybody who gets in has all rights. */
  readonly control: AccessControl | undefined;
  readonly logins: readonly Login[];
  /** Globs that this program's model cannot judge; `control` leaves them out. */
  readonly unjudged: readonly string[];
}

/** The subject of a right. */
export type Principal =
  | { readonly kind: "anonymous" }
  /** Somebody who is logged in, and whom no rule names. */
  | { readonly kind: "any login" }
  | { readonly kind: "group"; readonly name: string }
  | { readonly kind: "user"; readonly name: string };

export const RIGHTS = ["read", "create", "update", "delete"] as const satisfies readonly Action[];
export type Right = (typeof RIGHTS)[number];

/** Whether a right holds always, under the conditions of a policy, or never. */
export type RightExtent = 0 | 1 | 2;

export function registryOf(config: Tree): Registry {
  const control = accessControlOf(config);
  const logins = loginsOf(config);
  if (!control) return { control, logins, unjudged: [] };
  const unjudged = Object.keys(control.repositories).filter((glob) => !isJudged(glob));
  const repositories = Object.fromEntries(
    Object.entries(control.repositories).filter(([glob]) => !unjudged.includes(glob)),
  );
  return { control: { ...control, repositories }, logins, unjudged };
}

function isJudged(glob: string): boolean {
  if (glob === WHERE_NO_GLOB_MATCHES) return true;
  try {
    checkGlob(glob);
    return true;
  } catch (error) {
    if (error instanceof GlobError) return false;
    throw error;
  }
}

/**
 * Whether zot would allow it, by the logins (zot's pkg/api/authn.go) and then by its rules. `named` returns the
 * rights of the subject's own policies, without those of all logged-in users.
 */
export function extentOfRight(
  registry: Registry,
  who: Principal,
  repository: string,
  right: Right,
  named = false,
): RightExtent {
  const { control, logins } = registry;
  // A token server decides, and it knows no anonymous client.
  if (logins.some(({ kind }) => kind === "bearer")) return who.kind === "anonymous" || !control ? 0 : asked();
  if (logins.length === 0 && who.kind !== "anonymous") {
    return named ? 0 : extentOfRight(registry, { kind: "anonymous" }, repository, right);
  }
  if (!control) return who.kind === "anonymous" && logins.length > 0 ? 0 : named ? 0 : 2;
  return asked();

  function asked(): RightExtent {
    if (!control) return 0;
    const subject = subjectOf(control, who);
    const rules = named ? withoutDefaults(control) : control;
    if (!decide(rules, subject, repository, right)) return 0;
    return decide(withoutConditions(rules), subject, repository, right) ? 2 : 1;
  }
}

/** A name that no rule has. */
const NOBODY = "\u0000nobody";

function subjectOf(control: AccessControl, who: Principal): Subject {
  switch (who.kind) {
    case "anonymous":
      return { groups: [] };
    case "any login":
      return { username: NOBODY, groups: [] };
    case "group":
      return { username: NOBODY, groups: [who.name] };
    case "user":
      return { username: who.name, groups: groupsIn(control, who.name) };
  }
}

/** Groups that the config itself assigns to a user; those of OpenID and LDAP come with the login. */
function groupsIn({ groups = {} }: AccessControl, user: string): string[] {
  return Object.entries(groups)
    .filter(([, { users }]) => users.includes(user))
    .map(([name]) => name);
}

function withoutDefaults(control: AccessControl): AccessControl {
  // zot's reader drops a glob without any content; one that loses its default policy here still wins over shorter
  // ones.
  return mapped(control, ({ defaultPolicy, ...rest }) =>
    defaultPolicy === undefined ? rest : { ...rest, policies: rest.policies ?? [] },
  );
}

function withoutConditions({ adminPolicy, ...control }: AccessControl): AccessControl {
  return {
    ...mapped(control, ({ policies, ...rest }) => ({
      ...rest,
      ...(policies && { policies: policies.filter(({ conditions }) => conditions === undefined) }),
    })),
    ...(adminPolicy && adminPolicy.conditions === undefined && { adminPolicy }),
  };
}

function mapped(
  control: AccessControl,
  convert: (policy: AccessControl["repositories"][string]) => AccessControl["repositories"][string],
): AccessControl {
  return {
    ...control,
    repositories: Object.fromEntries(
      Object.entries(control.repositories).map(([glob, policy]) => [glob, convert(policy)]),
    ),
  };
}

/** All subjects in a registry's rules. */
export function namedIn({ control }: Registry): { groups: string[]; users: string[] } {
  if (!control) return { groups: [], users: [] };
  const policies = [
    ...Object.values(control.repositories).flatMap((each) => each.policies ?? []),
    ...(control.adminPolicy ? [control.adminPolicy] : []),
  ];
  return {
    groups: [...new Set(policies.flatMap(({ groups = [] }) => groups))],
    users: [
      ...new Set([
        ...policies.flatMap(({ users = [] }) => users),
        ...Object.values(control.groups ?? {}).flatMap(({ users }) => users),
      ]),
    ].filter((name) => name !== ""),
  };
}

export function globsOf({ control }: Registry): string[] {
  return control ? Object.keys(control.repositories) : [];
}

/** The globs that decide on a repository there. */
export function decidingIn({ control }: Registry, repository: string): string[] {
  return control ? decidingGlobs(control, repository).sort() : [];
}
