import { atLeast, missingPackages } from "../../../tools/setup/packages.cjs";

const binary = { version: "1.0.0", optional: true, os: ["linux"], cpu: ["x64"] };

function missing(
  wanted: Parameters<typeof missingPackages>[0],
  installed: Parameters<typeof missingPackages>[1],
) {
  return missingPackages(wanted, installed, "linux", "x64");
}

test("nothing is missing when every package is there in the locked version", () => {
  const lock = { "": { version: "0.1.0" }, "node_modules/zod": { version: "4.6.7" } };
  expect(missing(lock, { "node_modules/zod": { version: "4.6.7" } })).toEqual([]);
});

test.each([
  ["after a fresh clone", {}],
  ["after the lock file moved to another version", { "node_modules/zod": { version: "4.6.6" } }],
  ["after it moved to another address", { "node_modules/zod": { version: "4.6.7", resolved: "sdks/zod" } }],
])("a package is missing %s", (_when, installed) => {
  expect(missing({ "node_modules/zod": { version: "4.6.7" } }, installed)).toEqual(["node_modules/zod"]);
});

test("the binary package of this machine is missing after the checkout moved here from another system", () => {
  const lock = { "node_modules/@esbuild/linux-x64": binary };
  expect(missing(lock, {})).toEqual(["node_modules/@esbuild/linux-x64"]);
});

test.each([
  ["for another system", { ...binary, os: ["darwin"] }],
  ["for another processor", { ...binary, cpu: ["arm64"] }],
  ["for one of two C libraries", { ...binary, libc: ["musl"] }],
  ["that need not build here", { version: "1.0.0", optional: true }],
])("an optional package is not missed %s", (_which, entry) => {
  expect(missing({ "node_modules/optional": entry }, {})).toEqual([]);
});

test.each([
  ["20.19.0", true],
  ["20.18.9", false],
  ["22.0.0", true],
  ["18.20.0", false],
  ["20.19.0-nightly20260401abcdef0123", true],
  ["24.0.0-rc.1", true],
  ["20.18.9-pre", false],
])("Node %s is new enough: %s", (version, expected) => {
  expect(atLeast(version, [20, 19])).toBe(expected);
});
