import { lstatSync, realpathSync } from "node:fs";
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

/**
 * Others can write to the Pulumi home, and its programs would run as the user who starts the CLI. Nothing was
 * started.
 */
export class ForeignHomeError extends Error {
  override readonly name = "ForeignHomeError";
  constructor(path: string, why: string) {
    super(
      `${path} ${why}: the CLI and its plugins are started from there, as you. Nothing was started. See what it holds, then take it over ` +
        `(chown, chmod -R o-w), or set PULUMI_HOME to a folder of your own`,
    );
  }
}

const WRITABLE_BY_ALL = 0o002;

/**
 * A home of root or of this user, as in an image or on a personal machine, is accepted; its group may write to it,
 * because on many systems that is the user alone.
 *
 * @throws ForeignHomeError
 */
export function refuseForeignHome(env: NodeJS.ProcessEnv): void {
  const home = pulumiHome(env);
  const bin = cacheFolder(home);
  const folders = [home, join(home, "plugins"), join(home, "versions"), dirname(bin), bin];
  for (const path of [...folders, join(bin, "pulumi"), join(bin, LANGUAGE_HOST)]) {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (!stat) continue;
    if (stat.uid !== 0 && stat.uid !== process.getuid?.())
      throw new ForeignHomeError(path, "belongs to another user");
    if (!stat.isSymbolicLink() && (stat.mode & WRITABLE_BY_ALL) !== 0)
      throw new ForeignHomeError(path, "can be written by every user of this machine");
  }
}

/** The version in the output of `pulumi version`, which is one line such as "v3.250.0"; undefined if there is none. */
export function parseVersion(output: string): string | undefined {
  return /^v(\d+\.\d+\.\d+(?:[-+][\w.+-]+)?)$/m.exec(output)?.[1];
}

/** True if the folder has the CLI and its language host for Node. */
export function isComplete(folder: string): boolean {
  return isExecutable(join(folder, "pulumi")) && isExecutable(join(folder, LANGUAGE_HOST));
}

/**
 * The folder of a CLI of the expected version with its language host, or undefined. The one in the Pulumi home is
 * known by its folder's name, so that the usual start spawns nothing; `versionOf` asks the one on PATH.
 *
 * @throws ForeignHomeError
 */
export async function locateCli(
  env: NodeJS.ProcessEnv,
  versionOf: (file: string) => Promise<string | undefined>,
): Promise<string | undefined> {
  refuseForeignHome(env);
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
