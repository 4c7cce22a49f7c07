import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FLAVOUR_NAMES } from "../../../rehearsal/mission/flavours";
import {
  failures,
  README,
  readResults,
  RESULTS,
  type RunResult,
  withTable,
  writeResult,
} from "../../../tools/versions/results";
import { REFUSED, TOGETHER } from "../../../tools/versions/runs";

const readme = () => readFileSync(README, "utf8");

test("the README's table is made from the last results, and nothing else", () => {
  expect(withTable(readme(), readResults())).toBe(readme());
});

test("what npm run versions writes needs no formatting", () => {
  const folder = mkdtempSync(join(tmpdir(), "versions-"));
  try {
    const files = { results: join(folder, "last-results.json"), readme: join(folder, "README.md") };
    copyFileSync(RESULTS, files.results);
    copyFileSync(README, files.readme);
    for (const result of readResults()) writeResult(result, files);
    expect(readFileSync(files.results, "utf8")).toBe(readFileSync(RESULTS, "utf8"));
    expect(readFileSync(files.readme, "utf8")).toBe(readme());
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("every release that the stand-ins play is rehearsed, or refused", () => {
  const planned = [...TOGETHER.flat(), ...REFUSED.map(({ flavour }) => flavour)];
  expect([...new Set(planned)].sort()).toEqual([...FLAVOUR_NAMES].sort());
});

test("no result is a failure", () => {
  expect(failures(readResults())).toEqual([]);
});

test("a release that failed once is not called supported", () => {
  const passed: RunResult = {
    flavours: ["zot=2.1.15", "forgejo=9"],
    date: "2026-11-30",
    mission: "done",
    renewal: "done",
    adoption: "done",
  };
  const failed: RunResult = { flavours: ["zot=2.1.16", "forgejo=9"], date: "2026-11-30", mission: "done" };
  const refused: RunResult = { flavours: ["authentik=2025.10"], date: "2026-11-30", refused: true };
  const text = withTable(readme(), [passed, failed, refused]);
  expect(text).toMatch(/\| zot 2\.1\.15 +\| done +\| done +\| done +\|/);
  expect(text).toMatch(/\| zot 2\.1\.16 +\| done +\| fails +\| fails +\|/);
  expect(text).toMatch(/\| Forgejo 9 +\| done +\| done; fails +\| done; fails +\|/);
  expect(text).toMatch(/\| Authentik 2025\.10 +\| refused before anything is declared/);
  expect(failures([passed, failed, refused])).toEqual(["zot=2.1.16 forgejo=9"]);
});
