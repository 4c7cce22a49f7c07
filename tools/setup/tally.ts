/** The fields of jest's --json report (its aggregated result) that are counted. */
export interface JestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  /** Test files that failed before any of their tests could run. */
  numRuntimeErrorTestSuites: number;
}

export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

/**
 * Counts every source check as one test in addition to jest's own. If jest ends with an error that no test shows (it
 * crashed, a threshold was missed, nothing matched), that is one more failure.
 */
export function tally(
  checks: { total: number; failed: number },
  report: JestReport | undefined,
  jestExitCode: number,
): Tally {
  const jestFailed = (report?.numFailedTests ?? 0) + (report?.numRuntimeErrorTestSuites ?? 0);
  const unexplained = jestExitCode !== 0 && jestFailed === 0 ? 1 : 0;
  return {
    passed: checks.total - checks.failed + (report?.numPassedTests ?? 0),
    failed: checks.failed + jestFailed + unexplained,
    skipped: (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0),
  };
}

export function sum(first: Tally, second: Tally): Tally {
  return {
    passed: first.passed + second.passed,
    failed: first.failed + second.failed,
    skipped: first.skipped + second.skipped,
  };
}

/** "N passed, N failed", the closing line that CI reads, and "N skipped" in a line before it if tests were skipped. */
export function summary({ passed, failed, skipped }: Tally): string {
  return `${skipped > 0 ? `${skipped} skipped\n` : ""}${passed} passed, ${failed} failed`;
}
