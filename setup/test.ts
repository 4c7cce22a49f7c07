import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runChecks, sourceChecks } from "./checks";
import { ensureClusterTools } from "./cluster-tools";
import { ensure, ensurePulumi } from "./ensure";
import { SetupError, type Progress } from "./progress";
import { handOver, interruptible } from "./run";
import { summaryLine, sum, tally, type JestReport, type Tally } from "./tally";

/** Set-up, source checks, and jest with these arguments. */
export async function test(root: string, jestArguments: string[], progress: Progress): Promise<Tally> {
  const env = await ensure("test", root, progress);
  const checks = sourceChecks(root, env);
  const failed = await interruptible(() => runChecks(checks, progress));
  return jest(root, jestArguments, env, { total: checks.length, failed });
}

/** Set-up and jest with these arguments for the tests against a real Kubernetes API server. */
export async function clusterTest(root: string, jestArguments: string[], progress: Progress): Promise<Tally> {
  const env = await ensurePulumi(root, progress);
  await ensureClusterTools(root, progress);
  const config = join(root, "tests/api-server/jest.config.js");
  return jest(root, ["--config", config, ...jestArguments], env, { total: 0, failed: 0 });
}

/** Both, one after the other. A set-up of the second that fails is a failure beside the results of the first. */
export async function everyTest(root: string, progress: Progress): Promise<Tally> {
  const first = await test(root, [], progress);
  const second = await clusterTest(root, [], progress).catch((error: unknown) => {
    if (!(error instanceof SetupError)) throw error;
    progress.say(`failed: ${error.message}`);
    return { passed: 0, failed: 1, skipped: 0 };
  });
  return sum(first, second);
}

/** Prints the closing line, and returns the exit code. */
export function close(result: Tally): number {
  console.log(summaryLine(result));
  return result.failed === 0 ? 0 : 1;
}

async function jest(
  root: string,
  jestArguments: string[],
  env: NodeJS.ProcessEnv,
  checks: { total: number; failed: number },
): Promise<Tally> {
  const reportFile = join(root, ".rehearsal", "tmp", `jest-report-${process.pid}.json`);
  const program = join(root, "node_modules/jest/bin/jest.js");
  const code = await handOver(
    process.execPath,
    [program, "--json", "--outputFile", reportFile, ...jestArguments],
    env,
  );
  const report = readReport(reportFile);
  rmSync(reportFile, { force: true });
  return tally(checks, report, code);
}

function readReport(file: string): JestReport | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as JestReport;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
