import { type OldKeyPolicy, retire, type Retirement } from "../../keys/retirement";
import type { ApiKeyInfo } from "../../systems/zot/client";

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
    former: [{ uuid: "old" }],
    kept: [{ uuid: "old", since: "2026-03-01T12:00:00Z" }],
    held: new Set<string>(),
    heldBefore: new Set<string>(),
    trustUnknown: false,
    oldKey: "revoke",
    graceHours: 24,
    now,
    ...change,
  });
  return { revoke: revoke.map(({ uuid }) => uuid), keep: keep.map(({ uuid }) => uuid) };
};
const all = [key("current"), key("old"), key("lost"), key("theirs", { label: "somebody's laptop" })];

test("the key in use and other owners' keys stay", () => {
  expect(judge(all)).toEqual({ revoke: ["old", "lost"], keep: [] });
});

test.each<[OldKeyPolicy, number, boolean]>([
  ["revoke", 24, true],
  ["grace", 24, true],
  ["grace", 25, false],
  ["expire", 1, false],
])("with %s and %d hours, a key replaced a day ago is revoked: %s", (oldKey, graceHours, goes) => {
  const { revoke, keep } = judge(all, { oldKey, graceHours });
  expect([revoke.includes("old"), keep.includes("old")]).toEqual([goes, !goes]);
});

test("a key that no consumer can hold is revoked at once, whatever the setting", () => {
  for (const oldKey of ["grace", "expire"] as const) {
    expect(judge(all, { oldKey, graceHours: 100 }).revoke).toEqual(["lost"]);
  }
});

test("while its consumers are unknown, a key counts as in use, and has its grace period", () => {
  const { revoke, keep } = judge(all, { former: [], kept: [], trustUnknown: true, oldKey: "grace" });
  expect(revoke).toEqual([]);
  expect(keep).toEqual(["old", "lost"]);
});

test("an expired key is deleted, which alone causes no change", () => {
  const { revoke } = retire([key("old", { isExpired: true })], {
    label: "ours",
    current: "current",
    former: [],
    kept: [],
    held: new Set(),
    heldBefore: new Set(),
    trustUnknown: false,
    oldKey: "expire",
    graceHours: 24,
    now,
  });
  expect(revoke).toEqual([{ uuid: "old", reason: "it has expired", dead: true }]);
});

test("an adopted key stays until the settings say otherwise, and is then revoked like the stack's own", () => {
  const former = [{ uuid: "theirs", adopted: true as const }];
  const kept = [{ uuid: "theirs", since: "2026-03-01T12:00:00Z" }];
  expect(judge(all, { former, kept })).toEqual({ revoke: ["old", "lost"], keep: ["theirs"] });
  expect(judge(all, { former, kept, revokeAdopted: true }).revoke).toContain("theirs");
  expect(judge(all, { former, kept, revokeAdopted: true, oldKey: "grace", graceHours: 25 }).keep).toEqual([
    "theirs",
  ]);
});

test("a key that this stack used under another label follows the same rules; others with that label do not", () => {
  const keys = [key("current"), key("renamed", { label: "before" }), key("other", { label: "before" })];
  const former = [{ uuid: "renamed" }];
  expect(judge(keys, { former, kept: [] })).toEqual({ revoke: ["renamed"], keep: [] });
  expect(judge(keys, { former, kept: [], oldKey: "grace" })).toEqual({ revoke: [], keep: ["renamed"] });
});

test.each<OldKeyPolicy>(["revoke", "grace"])(
  "a key that a consumer still holds is not revoked (%s), and its grace period has not begun",
  (oldKey) => {
    const held = new Set(["current", "old", "lost"]);
    expect(judge(all, { held, oldKey })).toEqual({ revoke: [], keep: ["old", "lost"] });
    const { keep } = retire(all, {
      label: "ours",
      current: "current",
      former: [{ uuid: "old" }],
      kept: [{ uuid: "old", since: "2026-01-01T12:00:00Z" }],
      held,
      heldBefore: new Set(),
      trustUnknown: false,
      oldKey,
      graceHours: 24,
      now,
    });
    expect(keep[0]).toEqual({ uuid: "old", since: now.toISOString() });
  },
);

test("the grace period of a key begins with the run in which its last consumer drops it", () => {
  const heldBefore = new Set(["old"]);
  expect(judge(all, { heldBefore, oldKey: "grace", graceHours: 1 })).toEqual({
    revoke: ["lost"],
    keep: ["old"],
  });
  expect(judge(all, { heldBefore, oldKey: "revoke" }).revoke).toContain("old");
});
