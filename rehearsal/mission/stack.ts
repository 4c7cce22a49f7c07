import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { preview } from "../../systems/pulumi/cli";
import { plannedNames } from "../real/names";
import { Pulumi, type PulumiOptions } from "./pulumi";
import { type Places, stackFile } from "./stack-file";
import type { Registry, World, WorldOptions } from "./world";

export interface MissionOptions extends WorldOptions {
  /** Folder of Pulumi.yaml. */
  readonly project: string;
  /** Everything that the mission writes is below it. */
  readonly folder: string;
  readonly write: (text: string) => void;
  /** Receives what has to be stopped, in the order in which it came up. */
  readonly cleanUp: (stop: () => Promise<void>) => void;
  /** Registries side by side; 1 unless told. */
  readonly stacks?: 1 | 2;
}

const SETTINGS_OF = "rehearsal";

/** A new stack with the rehearsal's committed settings, for the registry that `places` leads to. */
export async function prepareStack(
  { project, folder, write }: MissionOptions,
  world: World,
  { places }: Pick<Registry, "places">,
  stack: string,
): Promise<Pulumi> {
  const pulumi = new Pulumi({
    project,
    folder,
    stack,
    policies: { pack: join(project, "policy"), settings: join(project, "rehearsal/policy.json") },
    environment: { ...world.environment, TMPDIR: join(folder, "tmp") },
    write,
    ...beforeUp(world),
  });
  await mkdir(join(folder, "state"), { recursive: true });
  const committed = await readFile(join(project, `Pulumi.${SETTINGS_OF}.yaml`), "utf8");
  await writeFile(pulumi.configFile, stackFile(committed, places));
  await pulumi.init();
  return pulumi;
}

/** Has what a deploy makes in a real Authentik written down there before. */
export function beforeUp({ realAuthentik }: World): Pick<PulumiOptions, "beforeUp"> {
  if (!realAuthentik) return {};
  return {
    beforeUp: async ({ configFile, environment, project, stack }) => {
      const { steps } = await preview({ configFile, environment, project, stack });
      await realAuthentik.make(plannedNames(steps), () => Promise.resolve());
    },
  };
}

/** Changes settings of a stack, as its operator would in the file. */
export async function changeSettings({ configFile }: Pulumi, changes: Places): Promise<void> {
  await writeFile(configFile, stackFile(await readFile(configFile, "utf8"), changes));
}
