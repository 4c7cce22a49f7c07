import { identitiesOf, keyIn, type Names, namesOf, prove } from "./identities";
import { pushOpenly } from "./image";
import type { Pulumi } from "./pulumi";
import { changeSettings, type MissionOptions, prepareStack } from "./stack";
import type { Steps } from "./steps";
import { NEIGHBOURS_REPOSITORY, type Registry, type World } from "./world";

export interface Neighbourhood {
  readonly options: MissionOptions;
  readonly steps: Steps;
  /** The world, in which the first registry is hardened already. */
  readonly world: World;
  /** The first registry's stack. */
  readonly pulumi: Pulumi;
}

const STACK = "rehearsal-attic";
const SLUG = "attic";

/**
 * A second registry, with a stack of its own, in the same Authentik, 1Password and Forgejo. Its settings name another slug
 * and another owner's repository, nothing else; neither stack may touch what is the other's, and it goes without a trace.
 */
export async function runNeighbour({ options, steps, world, pulumi: first }: Neighbourhood): Promise<void> {
  const registry = await steps.run("start a second registry host", () => world.addRegistry("second-host"));
  await pushOpenly(registry.host.registryUrl);
  const second = await prepareStack(options, world, settled(registry), STACK);
  options.cleanUp(() => second.interrupt());
  const names: Names = {
    registryUrl: registry.host.registryUrl,
    username: `${SLUG}-ci`,
    itemTitle: `${SLUG}-ci-apikey`,
    writers: `${SLUG}-artifact-workloads`,
    zotVersion: world.zotVersion,
  };
  await steps.run("pulumi up of the second stack", () => second.up());
  await steps.run("prove the second registry's access matrix", async () =>
    prove(names, await identitiesOf(world, names)),
  );
  await steps.run("each key opens its own registry alone", () => keysStayApart(world, names));
  await steps.run("preview both stacks: nothing may differ", async () => {
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
  await steps.run("the first stack is whole, and its registry as closed and as open as before", async () => {
    await first.refreshedPreviewWithoutChanges();
    await prove(namesOf(world), await identitiesOf(world, namesOf(world)));
  });
}

function settled({ host, places }: Registry): Registry {
  const { owner, name } = NEIGHBOURS_REPOSITORY;
  const repositories = [{ name, secrets: { ZOT_CI_API_KEY: "minted-key" } }];
  const at = (key: string) => places[key] as object;
  return {
    host,
    places: {
      ...places,
      "zot-access:authentik": { ...at("zot-access:authentik"), slug: SLUG },
      "zot-access:forgejo": { ...at("zot-access:forgejo"), owner, repositories },
    },
  };
}

async function keysStayApart(world: World, second: Names): Promise<void> {
  const first = namesOf(world);
  for (const [holder, registry, expected] of [
    [first, first, 200],
    [second, second, 200],
    [first, second, 401],
    [second, first, 401],
  ] as const) {
    const basic = Buffer.from(`${holder.username}:${keyIn(world, holder.itemTitle)}`).toString("base64");
    const headers = { authorization: `Basic ${basic}` };
    const { status } = await fetch(`${registry.registryUrl}/v2/`, { headers });
    if (status !== expected) {
      throw new Error(
        `${holder.username} was answered ${status} at ${registry.registryUrl}, not ${expected}`,
      );
    }
  }
}
