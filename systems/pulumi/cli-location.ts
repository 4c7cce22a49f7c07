import { realpathSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { findExecutable, isExecutable } from "./executables";

export const CLI_VERSION = "3.250.0";
export const LANGUAGE_HOST = "pulumi-language-nodejs";

/** Pulumi's own rule: PULUMI_HOME, else .pulumi in the user's home. */
export function pulumiHome(env: NodeJS.ProcessEnv): string {
  return env.PULUMI_HOME || join(env.HOME || homedir(), ".pulumi");
}

/** The folder of the CLI in a Pulumi home, as npm's `pulumi` package and the Automation API lay it out. */
export function cacheFolder(home: string): string {
  return join(home, "versions", CLI_VERSION, "bin");
}

/** The version in the output of `pulumi version`, which is one line such as "v3.250.0"; undefined if there is none. */
export function parseVersion(output: string): string | undefined {
  return /^v(\d+\.\d+\.\d+(?:[-+][\w.+-]+)?)$/m.exec(output)?.[1];
}

/** True if the folder holds the CLI and the host that runs its Node programs. */
export function isComplete(folder: string): boolean {
  return isExecutable(join(folder, "pulumi")) && isExecutable(join(folder, LANGUAGE_HOST));
}

/**
 * The folder of a CLI of our version with its language host, or undefined. The one in the Pulumi home is known
 * by its folder's name, so that the usual start spawns nothing; `versionOf` asks the one on PATH.
 */
export async function locateCli(
  env: NodeJS.ProcessEnv,
  versionOf: (file: string) => Promise<string | undefined>,
): Promise<string | undefined> {
  const cached = cacheFolder(pulumiHome(env));
  if (isComplete(cached)) return cached;
  const path = env.PATH ?? "";
  const onPath = findExecutable("pulumi", path);
  if (onPath === undefined) return undefined;
  // Pulumi itself looks for the language host on PATH, then beside its own file.
  const host = findExecutable(LANGUAGE_HOST, path, [dirname(realpathSync(onPath))]);
  if (host === undefined || (await versionOf(onPath)) !== CLI_VERSION) return undefined;
  return dirname(onPath);
}
