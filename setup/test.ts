import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runChecks, sourceChecks } from "./checks";
import { ensure } from "./ensure";
import { type Progress } from "./progress";
import { handOver, interruptible } from "./run";
import { summaryLine, tally, type JestReport } from "./tally";

/** Set-up, source checks and jest with these arguments. Prints the closing line and resolves to the exit code. */
export async function test(root: string, jestArguments: string[], progress: Progress): Promise<number> {
  const env = await ensure("test", root, progress);
  const checks = sourceChecks(root, env);
  const failedChecks = await interruptible(() => runChecks(checks, progress));

  const reportFile = join(root, ".rehearsal", "tmp", `jest-report-${process.pid}.json`);
  const jest = join(root, "node_modules/jest/bin/jest.js");
  const code = await handOver(
    process.execPath,
    [jest, "--json", "--outputFile", reportFile, ...jestArguments],
    env,
  );
  const result = tally({ total: checks.length, failed: failedChecks }, readReport(reportFile), code);
  rmSync(reportFile, { force: true });
  console.log(summaryLine(result));
  return result.failed === 0 ? 0 : 1;
}

function readReport(file: string): JestReport | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as JestReport;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
