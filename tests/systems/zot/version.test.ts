import {
  atLeast,
  compare,
  MINIMUM,
  parse,
  shortVersion,
  VersionError,
  warnBelow,
  weaknesses,
} from "../../../systems/zot/version";

test.each(["2.1.20", "v2.1.20", "v2.1.20-3-gabcdef0", " 2.1.20\n"])("reads %j", (text) => {
  expect(parse(text)).toEqual({ major: 2, minor: 1, patch: 20 });
});

test.each(["", "latest", "2.1", "2.1.x", "zot 2.1.20"])("refuses %j", (text) => {
  expect(() => parse(text)).toThrow(VersionError);
});

test("compares by number, not by letter", () => {
  expect(compare("2.1.9", "2.1.15")).toBeLessThan(0);
  expect(compare("v2.2.0", "2.1.20")).toBeGreaterThan(0);
  expect(compare("2.1.20-1-gabc", "v2.1.20")).toBe(0);
});

test.each([
  ["2.1.18-rc1", "2.1.18", -1],
  ["v2.1.18-rc.2-3-gabcdef0", "2.1.18", -1],
  ["2.1.18-beta", "2.1.17", 1],
  ["2.1.18-rc10", "2.1.18-rc9", 1],
  ["2.1.18-RC1", "2.1.18-rc1-dirty", 0],
  ["2.1.18-dev", "2.1.18", -1],
  ["2.1.18-3-gabcdef0", "2.1.18", 0],
  ["2.1.18-dirty", "2.1.18", 0],
  ["2.1.18+vendor.1", "2.1.18", 0],
  ["2.1.18-debian1", "2.1.18", 0],
])("%s against %s: %d", (a, b, sign) => {
  expect([compare(a, b), -compare(b, a)].map((each) => Math.sign(each) + 0)).toEqual([sign, sign]);
});

test("a release candidate of the oldest supported version is too old, and is named", () => {
  expect(atLeast(`${MINIMUM}-rc1`, MINIMUM)).toBe(false);
  expect(weaknesses("2.1.19-rc1").join()).toContain("fixed in 2.1.19");
  expect(shortVersion("v2.1.19-rc1-4-gabcdef0")).toBe("2.1.19-rc1");
});

test("names the risks of an old version", () => {
  expect(weaknesses("2.1.20")).toEqual([]);
  expect(weaknesses("2.1.18")).toEqual([
    expect.stringContaining("pushing a digest with `?tag=`; fixed in 2.1.19"),
  ]);
  expect(weaknesses("2.1.14").join()).toContain("`latest`; fixed in 2.1.15");
  expect([MINIMUM, warnBelow]).toEqual(["2.1.15", "2.1.19"]);
});
