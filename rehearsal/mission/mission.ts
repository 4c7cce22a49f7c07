import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { MatrixIdentity, MatrixRow } from "../../systems/zot/proof";
import type { Check } from "../../commands/verify/checks/check";
import { bootWithoutIssuer } from "./boot-without-issuer";
import { BLUMEOPS, CV, identitiesOf, itemTitle, keyIn, namesOf } from "./identities";
import { pushImage, pushOpenly } from "./image";
import { runNeighbour } from "./neighbour";
import type { Changes, Pulumi } from "./pulumi";
import { type MissionOptions, prepareStack } from "./stack";
import { type Step, Steps } from "./steps";
import { verifyStack } from "./verify-stack";
import { type SystemOrigin, startWorld, type World } from "./world";

export interface Report {
  readonly parts: Readonly<Record<string, SystemOrigin>>;
  readonly steps: readonly Step[];
  readonly up: Changes;
  readonly preview2: Changes;
  readonly matrix: readonly MatrixRow[];
  /** What else `npm run verify` looked at. */
  readonly checks: readonly Check[];
}

/** The first deploy of a stack, whose systems are still up. */
export interface Deployed {
  readonly world: World;
  readonly pulumi: Pulumi;
  /** As whom the matrix asks. */
  readonly identities: readonly MatrixIdentity[];
}

/** A mission whose parts are still up. */
export interface Mission extends Deployed {
  readonly report: Report;
}

const STACK = "rehearsal";

const stepsOf = ({ write }: MissionOptions) => new Steps((line) => write(`${line}\n`));

/** A registry that anybody can push to, and its first deploy. Everything stays up until the caller stops it. */
export async function deployOnce(
  options: MissionOptions,
  steps = stepsOf(options),
): Promise<Deployed & { readonly up: Changes }> {
  const { folder, cleanUp } = options;
  await mkdir(join(folder, "tmp"), { recursive: true });
  const world = await steps.run("start all systems", () =>
    startWorld(folder, { ...options, keepsPlugins: true }),
  );
  await steps.run("push images without a login, before hardening", () => pushOpenly(world.host.registryUrl));
  const pulumi = await steps.run("prepare the stack", () => prepareStack(options, world, world, STACK));
  cleanUp(() => pulumi.end());
  const up = await steps.run("pulumi up", () => pulumi.up());
  const identities = await steps.run("log in as users, and read the pushers' keys", () =>
    identitiesOf(world, namesOf(world)),
  );
  return { world, pulumi, identities, up };
}

/**
 * Runs the whole mission: from a registry that anybody can push to, to one that is hardened and proven.
 * Everything stays up until the caller stops it.
 */
export async function runMission(options: MissionOptions): Promise<Mission> {
  const steps = stepsOf(options);
  const { world, pulumi, identities, up } = await deployOnce(options, steps);
  await steps.run("push as each pusher: allowed in its own repositories, refused in the other's", () =>
    pushAsEach(world.host.registryUrl, identities),
  );
  const { matrix, checks } = await steps.run("verify the access matrix and every system", () =>
    verifyStack(pulumi, identities),
  );
  const preview2 = await steps.run("pulumi preview again: no changes expected", () =>
    pulumi.previewWithoutChanges(),
  );
  if (world.setAuthentikDown) {
    const [ci, admin] = [BLUMEOPS.name, "admin"].map((who) => identities.find(({ name }) => name === who));
    await steps.run("boot the host while Authentik is down", () => bootWithoutIssuer(world, { ci, admin }));
  }
  if (options.stacks === 2) await runNeighbour({ options, steps, world, pulumi });
  return {
    report: { parts: world.parts, steps: steps.done, up, preview2, matrix, checks },
    world,
    pulumi,
    identities,
  };
}

export function ciKey(world: World): string {
  return keyIn(world, itemTitle(BLUMEOPS));
}

/** By real pushes, blobs and all. */
async function pushAsEach(registryUrl: string, identities: readonly MatrixIdentity[]): Promise<void> {
  for (const pusher of [BLUMEOPS, CV]) {
    const { username = "", password = "" } = identities.find(({ name }) => name === pusher.name) ?? {};
    const basic = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
    for (const { folder } of [BLUMEOPS, CV]) {
      const tag = `by-${username}`;
      const status = await pushImage(registryUrl, `${folder}/pushed`, tag, tag, basic);
      const expected = folder === pusher.folder ? 201 : 403;
      if (status !== expected)
        throw new Error(`${username} was answered ${status} in ${folder}, not ${expected}`);
    }
  }
}
