import { readFileSync } from "node:fs";
import { FORGEJO_COMPARED } from "../../../tools/conform/systems/forgejo";
import { nearness, newestUpTo } from "../../../tools/conform/systems/releases";
import { readRecords, RECORD, recordOf, recordText } from "../../../tools/conform/record";
import { conclude, isClean, formatFact } from "../../../tools/conform/report";
import type { ComparisonResult } from "../../../tools/conform/run";

const [fact] = FORGEJO_COMPARED.facts;
if (!fact) throw new Error("there is no fact");
const found = { fact, at: "status", there: "404", expected: "200" };
const verdict: ComparisonResult = {
  asked: 3,
  found: [found, { ...found, at: "body.a", known: "seen before" }],
  gone: [],
  left: [],
};

test("docs/conformance.md holds the last results, and nothing else", () => {
  expect(readFileSync(RECORD, "utf8")).toBe(recordText(readRecords()));
});

test("a difference is told with what depends on it, and a known one with its reason", () => {
  const told = formatFact(fact, verdict.found);
  expect(told).toContain(`DIFFERENT  ${fact.shows} (${fact.ask})`);
  expect(told).toContain("status: 404, and not 200\n");
  expect(told).toContain("(known: seen before)");
  expect(told).toContain(`needed for: ${fact.needs}`);
  expect(conclude("Forgejo 9", "forgejo=9", verdict, 2)).toContain("1 differ, 1 differ as is written down");
});

test("a difference that is written down is clean; another one, or something left behind, is not", () => {
  const [fresh, known] = verdict.found;
  if (!fresh || !known) throw new Error("two differences are needed");
  expect(isClean({ ...verdict, found: [known] })).toBe(true);
  expect(isClean({ ...verdict, found: [fresh, known] })).toBe(false);
  expect(isClean({ ...verdict, found: [], left: ["repos/a/b"] })).toBe(false);
});

test("the record names both kinds, and what no real server was asked", () => {
  const record = recordOf({
    server: "Forgejo",
    version: "9.0.0",
    flavour: "forgejo=9",
    verdict,
    seconds: 2.4,
    date: new Date("2026-11-30"),
  });
  expect([record.differences.length, record.known.length]).toEqual([1, 1]);
  const text = recordText([record]);
  expect(text).toContain(
    "### Forgejo 9.0.0\n\n2026-11-30, beside `forgejo=9`: 3 answers in 2 s, 1 differences, 1 more that are known.",
  );
  expect(text).toContain("- Forgejo: the flavour `gitea=1.26`");
  expect(text).not.toContain("- Forgejo: the flavour `forgejo=9`");
});

test.each([
  ["2026.5.0-rc1", "2026.5"],
  ["2025.12.4", "2025.10"],
  ["2026.10.1", "2026.8"],
])("version %s is compared as %s", (version, release) => {
  expect(newestUpTo(version, ["2025.10", "2026.2", "2026.5", "2026.8"])).toBe(release);
});

test.each([
  ["9.0.0-dev-500-abcdef0+gitea-1.22.0", "9"],
  ["15.0.0+gitea-1.22.0", "15"],
  ["11.0.1-rc0+gitea-1.22.0", "9"],
])("a Forgejo that calls itself %s is compared as %s", (version, release) => {
  expect(newestUpTo(version, ["9", "13", "15"])).toBe(release);
});

test("a prerelease is told with the release that it was compared as, and how to choose another", () => {
  const releases = ["2026.2", "2026.5"];
  const note = nearness("2026.5.0-rc1", "2026.5", releases);
  expect(note).toContain("2026.5.0-rc1 is a prerelease, and may lack what its release has");
  expect(note).toContain("compared as 2026.5; --flavour chooses another of 2026.2, 2026.5");
  expect(conclude("Authentik 2026.5.0-rc1", "2026.5", verdict, 2, note)).toContain(note);
  expect(nearness("2025.12.4", "2025.10", releases)).toContain("none of the releases");
  expect(nearness("1.26.0+dev-12-gabcdef0", "gitea=1.26", releases)).toContain("is a prerelease");
  expect(nearness("2026.5.1", "2026.5", releases)).toBeUndefined();
  expect(nearness("9.0.3+gitea-1.22.0", "forgejo=9", releases)).toBeUndefined();
});

test("a version below all of them is refused", () => {
  expect(() => newestUpTo("2024.4", ["2025.10"])).toThrow("older than 2025.10");
});

test("what was compared with a server of another release alone is still listed, with that release", () => {
  const [any] = readRecords();
  if (!any) throw new Error("a result is needed");
  const candidate = { ...any, system: "Authentik", version: "2026.5.0-rc1", beside: "2026.2" };
  expect(recordText([candidate])).toContain("- Authentik: the flavour `2026.2` (only with 2026.5.0-rc1)");
  expect(recordText([{ ...candidate, version: "2026.2.3" }])).not.toContain("the flavour `2026.2`");
  expect(recordText([{ ...candidate, beside: "2026.5" }])).toContain(
    "the flavour `2026.5` (only with 2026.5.0-rc1)",
  );
});

test("a known difference that several answers show is told once", () => {
  const again = verdict.found.flatMap((each) => [each, { ...each, at: `${each.at}.again` }]);
  const compared = {
    server: "Forgejo",
    version: "9.0.0",
    flavour: "forgejo=9",
    seconds: 2,
    date: new Date(),
  };
  const { known } = recordOf({ ...compared, verdict: { ...verdict, found: again } });
  expect(known).toEqual([expect.stringMatching(/; 1 more such \(seen before\)$/)]);
});

test("a release of zot that was not asked is listed, and one that was is not", () => {
  const zot = readRecords().find(({ system }) => system === "zot");
  if (!zot) throw new Error("a result of zot is needed");
  const text = recordText([{ ...zot, version: "v2.1.18" }]);
  expect(text).toContain("- zot 2.1.17\n");
  expect(text).not.toContain("- zot 2.1.18\n");
});
