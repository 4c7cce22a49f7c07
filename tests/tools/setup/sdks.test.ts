import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isStale } from "../../../tools/setup/sdks";

let sdk: string;
beforeEach(() => {
  sdk = mkdtempSync(join(tmpdir(), "sdk-test-"));
});
afterEach(() => {
  rmSync(sdk, { recursive: true });
});

/** Writes an empty file that was last changed at that second. */
function file(name: string, changedAt: number) {
  mkdirSync(join(sdk, name, ".."), { recursive: true });
  writeFileSync(join(sdk, name), "");
  utimesSync(join(sdk, name), changedAt, changedAt);
}

test("an SDK without a finished build is stale", () => {
  file("index.ts", 100);
  file("bin/index.js", 200);
  expect(isStale(sdk)).toBe(true);
});

test("an SDK is fresh as long as no source is newer than its build", () => {
  file("types/input.ts", 100);
  file("bin/index.d.ts", 300);
  file("bin/package.json", 200);
  expect(isStale(sdk)).toBe(false);
  file("types/input.ts", 250);
  expect(isStale(sdk)).toBe(true);
});
