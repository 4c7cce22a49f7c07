import { type OldKeyPolicy, retire, type Retirement } from "../../provider/retirement";
import type { ApiKeyInfo } from "../../zot/client";

const now = new Date("2026-03-02T12:00:00Z");
const key = (uuid: string, change: Partial<ApiKeyInfo> = {}): ApiKeyInfo => ({
  uuid,
  label: "ours",
  createdAt: "2026-01-01T00:00:00Z",
  expiresAt: "2026-04-01T00:00:00Z",
  isExpired: false,
  ...change,
});
const judge = (keys: ApiKeyInfo[], change: Partial<Retirement> = {}) => {
  const { revoke, keep } = retire(keys, {
    label: "ours",
    current: "current",
    replaced: [{ uuid: "old", since: "2026-03-01T12:00:00Z" }],
    trustUnknown: false,
    oldKey: "revoke",
    graceHours: 24,
    now,
    ...change,
  });
  return { revoke: revoke.map(({ uuid }) => uuid), keep: keep.map(({ uuid }) => uuid) };
};
const all = [key("current"), key("old"), key("lost"), key("theirs", { label: "somebody's laptop" })];

test("the key in use and everybody else's stay", () => {
  expect(judge(all)).toEqual({ revoke: ["old", "lost"], keep: [] });
});

test.each<[OldKeyPolicy, number, boolean]>([
  ["revoke", 24, true],
  ["grace", 24, true],
  ["grace", 25, false],
  ["expire", 1, false],
])("with %s and %d hours a key that was replaced a day ago goes: %s", (oldKey, graceHours, goes) => {
  const { revoke, keep } = judge(all, { oldKey, graceHours });
  expect([revoke.includes("old"), keep.includes("old")]).toEqual([goes, !goes]);
});

test("a key that nobody can have goes at once, whatever the setting", () => {
  for (const oldKey of ["grace", "expire"] as const) {
    expect(judge(all, { oldKey, graceHours: 100 }).revoke).toEqual(["lost"]);
  }
});

test("while nothing is known, a key may be in use, and has its grace", () => {
  const { revoke, keep } = judge(all, { replaced: [], trustUnknown: true, oldKey: "grace" });
  expect(revoke).toEqual([]);
  expect(keep).toEqual(["old", "lost"]);
});

test("an expired key is tidied away, which alone is no reason for a run", () => {
  const { revoke } = retire([key("old", { isExpired: true })], {
    label: "ours",
    current: "current",
    replaced: [],
    trustUnknown: false,
    oldKey: "expire",
    graceHours: 24,
    now,
  });
  expect(revoke).toEqual([{ uuid: "old", reason: "it has expired", dead: true }]);
});

test("a key of people's that this stack used stays until it is told to go, and then goes as one of its own", () => {
  const replaced = [{ uuid: "theirs", since: "2026-03-01T12:00:00Z" }];
  expect(judge(all, { replaced })).toEqual({ revoke: ["old", "lost"], keep: ["theirs"] });
  expect(judge(all, { replaced, revokeAdopted: true }).revoke).toContain("theirs");
  expect(judge(all, { replaced, revokeAdopted: true, oldKey: "grace", graceHours: 25 }).keep).toEqual([
    "theirs",
  ]);
});
