import type { MatrixIdentity } from "../../systems/zot/proof";
import { assertMatrix, type MatrixRow, runMatrix } from "../../systems/zot/proof";
import { ZotClient } from "../../systems/zot/client";
import { ADMIN, READER } from "./people";
import { logInPerson } from "./person-login";
import type { World } from "./world";

const DAY_MS = 86_400_000;

/** Whose registry is asked, by the names that its stack has. */
export interface Names {
  readonly registryUrl: string;
  readonly username: string;
  readonly itemTitle: string;
  readonly writers: string;
  readonly zotVersion: string;
}

export function namesOf({ host, zotVersion }: World): Names {
  const { registryUrl } = host;
  return {
    registryUrl,
    username: "zot-ci",
    itemTitle: "zot-ci-apikey",
    writers: "artifact-workloads",
    zotVersion,
  };
}

/** Everybody who asks: nobody, CI with the key that the program minted, and two people with keys of their own. */
export async function identitiesOf(world: World, names: Names): Promise<MatrixIdentity[]> {
  const anonymous = { name: "anonymous", groups: [] };
  const password = keyIn(world, names.itemTitle);
  const ci = { name: "ci", username: names.username, password, groups: [names.writers] };
  if (world.parts["Authentik"] === "real") return [anonymous, ci];
  const { adminPassword, readerPassword } = world.secrets;
  const admin = {
    name: "admin",
    username: ADMIN.username,
    password: await personalKey(world, names, ADMIN, adminPassword),
  };
  const reader = {
    name: "no group",
    username: READER.username,
    password: await personalKey(world, names, READER, readerPassword),
  };
  return [anonymous, ci, { ...admin, groups: [...ADMIN.groups] }, { ...reader, groups: [...READER.groups] }];
}

/** The password of an item in 1Password. */
export function keyIn({ onepassword }: World, title: string): string {
  const item = onepassword.itemsOf("rehearsal").find((one) => one.title === title);
  const key = item?.fields.find(({ purpose }) => purpose === "PASSWORD")?.value;
  if (key === undefined) throw new Error(`1Password holds no item ${title} with a password`);
  return key;
}

async function personalKey(
  { authentikUrl }: World,
  { registryUrl }: Names,
  { username, mfaCode }: { username: string; mfaCode: string },
  password: string,
): Promise<string> {
  const cookie = await logInPerson({ registryUrl, authentikUrl, username, password, mfaCode });
  const minted = await new ZotClient(registryUrl).mintApiKey(
    { kind: "session", cookie },
    { label: "rehearsal", expiresAt: new Date(Date.now() + DAY_MS) },
  );
  return minted.key;
}

export async function prove(
  { registryUrl, writers, zotVersion }: Names,
  identities: MatrixIdentity[],
): Promise<MatrixRow[]> {
  const rows = await runMatrix({
    registryUrl,
    access: {
      admins: ["admins"],
      writers: [writers],
      writableRepositories: ["blumeops/**"],
      anonymousPull: true,
    },
    zotVersion,
    identities,
    scratchRepository: "blumeops/access-proof",
    metrics: true,
  });
  assertMatrix(rows);
  return rows;
}
