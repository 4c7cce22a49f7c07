import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { commandLine, parse, runMain, usageError } from "../shared/command-line";
import { concludeConfigs, isLoss, judgeConfigs, tellConfig } from "./configs";
import { withHtpasswd } from "./htpasswd";
import { versionOf } from "./process";
import { conclude, recordOf, tell } from "./report";
import { conform } from "./run";

const RECORD = join(__dirname, "../../docs/conformance.md");

/** The version whose config is judged where no zot is there to ask. */
const KNOWN = "2.1.20";

const line = commandLine(
  "npm run conform --",
  "--zot BINARY [--record] | --configs FOLDER [--zot BINARY]",
  "Asks a real zot what the program claims of it, and prints every difference. Or says of each zot config in a folder what of it " +
    "would go, and what would be refused.",
  {
    0: "there is no difference, and nothing is lost",
    1: "there is a difference, or a config loses something",
    2: "the arguments are wrong, or nothing was compared",
  },
)
  .option("--zot <binary>", "the zot to ask; it is started on loopback")
  .option(
    "--configs <folder>",
    "zot configs (JSON, YAML); with --zot, that zot verifies each as it is and as it would be rendered",
  )
  .option("--record", "also write the figures to docs/conformance.md");

/**
 * Asks a real zot what systems/zot/decide.ts claims of it, and prints every difference. With --record the figures go to docs/.
 *
 * With --configs it looks at configs instead.
 *
 * @returns the exit code: 0 where there is no difference and no loss, 1 where there is one
 */
async function main(): Promise<number> {
  const { zot, configs, record } = parse<Options>(line).options;
  if (configs !== undefined && configs !== "") return lookAtConfigs(configs, zot);
  if (zot === undefined || zot === "") {
    throw usageError(
      line,
      "--zot is missing or empty: name a zot binary, or a folder of configs with --configs",
    );
  }
  const version = await versionOf(zot);
  const folder = temporaryFolder();
  const began = Date.now();
  const verdicts = await conform(
    { binary: zot, version, folder, ...withHtpasswd(folder) },
    { told: (verdict) => process.stdout.write(tell(verdict)) },
  );
  const result = { version, verdicts, seconds: (Date.now() - began) / 1000 };
  process.stdout.write(conclude(result));
  if (record === true) writeFileSync(RECORD, recordOf(result, new Date()));
  return verdicts.some(({ differences }) => differences.length > 0) ? 1 : 0;
}

interface Options {
  readonly zot?: string;
  readonly configs?: string;
  readonly record?: true;
}

async function lookAtConfigs(configs: string, zot: string | undefined): Promise<number> {
  const known = zot === undefined || zot === "" ? undefined : { binary: zot, scratch: temporaryFolder() };
  const version = known ? await versionOf(known.binary) : KNOWN;
  const verdicts = await judgeConfigs(configs, version, known);
  if (verdicts.length === 0) throw new Error(`${configs} holds no config: files end in .json, .yaml or .yml`);
  process.stdout.write(verdicts.map(tellConfig).join("") + concludeConfigs(verdicts));
  return verdicts.some(isLoss) ? 1 : 0;
}

/** Gone when this process ends, also by a signal. */
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "zot-conform-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  }
  return folder;
}

// Nothing was compared, which is no difference.
runMain("conform", main, { failed: 2 });
