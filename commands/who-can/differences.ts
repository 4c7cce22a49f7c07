import type { Directory, DirectoryBinding } from "../../systems/authentik/directory";
import type { Difference, ListedKey } from "./types";

export interface Declared {
  readonly slug: string;
  /** Groups in the settings that exist. */
  readonly groups: readonly string[];
  readonly pushers: readonly DeclaredPusher[];
}

export interface DeclaredPusher {
  readonly name: string;
  readonly group: string;
}

const UP = "`pulumi preview --refresh` shows it, `pulumi up --refresh` fixes it";

/** Differences between Authentik, zot and the settings that affect rights. */
export function differencesOf(
  declared: Declared,
  directory: Directory,
  keys: readonly ListedKey[],
): Difference[] {
  return [
    ...missingGroups(declared, directory),
    ...declared.pushers.flatMap((pusher) => [
      ...ofAccount(pusher, directory),
      ...furtherMembers(pusher, directory),
    ]),
    ...ofBindings(declared, directory.bindings),
    ...ofKeys(declared, keys),
  ];
}

function missingGroups(declared: Declared, { groups }: Directory): Difference[] {
  return [...new Set(boundGroups(declared))]
    .filter((group) => !groups.includes(group))
    .map((group) => ({
      found: `the group ${group} does not exist in Authentik: nobody has its rights`,
      todo: declared.groups.includes(group) ? "make it there, or take it out of the settings" : UP,
    }));
}

/** Groups whose members may log in. */
function boundGroups({ groups, pushers }: Declared): string[] {
  return [...groups, ...pushers.map(({ group }) => group)];
}

function ofAccount({ name, group: own }: DeclaredPusher, { users }: Directory): Difference[] {
  const user = users.find(({ username }) => username === name);
  if (!user) return [{ found: `Authentik has no user ${name}: its key cannot be renewed`, todo: UP }];
  const further = user.groups.filter((group) => group !== own);
  return [
    ...(user.groups.includes(own)
      ? []
      : [{ found: `${name} is not in ${own}: it cannot push after its next login`, todo: UP }]),
    ...further.map((group) => ({
      found: `${name} is also in ${group}, whose rights its key has from its next login on`,
      todo: UP,
    })),
    ...(user.isActive ? [] : [{ found: `${name} is disabled: its key cannot be renewed`, todo: UP }]),
    ...(user.isSuperuser
      ? [
          {
            found: `${name} is a superuser of Authentik`,
            todo: "take it out of the group that makes it one",
          },
        ]
      : []),
  ];
}

function furtherMembers({ name, group }: DeclaredPusher, { users }: Directory): Difference[] {
  return users
    .filter(({ groups, username }) => groups.includes(group) && username !== name)
    .map(({ username }) => ({
      found: `${username} is in ${group}, where the settings put ${name} alone`,
      todo: `if ${username} should not push new tags, take the group from the user in Authentik, and log the user in once: zot holds the groups of the last login`,
    }));
}

function ofBindings(declared: Declared, bindings: readonly DirectoryBinding[] | undefined): Difference[] {
  const { slug } = declared;
  if (!bindings) return [{ found: `Authentik has no application ${slug}: nobody can log in`, todo: UP }];
  const wanted = boundGroups(declared);
  const isWanted = ({ who, negate }: DirectoryBinding) =>
    !negate && "group" in who && wanted.includes(who.group);
  const live = bindings.filter(({ enabled }) => enabled);
  if (live.length === 0) {
    return [
      {
        found: `the application ${slug} has no binding: every user of Authentik may log in`,
        todo: UP,
      },
    ];
  }
  const bound = live.filter(isWanted).map(({ who }) => ("group" in who ? who.group : ""));
  return [
    ...wanted
      .filter((group) => !bound.includes(group))
      .map((group) => ({
        found: `the group ${group} may not log in: its binding is missing or disabled`,
        todo: UP,
      })),
    ...live
      .filter((binding) => !isWanted(binding))
      .map(({ who, negate }) => ({
        found: `the application ${slug} also has a binding of ${nameOf(who)}${negate ? ", negated" : ""}`,
        todo: "remove it in Authentik, or add the group to a role in access.roles",
      })),
  ];
}

function nameOf(who: DirectoryBinding["who"]): string {
  if ("group" in who) return `the group ${who.group}`;
  return "user" in who ? `the user ${who.user}` : `the policy ${who.policy}`;
}

function ofKeys({ pushers }: Declared, keys: readonly ListedKey[]): Difference[] {
  const own = keys.filter(({ owner, isExpired }) => pushers.some(({ name }) => name === owner) && !isExpired);
  const foreign = own.filter(({ role }) => role === "other");
  const endless = keys.filter(({ expiresAt, isExpired }) => expiresAt === undefined && !isExpired);
  return [
    ...foreign.map(({ label, owner }) => ({
      found: `${owner} has a live key "${label}" that this stack did not make`,
      todo: "revoke it in zot's web page if nobody needs it",
    })),
    ...endless.map(({ owner, label }) => ({
      found: `the key "${label}" of ${owner} never expires`,
      todo: "mint one that expires, then revoke this one",
    })),
  ];
}
