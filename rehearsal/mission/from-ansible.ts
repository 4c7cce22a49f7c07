import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "./command";
import { BLUMEOPS, identitiesOf, namesOf, prove } from "./identities";
import { pushOpenly } from "./image";
import type { Changes, Pulumi } from "./pulumi";
import { changeSettings, type MissionOptions, prepareStack } from "./stack";
import { Steps } from "./steps";
import { createExistingHomelab, type ExistingHomelab } from "./existing-homelab";
import { type Noticed, noticedText, refuseRefusals, Traffic } from "./traffic";
import { startWorld, type World } from "./world";

/** The result of an adoption. The systems are still running. */
export interface AdoptionResult {
  readonly world: World;
  readonly pulumi: Pulumi;
  readonly today: ExistingHomelab;
  /** The output of `npm run adopt`: of the dry run, and with --apply. */
  readonly announced: string;
  readonly adopted: string;
  /** Changes after the adoption: in the preview, and in the update. */
  readonly preview: Changes;
  readonly up: Changes;
  readonly noticed: Noticed;
}

/** Variations of the homelab for tests. */
export interface Variant {
  /** Changes the objects that Ansible, the blueprint and people created. */
  change?(today: ExistingHomelab, world: World): void;
  /** Runs instead of the dry run, and adopts. Returns the output. */
  begin?(pulumi: Pulumi): Promise<string>;
}

const STACK = "rehearsal";

/**
 * Adopts what Ansible, a blueprint and people created: adopt, preview, up, proof, while CI pushes every second and anonymous
 * clients pull.
 *
 * @throws Error if a push or a pull was refused
 */
export async function rehearseAdoption(
  options: MissionOptions,
  variant: Variant = {},
): Promise<AdoptionResult> {
  const { folder, write, cleanUp } = options;
  const steps = new Steps((line) => write(`${line}\n`));
  await mkdir(join(folder, "tmp"), { recursive: true });
  const world = await steps.run("start all systems", () =>
    startWorld(folder, { ...options, keepsPlugins: true }),
  );
  const today = await steps.run("set up the registry with Ansible, a blueprint and by hand", async () => {
    await pushOpenly(world.host.registryUrl);
    const made = await createExistingHomelab(world);
    variant.change?.(made, world);
    return made;
  });
  const pulumi = await steps.run("prepare the stack", () => prepareStack(options, world, world, STACK));
  cleanUp(() => pulumi.end());
  await changeSettings(pulumi, {
    "zot-access:pushers": { [BLUMEOPS.name]: { from: "op://rehearsal/zot-ci-apikey/password" } },
    "zot-access:zot": {
      config: { storage: { gcDelay: "2h" }, extensions: { scrub: { enable: true, interval: "24h" } } },
    },
  });
  const traffic = new Traffic({
    registryUrl: world.host.registryUrl,
    push: {
      repository: "blumeops/hello",
      username: "zot-ci",
      key: () => world.standIns?.forgejo.secretsOf("blumeops")["ZOT_CI_API_KEY"] ?? "",
    },
    pull: "blumeops/hello:1.0",
  });
  cleanUp(async () => {
    await traffic.stop();
  });
  const adopt = (...flags: string[]) => runCommand(options, pulumi, "commands/adopt/main.ts", flags);
  const announced = await steps.run("npm run adopt (dry run)", () => variant.begin?.(pulumi) ?? adopt());
  const adopted = await steps.run("npm run adopt -- --apply", () => adopt("--apply"));
  const preview = await steps.run("pulumi preview: only the announced changes", () => pulumi.preview());
  const up = await steps.run("pulumi up", () => pulumi.up());
  await steps.run("test the access matrix", async () =>
    prove(namesOf(world), await identitiesOf(world, namesOf(world))),
  );
  await steps.run("pulumi preview again: no changes expected", () => pulumi.previewWithoutChanges());
  const noticed = await traffic.stop();
  write(noticedText(noticed));
  refuseRefusals(noticed);
  return { world, pulumi, today, announced, adopted, preview, up, noticed };
}
