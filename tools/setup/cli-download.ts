import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, CLI_VERSION } from "../../systems/pulumi/cli-location";
import { run } from "./run";

const IDLE_LIMIT_MS = 20_000;
const TOTAL_LIMIT_MS = 300_000;

/**
 * Fetches the release through npm's `pulumi` package into `staging`, which serves it as Pulumi home and as folder
 * for temporary files, so that what arrives can be watched. Resolves to the folder with the programs; rejects with
 * the reason, at once if there is no way out, and at the latest after 20 seconds in which nothing arrived.
 */
export async function downloadCli(root: string, staging: string): Promise<string> {
  const began = Date.now();
  let seen = -1;
  let seenAt = began;
  let lines = 0;
  const giveUp = () => {
    const now = Date.now();
    const size = lines + bytesBelow(staging);
    if (size !== seen) [seen, seenAt] = [size, now];
    return now - seenAt > IDLE_LIMIT_MS || now - began > TOTAL_LIMIT_MS;
  };
  const result = await run(process.execPath, [join(root, "node_modules/pulumi/run.js"), "version"], {
    env: {
      ...process.env,
      PULUMI_HOME: staging,
      PULUMI_VERSION: CLI_VERSION,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      TMPDIR: staging,
    },
    onLine: () => (lines += 1),
    giveUp,
  });
  if (result.gaveUp) throw new Error("nothing arrived any more");
  if (result.code !== 0) throw new Error(result.output.at(-1) ?? `exit code ${result.code ?? "none"}`);
  return cacheFolder(staging);
}

function bytesBelow(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce(
      (sum, entry) =>
        sum + (statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
}
