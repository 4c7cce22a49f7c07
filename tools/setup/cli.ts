import { mkdirSync, readdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildCli } from "./cli-build";
import { downloadCli } from "./cli-download";
import {
  cacheFolder,
  CLI_VERSION,
  isComplete,
  locateCli,
  parseVersion,
  pulumiHome,
} from "../../systems/pulumi/cli-location";
import { SetupError, since, type Progress } from "./progress";
import { run } from "./run";
import { fillOnce } from "./staging";

/** One way to get the programs: fills the staging folder and resolves to the folder in it that holds them. */
export interface CliSource {
  name: string;
  obtain(staging: string): Promise<string>;
}

/** Resolves to the folder of a Pulumi CLI of our version, which is downloaded or built if there is none yet. */
export async function ensureCli(root: string, progress: Progress): Promise<string> {
  const present = await locateCli(process.env, versionOf);
  if (present !== undefined) return present;
  const target = cacheFolder(pulumiHome(process.env));
  await fillOnce(
    { what: "Pulumi CLI", folder: dirname(dirname(target)), key: CLI_VERSION },
    () => isComplete(target),
    (staging) => obtainCli(cliSources(root, progress), staging, target, progress),
    progress,
  );
  return target;
}

function cliSources(root: string, progress: Progress): CliSource[] {
  return [
    { name: "download by npm's pulumi package", obtain: (staging) => downloadCli(root, staging) },
    {
      name: "build from Go modules (about 6 minutes, once)",
      obtain: (staging) => buildCli(root, staging, progress),
    },
  ];
}

/**
 * Tries the sources in order. The programs of one are tested before they are moved to the target, file by file, each
 * move atomic and the CLI itself last: a target that looks complete is complete at any time.
 */
export async function obtainCli(
  sources: CliSource[],
  staging: string,
  target: string,
  progress: Progress,
  ask: (file: string) => Promise<string | undefined> = versionOf,
): Promise<void> {
  const reasons: string[] = [];
  for (const source of sources) {
    const began = Date.now();
    progress.say(`Pulumi CLI ${CLI_VERSION}: ${source.name}`);
    try {
      const bin = await source.obtain(staging);
      await check(bin, ask);
      mkdirSync(target, { recursive: true });
      const files = readdirSync(bin).filter((name) => name !== "pulumi");
      for (const name of [...files, "pulumi"]) renameSync(join(bin, name), join(target, name));
      progress.say(`Pulumi CLI ${CLI_VERSION}: ready after ${since(began)}, in ${target}`);
      return;
    } catch (error) {
      const reason = (error as Error).message;
      reasons.push(`${source.name}: ${reason}`);
      progress.say(`Pulumi CLI ${CLI_VERSION}: failed after ${since(began)}: ${reason}`);
    }
  }
  throw new SetupError(
    `no Pulumi CLI ${CLI_VERSION}:\n  - ${reasons.join("\n  - ")}`,
    `install Go 1.26 or newer and run the same command again, or put the pulumi ${CLI_VERSION} release on PATH`,
  );
}

async function check(bin: string, ask: (file: string) => Promise<string | undefined>): Promise<void> {
  if (!isComplete(bin)) throw new Error("it lacks pulumi or pulumi-language-nodejs");
  const version = await ask(join(bin, "pulumi"));
  if (version !== CLI_VERSION) throw new Error(`its version is ${version ?? "unknown"} instead`);
}

/** Asks a CLI for its version, without its look for updates; undefined if it does not answer like one. */
async function versionOf(file: string): Promise<string | undefined> {
  const began = Date.now();
  const result = await run(file, ["version"], {
    env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
    giveUp: () => Date.now() - began > 20_000,
  });
  return result.code === 0 ? parseVersion(result.output.join("\n")) : undefined;
}
