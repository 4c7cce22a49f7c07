import { cacheGlobs } from "../systems/zot/config/caches";
import type { Access, Grant } from "../systems/zot/grants";
import { VERBS } from "../systems/zot/grants";
import type { Parsed, Settings } from "./schema";
import { withoutSecrets } from "./zot-config";

/** A pusher in the access rules is its group; everywhere else it is its account. */
export type PusherGrants = Pick<
  Settings["pushers"][string],
  "name" | "group" | "may" | "in" | "except" | "pull"
>;

/** The grants of the settings. Only this module knows which settings contain them. */
export function grantsOf(
  access: Settings["access"],
  pushers: Readonly<Record<string, PusherGrants>>,
): Grant[] {
  const { anonymous, authenticated, roles, users } = access;
  const all: Grant[] = [
    {
      to: "anonymous",
      may: ["pull"],
      in: anonymous.pull,
      ...exceptions(anonymous),
      from: "access.anonymous.pull",
    },
    ...VERBS.map((verb): Grant => ({
      to: "authenticated",
      may: [verb],
      in: authenticated[verb],
      ...exceptions(authenticated),
      from: `access.authenticated.${verb}`,
    })),
    ...roles.map((role, index): Grant => ({
      to: { groups: role.groups },
      may: role.may,
      in: role.in,
      ...exceptions(role),
      from: `access.roles[${index}].in`,
    })),
    ...users.map((each, index): Grant => ({
      to: { users: each.users },
      may: each.may,
      in: each.in,
      ...exceptions(each),
      from: `access.users[${index}].in`,
    })),
    ...Object.values(pushers).flatMap(grantsOfPusher),
  ];
  return all.filter((grant) => grant.in.length > 0);
}

function exceptions({
  except = [],
}: {
  readonly except?: readonly string[] | undefined;
}): Pick<Grant, "except"> {
  return except.length > 0 ? { except } : {};
}

function grantsOfPusher({ name, group, may, in: globs, except, pull }: PusherGrants): Grant[] {
  const to = { groups: [group] };
  return [
    { to, may, in: globs, ...exceptions({ except }), from: `pushers.${name}.in`, pusher: name },
    { to, may: ["pull"], in: pull, from: `pushers.${name}.pull`, pusher: name },
  ];
}

export function accessOf({ access, pushers, zot }: Pick<Settings, "access" | "pushers" | "zot">): Access {
  return {
    grants: grantsOf(access, pushers),
    caches: cacheGlobs(withoutSecrets(zot.config)),
  };
}

/** The same for the settings that could be parsed, for cross-checks. */
export function parsedAccess({ access, pushers, zot }: Parsed): Access | undefined {
  if (!access || !pushers) return undefined;
  return { grants: grantsOf(access, pushers), caches: cacheGlobs(withoutSecrets(zot?.config ?? {})) };
}
