import * as pulumi from "@pulumi/pulumi";
import { type FoundIdentity, lookUpIdentity, type WantedIdentity } from "../systems/authentik/identity";
import { groupsInUse } from "../systems/authentik/left-groups";
import { AuthentikReader } from "../systems/authentik/reader";
import { heldAccounts } from "./last-deploy";

/** The existing identity in Authentik, and the groups of former pushers that are still in use. */
export interface ObservedDirectory {
  readonly found: FoundIdentity;
  readonly groupsInUse: readonly string[];
}

/**
 * Reads Authentik before any resource is declared: a missing name would stop a deploy half-way, and the existing
 * objects show which differences are meaningless.
 *
 * @throws AuthentikNamesError, SystemError
 */
export async function observeDirectory(
  wanted: WantedIdentity,
  token: string,
  roleGroups: readonly string[],
): Promise<ObservedDirectory> {
  const objects = new AuthentikReader(wanted.url, token);
  const found = await lookUpIdentity(objects, wanted);
  const disabled = [...found.accounts].filter(([, account]) => account.disabled).map(([name]) => name);
  if (disabled.length > 0) {
    await pulumi.log.warn(
      `the service account ${disabled.join(", ")} is disabled in Authentik: it cannot log in, and so no key can be minted. ` +
        "pulumi up --refresh enables it again",
    );
  }
  return { found, groupsInUse: await leftInUse(objects, wanted, roleGroups) };
}

/** Groups are deleted with their pushers, unless others use them. */
async function leftInUse(
  objects: AuthentikReader,
  { groups }: WantedIdentity,
  roleGroups: readonly string[],
): Promise<string[]> {
  const held = await heldAccounts();
  const named = held.groups.filter((name) => roleGroups.includes(name));
  const left = held.groups.filter((name) => !groups.includes(name));
  const inUse = await groupsInUse(objects, left, held.users);
  for (const { members, name } of inUse) {
    await pulumi.log.info(
      `the group ${name} of a former pusher stays, since ${members.join(", ")} ${members.length === 1 ? "is a member" : "are members"}; ` +
        "the first pulumi up that finds it without them deletes it",
    );
  }
  return [...named, ...inUse.map(({ name }) => name)];
}
