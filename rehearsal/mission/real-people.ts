import { z } from "zod";
import type { RealAuthentik } from "../real/authentik";
import type { Named } from "../real/objects";
import { ADMIN, type Login, type People, READER } from "./people";
import { enrol } from "./person-login";
import { Totp } from "./second-factor";
import type { RehearsalSecrets } from "./secrets";

/**
 * The rehearsal's people in a real Authentik, with a second factor each, and the groups that the settings name. A group that is there
 * is used as it is.
 */
export async function peopleIn(
  authentik: RealAuthentik,
  { adminPassword, readerPassword }: RehearsalSecrets,
): Promise<People> {
  return {
    admin: await make(authentik, ADMIN, adminPassword),
    reader: await make(authentik, READER, readerPassword),
  };
}

const made = z.looseObject({ pk: z.union([z.string(), z.number()]) });

async function make(
  authentik: RealAuthentik,
  { groups, name, username }: Pick<typeof ADMIN | typeof READER, "groups" | "name" | "username">,
  password: string,
): Promise<Login> {
  const { calls } = authentik;
  const pks = await Promise.all(groups.map((group) => groupIn(authentik, group)));
  await authentik.make([{ kind: "core/users/", name: username }], async () => {
    const user = made.parse(await calls.send("POST", "core/users/", { username, name, groups: pks }));
    await calls.send("POST", `core/users/${user.pk}/set_password/`, { password });
  });
  const login = { username, groups, password, secondFactor: new Totp() };
  await enrol({ ...login, authentikUrl: calls.url });
  return login;
}

async function groupIn(authentik: RealAuthentik, name: string): Promise<string | number> {
  const group: Named = { kind: "core/groups/", name };
  const path = `core/groups/?${new URLSearchParams({ name }).toString()}`;
  if (authentik.owns(group) || !(await authentik.has(group)))
    await authentik.make([group], () => authentik.calls.send("POST", "core/groups/", { name }));
  const pk = await authentik.calls.first(path);
  if (pk === undefined) throw new Error(`Authentik has no group ${name} that was just made`);
  return pk;
}
