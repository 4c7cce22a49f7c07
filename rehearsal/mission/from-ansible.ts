import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "./command";
import { BLUMEOPS, identitiesOf, namesOf, prove } from "./identities";
import { pushOpenly } from "./image";
import type { Changes, Pulumi } from "./pulumi";
import { changeSettings, type MissionOptions, prepareStack } from "./stack";
import { Steps } from "./steps";
import { makeToday, type Today } from "./today";
import { type Noticed, noticedText, refuseRefusals, Traffic } from "./traffic";
import { startWorld, type World } from "./world";

/** What moving in came to. The parts are still up. */
export interface MovedIn {
  readonly world: World;
  readonly pulumi: Pulumi;
  readonly today: Today;
  /** What `npm run adopt` printed: before anything was taken over, and when it was. */
  readonly announced: string;
  readonly adopted: string;
  /** What was left to do after the adoption, and what was then done. */
  readonly preview: Changes;
  readonly up: Changes;
  readonly noticed: Noticed;
}

/** What else happened in the homelab. */
export interface Variant {
  /** Changes what Ansible, the blueprint and people made. */
  change?(today: Today, world: World): void;
  /** Takes over in a first run of its own, in the place of the run that only looks. Returns what was printed. */
  begin?(pulumi: Pulumi): Promise<string>;
}

const STACK = "rehearsal";

/**
 * Takes over what Ansible, a blueprint and people made: adopt, preview, up, proof, while CI pushes every second and
 * everybody pulls.
 *
 * @throws Error where a push was refused, or a pull by anything but zot's restart
 */
export async function moveIn(options: MissionOptions, variant: Variant = {}): Promise<MovedIn> {
  const { folder, write, cleanUp } = options;
  const steps = new Steps((line) => write(`${line}\n`));
  await mkdir(join(folder, "tmp"), { recursive: true });
  const world = await steps.run("start the parts", () => startWorld(folder, options));
  const today = await steps.run("make everything as Ansible, a blueprint and people left it", async () => {
    await pushOpenly(world.host.registryUrl);
    const made = await makeToday(world);
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
  const announced = await steps.run(
    "npm run adopt: what is there?",
    () => variant.begin?.(pulumi) ?? adopt(),
  );
  const adopted = await steps.run("npm run adopt -- --apply", () => adopt("--apply"));
  const preview = await steps.run("pulumi preview: what was announced, no more", () => pulumi.preview());
  const up = await steps.run("pulumi up", () => pulumi.up());
  await steps.run("prove the access matrix", async () =>
    prove(namesOf(world), await identitiesOf(world, namesOf(world))),
  );
  await steps.run("pulumi preview again: nothing may differ", () => pulumi.previewWithoutChanges());
  const noticed = await traffic.stop();
  write(noticedText(noticed));
  refuseRefusals(noticed);
  return { world, pulumi, today, announced, adopted, preview, up, noticed };
}
