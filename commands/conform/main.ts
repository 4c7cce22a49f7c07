import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { commandLine, parse, runMain } from "../shared/command-line";
import { withHtpasswd } from "./htpasswd";
import { versionOf } from "./process";
import { conclude, recordOf, tell } from "./report";
import { conform } from "./run";

const RECORD = join(__dirname, "../../docs/conformance.md");
const line = commandLine(
  "npm run conform --",
  "--zot BINARY [--record]",
  "Asks a real zot what the program claims of it, and prints every difference.",
  {
    0: "there is no difference",
    1: "there is a difference",
    2: "the arguments are wrong, or nothing was compared",
  },
)
  .need("--zot <binary>", "the zot to ask; it is started on loopback", "name a zot binary")
  .option("--record", "also write the figures to docs/conformance.md");

/**
 * Asks a real zot what systems/zot/decide.ts claims of it, and prints every difference. With --record the figures go to docs/.
 *
 * @returns the exit code: 0 where there is no difference, 1 where there is one
 */
async function main(): Promise<number> {
  const { zot, record } = parse<{ readonly zot: string; readonly record?: true }>(line).options;
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
