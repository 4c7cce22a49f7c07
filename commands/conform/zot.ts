import { constants } from "node:os";
import { concludeConfigs, isLoss, judgeConfigs, formatConfigVerdict } from "./configs";
import { withHtpasswd } from "./htpasswd";
import { temporaryFolder, versionOf } from "./process";
import { conclude, type Result, formatCase } from "./report";
import { conform } from "./run";

/** The version whose config is judged without a zot. */
const KNOWN = "2.1.20";

/**
 * Tests on a real zot what systems/zot/decide.ts predicts, and prints every difference. @throws CandidateError,
 * SystemError
 */
export async function askZot(zot: string): Promise<Result> {
  const version = await versionOf(zot);
  const folder = scratchFolder();
  const began = Date.now();
  const verdicts = await conform(
    { binary: zot, version, folder, ...withHtpasswd(folder) },
    { told: (verdict) => process.stdout.write(formatCase(verdict)) },
  );
  const result = { version, verdicts, seconds: (Date.now() - began) / 1000 };
  process.stdout.write(conclude(result));
  return result;
}

/** Checks configs instead. @returns the exit code: 0 if nothing is lost, 1 if something is */
export async function lookAtConfigs(configs: string, zot: string | undefined): Promise<number> {
  const known = zot === undefined || zot === "" ? undefined : { binary: zot, scratch: scratchFolder() };
  const version = known ? await versionOf(known.binary) : KNOWN;
  const verdicts = await judgeConfigs(configs, version, known);
  if (verdicts.length === 0) throw new Error(`${configs} holds no config: files end in .json, .yaml or .yml`);
  process.stdout.write(verdicts.map(formatConfigVerdict).join("") + concludeConfigs(verdicts));
  return verdicts.some(isLoss) ? 1 : 0;
}

/** Removed when this process ends, also by a signal. */
function scratchFolder(): string {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  }
  return temporaryFolder("zot-conform-").folder;
}
