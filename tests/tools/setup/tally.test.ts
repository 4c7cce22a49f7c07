import { sum, summary, tally, type JestReport } from "../../../tools/setup/tally";

const green: JestReport = {
  numPassedTests: 40,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  numRuntimeErrorTestSuites: 0,
};
const cleanSource = { total: 4, failed: 0 };

test("source checks count like tests", () => {
  expect(summary(tally(cleanSource, green, 0))).toBe("44 passed, 0 failed");
  expect(summary(tally({ total: 4, failed: 1 }, green, 0))).toBe("43 passed, 1 failed");
});

test("skipped and planned tests are counted before the closing line, and are no success", () => {
  const report = { ...green, numPendingTests: 2, numTodoTests: 1 };
  expect(summary(tally(cleanSource, report, 0))).toBe("3 skipped\n44 passed, 0 failed");
});

test("failed tests are counted once, although jest ends with an error too", () => {
  expect(tally(cleanSource, { ...green, numFailedTests: 2 }, 1).failed).toBe(2);
});

test("a test file that does not load is a failure", () => {
  expect(tally(cleanSource, { ...green, numRuntimeErrorTestSuites: 1 }, 1).failed).toBe(1);
});

test("jest's end with an error is a failure, whatever its report says", () => {
  expect(tally(cleanSource, green, 1).failed).toBe(1);
  expect(summary(tally(cleanSource, undefined, 1))).toBe("4 passed, 1 failed");
});

test("two runs are closed as one", () => {
  const first = { passed: 44, failed: 0, skipped: 1 };
  expect(summary(sum(first, { passed: 8, failed: 2, skipped: 0 }))).toBe("1 skipped\n52 passed, 2 failed");
});
