import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { parseSettings } from "../../config/load";
import type { Settings } from "../../config/schema";
import { askPulumi, configFlags, type StackLocation } from "../../systems/pulumi/cli";
import { PulumiError } from "../../systems/pulumi/run";

const configSchema = z.record(z.string(), z.object({ value: z.string().optional(), secret: z.boolean() }));
const projectSchema = z.looseObject({ name: z.string() });

/**
 * The settings of a stack as the program would load them, read through the CLI: only the CLI can decrypt them.
 *
 * @throws PulumiError, SettingsError
 */
export async function readSettings(at: StackLocation, project: string): Promise<Settings> {
  const answer = configSchema.safeParse(
    await askPulumi(at, ["config", "--json", "--show-secrets", ...configFlags(at)]),
  );
  if (!answer.success) throw new PulumiError("pulumi config answered in an unknown format");
  const prefix = `${project}:`;
  const own = Object.entries(answer.data).filter(([key]) => key.startsWith(prefix));
  const entries = own.map(([key, entry]) => [key.slice(prefix.length), entry] as const);
  const values = new Map(entries);
  const raw = Object.fromEntries(entries.map(([key, { value = "" }]) => [key, value]));
  return parseSettings(project, raw, (key) => values.get(key)?.secret ?? false);
}

/** The name in Pulumi.yaml, which is also the namespace of the settings. */
export async function projectName(folder: string): Promise<string> {
  return projectSchema.parse(parse(await readFile(join(folder, "Pulumi.yaml"), "utf8"))).name;
}
