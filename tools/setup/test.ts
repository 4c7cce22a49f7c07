import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { testsTouchedSince } from "./changed";
import { runChecks, sourceChecks } from "./checks";
import { ensureClusterTools } from "./cluster-tools";
import { ensure, ensurePulumi } from "./ensure";
import { SetupError, type Progress } from "./progress";
import { handOver, interruptible } from "./run";
import { summary, sum, tally, type JestReport, type Tally } from "./tally";

/** Set-up, source checks, and jest with these arguments; `--changed[=COMMIT]` stands for the tests that a change can touch. */
export async function test(root: string, given: string[], progress: Progress): Promise<Tally> {
  const jestArguments = given.flatMap((argument) => {
    const commit = /^--changed(?:=(.+))?$/.exec(argument);
    if (!commit) return [argument];
    const tests = testsTouchedSince(root, commit[1] ?? "HEAD");
    progress.say(`what differs from ${commit[1] ?? "HEAD"} can touch ${tests.length} files of tests`);
    return ["--runTestsByPath", ...tests];
  });
  const env = await ensure("test", root, progress);
  return checkAndTest(root, jestArguments, env, progress);
}

/** Set-up and jest with these arguments for the tests against a real Kubernetes API server. */
export async function clusterTest(root: string, jestArguments: string[], progress: Progress): Promise<Tally> {
  const env = await ensurePulumi(root, progress);
  await ensureClusterTools(root, progress);
  const config = join(root, "tests/api-server/jest.config.js");
  return tally({ total: 0, failed: 0 }, ...(await jest(root, ["--config", config, ...jestArguments], env)));
}

/** All of both at once. A set-up of the second that fails is a failure beside the results of the first. */
export async function everyTest(root: string, progress: Progress): Promise<Tally> {
  const env = await ensure("test", root, progress);
  const missing = await ensureClusterTools(root, progress).then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof SetupError) return error;
      throw error;
    },
  );
  if (!missing) {
    return checkAndTest(root, ["--config", join(root, "tests/all.jest.config.js")], env, progress);
  }
  const result = await checkAndTest(root, [], env, progress);
  progress.say(`failed: ${missing.message}`);
  return sum(result, { passed: 0, failed: 1, skipped: 0 });
}

/** Prints the closing line, and returns the exit code. */
export function close(result: Tally): number {
  console.log(summary(result));
  return result.failed === 0 ? 0 : 1;
}

/**
 * The source checks beside jest, whose tests leave the processor idle while they wait. What the checks come to is told after
 * jest's report, which is drawn anew on a terminal while it grows.
 */
async function checkAndTest(
  root: string,
  jestArguments: string[],
  env: NodeJS.ProcessEnv,
  progress: Progress,
): Promise<Tally> {
  const checks = sourceChecks(root, env);
  const early: string[] = [];
  let jestIsOver = false;
  const checking = runChecks(checks, (line) => {
    if (jestIsOver) progress.say(line);
    else early.push(line);
  });
  const tested = await jest(root, jestArguments, env);
  jestIsOver = true;
  for (const line of early) progress.say(line);
  const failed = await interruptible(() => checking);
  return tally({ total: checks.length, failed }, ...tested);
}

/** Jest's report, unless it was aborted, and its exit code. */
async function jest(
  root: string,
  jestArguments: string[],
  env: NodeJS.ProcessEnv,
): Promise<[JestReport | undefined, number]> {
  const reportFile = join(root, ".rehearsal", "tmp", `jest-report-${process.pid}.json`);
  const program = join(root, "node_modules/jest/bin/jest.js");
  const code = await handOver(
    process.execPath,
    [program, "--json", "--outputFile", reportFile, ...jestArguments],
    env,
  );
  const report = readReport(reportFile);
  rmSync(reportFile, { force: true });
  return [report, code];
}

function readReport(file: string): JestReport | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as JestReport;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
