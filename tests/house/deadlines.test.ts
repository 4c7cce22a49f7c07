import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";

const { testTimeout } = jest.requireActual<{ testTimeout: number }>("../../jest.config.js");
const TESTS = resolve(__dirname, "..");

/*
 * A deadline of a test ends a hang. A tighter one fails a right test on a busy machine, and leaves what it had begun to the tests
 * after it.
 */
test("no test has a deadline of its own that is tighter than the one of jest.config.js: leave it out", () => {
  const files = readdirSync(TESTS, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name));
  const own = /^jest\.setTimeout\(([\d_]+)\)|^ *\}, (\d[\d_]*)\);$|^ {2}(\d[\d_]*),\n\);/gm;
  const tight = files.flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(own)]
      .map((found) => Number((found[1] ?? found[2] ?? found[3] ?? "").replaceAll("_", "")))
      // What is shorter than a second is no deadline, but an interval.
      .filter((limit) => limit >= 1000 && limit < testTimeout)
      .map((limit) => `${relative(TESTS, file)}: ${limit} ms`),
  );
  expect(tight).toEqual([]);
  expect(testTimeout).toBeGreaterThanOrEqual(600_000);
});

test("no look-up of an issuer's keys has jose's own deadline of 5 s", () => {
  const root = resolve(TESTS, "..");
  const files = ["commands", "components", "provider", "rehearsal", "systems", "tests", "tools"].flatMap(
    (folder) =>
      readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
        .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
        .map((entry) => join(entry.parentPath, entry.name)),
  );
  const tight = files.filter((file) =>
    [...readFileSync(file, "utf8").matchAll(/createRemoteJWKSet\((?!\\)[^;]*;/g)].some(
      ([call]) => !call.includes("timeoutDuration"),
    ),
  );
  expect(tight.map((file) => relative(root, file))).toEqual([]);
});
