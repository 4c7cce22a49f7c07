import {
  BLUMEOPS,
  CV,
  identitiesOf,
  itemTitle,
  keyIn,
  type Names,
  namesOf,
  prove,
  type PusherNames,
} from "./identities";
import { pushOpenly } from "./image";
import type { Pulumi } from "./pulumi";
import { changeSettings, type MissionOptions, prepareStack } from "./stack";
import type { Steps } from "./steps";
import { NEIGHBOURS_REPOSITORY, type Registry, type World } from "./world";

export interface NeighbourOptions {
  readonly options: MissionOptions;
  readonly steps: Steps;
  /** The world, in which the first registry is hardened already. */
  readonly world: World;
  /** The first registry's stack. */
  readonly pulumi: Pulumi;
}

const STACK = "rehearsal-attic";
const SLUG = "attic";
const OWN: PusherNames = { name: `${SLUG}-ci`, group: `${SLUG}-ci`, folder: "blumeops" };

/**
 * A second registry, with a stack of its own, in the same Authentik, 1Password and Forgejo. Its settings name another slug,
 * another owner's repository and a pusher of its own, nothing else; neither stack may touch what is the other's, and it goes without a trace.
 */
export async function runNeighbour({
  options,
  steps,
  world,
  pulumi: first,
}: NeighbourOptions): Promise<void> {
  const registry = await steps.run("start a second registry host", () => world.addRegistry("second-host"));
  await pushOpenly(registry.host.registryUrl);
  const second = await prepareStack(options, world, settled(registry, world), STACK);
  options.cleanUp(() => second.end());
  const names: Names = {
    registryUrl: registry.host.registryUrl,
    pushers: [OWN],
    zotVersion: world.zotVersion,
  };
  await steps.run("pulumi up of the second stack", () => second.up());
  await steps.run("test the second registry's access matrix", async () =>
    prove(names, await identitiesOf(world, names)),
  );
  await steps.run("each key works only at its own registry", () => keysStayApart(world, names));
  await steps.run("preview both stacks: no changes expected", async () => {
    await first.refreshedPreviewWithoutChanges();
    await second.previewWithoutChanges();
  });
  await steps.run("destroy the second stack", async () => {
    const leaving = {
      "zot-access:authentik": { protect: false },
      "zot-access:host": { onDestroy: "restore" },
    };
    await changeSettings(second, leaving);
    // A policy keeps the identity protected.
    await second.upWithoutPolicies();
    await second.destroy();
  });
  await steps.run("check that the first stack has no changes and its access rules still hold", async () => {
    await first.refreshedPreviewWithoutChanges();
    await prove(namesOf(world), await identitiesOf(world, namesOf(world)));
  });
}

function settled({ host, places }: Registry, { ownerOf }: World): Registry {
  const { name } = NEIGHBOURS_REPOSITORY;
  const owner = ownerOf(NEIGHBOURS_REPOSITORY.owner);
  const repositories = [{ name, secrets: { ZOT_CI_API_KEY: `key:${OWN.name}` } }];
  const at = (key: string) => places[key] as object;
  return {
    host,
    places: {
      ...places,
      "zot-access:authentik": { ...at("zot-access:authentik"), slug: SLUG },
      "zot-access:pushers": { [OWN.name]: { in: ["blumeops/**"] }, [BLUMEOPS.name]: null, [CV.name]: null },
      "zot-access:forgejo": { ...at("zot-access:forgejo"), owner, repositories },
    },
  };
}

async function keysStayApart(world: World, { registryUrl: own }: Names): Promise<void> {
  const [first, second] = [
    { ...BLUMEOPS, registryUrl: namesOf(world).registryUrl },
    { ...OWN, registryUrl: own },
  ];
  for (const [holder, registry, expected] of [
    [first, first, 200],
    [second, second, 200],
    [first, second, 401],
    [second, first, 401],
  ] as const) {
    const basic = Buffer.from(`${holder.name}:${keyIn(world, itemTitle(holder))}`).toString("base64");
    const headers = { authorization: `Basic ${basic}` };
    const { status } = await fetch(`${registry.registryUrl}/v2/`, { headers });
    if (status !== expected) {
      throw new Error(`${holder.name} was answered ${status} at ${registry.registryUrl}, not ${expected}`);
    }
  }
}
