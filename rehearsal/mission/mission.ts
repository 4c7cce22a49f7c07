import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { assertMatrix, type MatrixIdentity, type MatrixRow, runMatrix } from "../../verify";
import { ZotClient } from "../../zot/client";
import { pushImage } from "./image";
import { bootWithoutIssuer } from "./boot-without-issuer";
import { ADMIN, READER } from "./people";
import { logInPerson } from "./person-login";
import { type Changes, Pulumi } from "./pulumi";
import { stackFile } from "./stack-file";
import { type Step, Steps } from "./steps";
import { type Kind, startWorld, type World } from "./world";

export interface Report {
  readonly parts: Readonly<Record<string, Kind>>;
  readonly steps: readonly Step[];
  readonly up: Changes;
  readonly preview2: Changes;
  readonly matrix: readonly MatrixRow[];
}

export interface MissionOptions {
  /** Folder of Pulumi.yaml. */
  readonly project: string;
  /** Everything that the mission writes is below it. */
  readonly folder: string;
  readonly write: (text: string) => void;
  /** Receives what has to be stopped, in the order in which it came up, as soon as it is up. */
  readonly cleanUp: (stop: () => Promise<void>) => void;
}

/** A mission whose parts are still up. */
export interface Mission {
  readonly report: Report;
  readonly world: World;
  readonly pulumi: Pulumi;
  /** As whom the matrix asked. */
  readonly identities: readonly MatrixIdentity[];
}

const STACK = "rehearsal";
const DAY_MS = 86_400_000;

/**
 * Runs the whole mission: from a registry that anybody can push to, to one that is hardened and proven.
 * Everything stays up until the caller stops it.
 */
export async function runMission(options: MissionOptions): Promise<Mission> {
  const { folder, write, cleanUp } = options;
  const steps = new Steps((line) => write(`${line}\n`));
  await mkdir(join(folder, "tmp"), { recursive: true });
  const world = await steps.run("start the parts", () => startWorld(folder));
  cleanUp(() => world.stop());
  await steps.run("push images without a login, as anybody can so far", () => pushOpenly(world));
  const pulumi = await steps.run("prepare the stack", () => prepareStack(options, world));
  cleanUp(() => pulumi.interrupt());
  const up = await steps.run("pulumi up", () => pulumi.up());
  const identities = await steps.run("log in as people, and look the CI key up", () => identitiesOf(world));
  const matrix = await steps.run("prove the access matrix", () => prove(world, identities));
  const preview2 = await steps.run("pulumi preview again: nothing may differ", () =>
    pulumi.previewWithoutChanges(),
  );
  if (world.setAuthentikDown) {
    const ci = identities.find(({ name }) => name === "ci");
    await steps.run("boot the host while Authentik is down", () => bootWithoutIssuer(world, ci));
  }
  return {
    report: { parts: world.parts, steps: steps.done, up, preview2, matrix },
    world,
    pulumi,
    identities,
  };
}

async function pushOpenly({ host: { registryUrl } }: World): Promise<void> {
  const images: [repository: string, tag: string][] = [
    ["blumeops/hello", "1.0"],
    ["blumeops/hello", "latest"],
    ["docker.io/library/alpine", "3"],
  ];
  for (const [repository, tag] of images) {
    const status = await pushImage(registryUrl, repository, tag, `${repository}:${tag}`);
    if (status !== 201)
      throw new Error(`the open registry answered ${status} to a push of ${repository}:${tag}`);
  }
}

async function prepareStack({ project, folder, write }: MissionOptions, world: World): Promise<Pulumi> {
  const pulumi = new Pulumi({
    project,
    folder,
    stack: STACK,
    environment: { ...world.environment, TMPDIR: join(folder, "tmp") },
    write,
  });
  await mkdir(join(folder, "state"), { recursive: true });
  const committed = await readFile(join(project, `Pulumi.${STACK}.yaml`), "utf8");
  await writeFile(pulumi.configFile, stackFile(committed, world.places));
  await pulumi.init();
  return pulumi;
}

/** Everybody who asks: nobody, CI with the key that the program minted, and two people with keys of their own. */
async function identitiesOf(world: World): Promise<MatrixIdentity[]> {
  const anonymous = { name: "anonymous", groups: [] };
  const ci = {
    name: "ci",
    username: "zot-ci",
    password: ciKey(world),
    groups: ["artifact-workloads"],
  };
  if (world.parts["Authentik"] === "real") return [anonymous, ci];
  const { adminPassword, readerPassword } = world.secrets;
  const admin = {
    name: "admin",
    username: ADMIN.username,
    password: await personalKey(world, ADMIN, adminPassword),
  };
  const reader = {
    name: "no group",
    username: READER.username,
    password: await personalKey(world, READER, readerPassword),
  };
  return [anonymous, ci, { ...admin, groups: [...ADMIN.groups] }, { ...reader, groups: [...READER.groups] }];
}

export function ciKey({ onepassword }: World): string {
  const item = onepassword.itemsOf("rehearsal").find(({ title }) => title === "zot-ci-apikey");
  const key = item?.fields.find(({ purpose }) => purpose === "PASSWORD")?.value;
  if (key === undefined) throw new Error("1Password holds no item zot-ci-apikey with a password");
  return key;
}

async function personalKey(
  world: World,
  { username, mfaCode }: { username: string; mfaCode: string },
  password: string,
): Promise<string> {
  const { authentikUrl, host } = world;
  const cookie = await logInPerson({
    registryUrl: host.registryUrl,
    authentikUrl,
    username,
    password,
    mfaCode,
  });
  const minted = await new ZotClient(host.registryUrl).mintApiKey(
    { kind: "session", cookie },
    { label: "rehearsal", expiresAt: new Date(Date.now() + DAY_MS) },
  );
  return minted.key;
}

async function prove({ host }: World, identities: MatrixIdentity[]): Promise<MatrixRow[]> {
  const rows = await runMatrix({
    registryUrl: host.registryUrl,
    access: {
      admins: ["admins"],
      writers: ["artifact-workloads"],
      writableRepositories: ["blumeops/**"],
      anonymousPull: true,
    },
    zotVersion: "2.1.20",
    identities,
    scratchRepository: "blumeops/access-proof",
    metrics: true,
  });
  assertMatrix(rows);
  return rows;
}
