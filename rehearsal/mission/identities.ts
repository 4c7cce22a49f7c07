import type { MatrixIdentity } from "../../systems/zot/proof";
import { assertMatrix, type MatrixRow, runMatrix } from "../../systems/zot/proof";
import { ZotClient } from "../../systems/zot/client";
import { type Grant, VERBS } from "../../systems/zot/grants";
import type { Login } from "./people";
import { logInPerson } from "./person-login";
import type { World } from "./world";

const DAY_MS = 86_400_000;

/** Whose registry is asked, by the names that its stack has. */
export interface Names {
  readonly registryUrl: string;
  readonly pushers: readonly PusherNames[];
  readonly zotVersion: string;
}

/** A pipeline's account. */
export interface PusherNames {
  readonly name: string;
  readonly group: string;
  /** Where it pushes: all below. */
  readonly folder: string;
}

/** As Pulumi.rehearsal.yaml has them. */
export const BLUMEOPS: PusherNames = { name: "zot-ci", group: "artifact-workloads", folder: "blumeops" };
export const CV: PusherNames = { name: "cv-ci", group: "cv-ci", folder: "cv" };

export const itemTitle = ({ name }: PusherNames): string => `${name}-apikey`;

export function namesOf({ host, zotVersion }: World): Names {
  return { registryUrl: host.registryUrl, pushers: [CV, BLUMEOPS], zotVersion };
}

/** Everybody who asks: nobody, each pusher with the key that the program minted, and two people with keys of their own. */
export async function identitiesOf(world: World, names: Names): Promise<MatrixIdentity[]> {
  const anonymous = { name: "anonymous", groups: [] };
  const pushers = names.pushers.map((pusher) => ({
    name: pusher.name,
    username: pusher.name,
    password: keyIn(world, itemTitle(pusher)),
    groups: [pusher.group],
  }));
  const { admin, reader } = world.people;
  return [
    anonymous,
    ...pushers,
    await asPerson(world, names, "admin", admin),
    await asPerson(world, names, "no group", reader),
  ];
}

/** The password of an item in 1Password. */
export function keyIn({ onepassword }: World, title: string): string {
  const item = onepassword.itemsOf("rehearsal").find((one) => one.title === title);
  const key = item?.fields.find(({ purpose }) => purpose === "PASSWORD")?.value;
  if (key === undefined) throw new Error(`1Password holds no item ${title} with a password`);
  return key;
}

async function asPerson(
  { authentikUrl }: World,
  { registryUrl }: Names,
  name: string,
  login: Login,
): Promise<MatrixIdentity> {
  const cookie = await logInPerson({ ...login, registryUrl, authentikUrl });
  const minted = await new ZotClient(registryUrl).mintApiKey(
    { kind: "session", cookie },
    { label: "rehearsal", expiresAt: new Date(Date.now() + DAY_MS) },
  );
  return { name, username: login.username, password: minted.key, groups: [...login.groups] };
}

export async function prove(
  { registryUrl, pushers, zotVersion }: Names,
  identities: MatrixIdentity[],
): Promise<MatrixRow[]> {
  const from = "Pulumi.rehearsal.yaml";
  const rows = await runMatrix({
    registryUrl,
    access: {
      caches: ["docker.io/**", "ghcr.io/**", "quay.io/**"],
      grants: [
        { to: "anonymous", may: ["pull"], in: ["**"], from },
        { to: { groups: ["admins"] }, may: VERBS, in: ["**"], from },
        ...pushers.map(({ name, group, folder }): Grant => ({
          to: { groups: [group] },
          may: ["pull", "push"],
          in: [`${folder}/**`],
          from,
          pusher: name,
        })),
      ],
    },
    zotVersion,
    identities,
    pushers: pushers.map(({ name, group, folder }) => ({
      name,
      groups: [group],
      scratchRepository: `${folder}/access-proof`,
    })),
    metrics: { anonymous: true, users: [] },
  });
  assertMatrix(rows);
  return rows;
}
