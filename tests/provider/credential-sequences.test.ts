import { otherNotes } from "../../components/notes-found";
import { KeyHistoryHandler } from "../../provider/key-history";
import { KeySuccession } from "../../keys/key-succession";
import { RetiredKeysHandler } from "../../provider/retired-keys";
import { Life } from "./life/life";
import { NOTE } from "./life/stack";

/* Sequences of runs that the 200 days of credential-life.test.ts do not come by. */
afterAll(() => Life.end());

test.each(["revoke", "grace"] as const)(
  "a consumer that lags by two renewals keeps a working key, and then gets the newest (%s)",
  async (oldKey) => {
    const life = Life.begin({ oldKey, graceHours: 24 });
    await life.up();
    const held = life.stack.state.key?.id;
    for (const [username, days] of [
      ["zot-ci", 60],
      ["zot-robot", 2],
    ] as const) {
      life.world.pass(days);
      life.change({ username });
      expect(await life.up(undefined, ["cv"])).toBe(true);
      expect(life.world.registry.live().map(({ uuid }) => uuid)).toContain(held);
    }
    expect(life.world.things.minted).toBe(3);
    for (let run = 0; run < 2; run++) {
      expect(await life.up()).toBe(true);
      life.world.pass(2);
    }
    expect(await life.up()).toBe(true);
    expect([life.world.things.minted, life.problems()]).toEqual([3, []]);
  },
);

test("a note whose creation had no answer is created twice, and the one outside the state is named", async () => {
  const creation = Life.begin().copy();
  await creation.up();
  const at = creation.world.requests.findIndex((request) => request.startsWith("try to write: POST"));
  const life = Life.begin();
  expect(await life.up({ at, kind: "answer lost" })).toBe(false);
  const [lost] = life.world.things.items;
  expect(await life.up()).toBe(true);
  expect(life.problems()).toEqual([]);
  const ids = life.world.things.items.filter(({ title }) => title === NOTE).map(({ id }) => id);
  const own = life.stack.state.note?.id ?? "";
  expect([ids.length, ids[0], ids[1]]).toEqual([2, lost?.id, own]);
  const said = otherNotes({ count: 2, ids }, own, { vaultId: "homelab", title: "zot-ci-apikey" });
  expect(said).toContain(`Delete the duplicates: op item delete ${lost?.id} --vault homelab`);
});

test("a renamed stack and CI user on the day of a renewal mint one key, and leave one", async () => {
  const life = Life.begin({ oldKey: "revoke", graceHours: 24 });
  await life.up();
  life.world.pass(60);
  life.change({ stack: "renamed", username: "zot-robot" });
  for (let run = 0; run < 2; run++) expect(await life.up()).toBe(true);
  expect([life.world.things.minted, life.problems()]).toEqual([2, []]);
});

test("a renamed stack recognises its own key", async () => {
  const life = Life.begin();
  await life.up();
  life.stack.told.heard();
  life.change({ stack: "renamed" });
  expect(await life.up()).toBe(true);
  const said = life.stack.told.heard().join();
  expect(said).toContain('leaves alone: "somebody\'s laptop"');
  expect(said).not.toContain("zot-access/life/");
});

test.each([
  ["both below its age", { lifetimeDays: 20, renewAfterDays: 10 }],
  ["the renewal alone", { renewAfterDays: 20 }],
  ["the lifetime alone, to a day before its renewal was due", { lifetimeDays: 61 }],
])("a renewal interval below the key's age mints one key at once: %s", async (_what, shorter) => {
  const life = Life.begin();
  await life.up();
  life.world.pass(25);
  life.change(shorter);
  for (let run = 0; run < 2; run++) expect(await life.up()).toBe(true);
  expect([life.world.things.minted, life.problems()]).toEqual([2, []]);
});

test("a registry clock that jumps back by 61 seconds mints no key and revokes none", async () => {
  const life = Life.begin({ oldKey: "grace", graceHours: 24 });
  await life.up();
  life.world.pass(60);
  expect(await life.up()).toBe(true);
  life.world.setSkew(-61 / 86_400);
  expect(await life.up()).toBe(true);
  expect(life.stack.told.heard().join()).toContain(
    "the registry's clock is 61 seconds behind this machine's",
  );
  expect([life.world.things.minted, life.problems()]).toEqual([2, ["2 live keys"]]);
  life.world.pass(1);
  expect(await life.up()).toBe(true);
  // The grace counts by the clock that jumped.
  expect(life.problems()).toEqual(["2 live keys"]);
  life.world.setSkew(0);
  expect(await life.up()).toBe(true);
  expect(life.problems()).toEqual([]);
});

test("a key that fails its proof is revoked by the run that minted it", async () => {
  const life = Life.begin();
  const { registry, things } = life.world;
  const real = registry.answer.bind(registry);
  // As behind a proxy that drops the Authorization header.
  const refusing = jest
    .spyOn(registry, "answer")
    .mockImplementation((asked) => (asked.path === "/v2/" && asked.basic ? { status: 401 } : real(asked)));
  expect(await life.up()).toBe(false);
  expect(life.stack.told.heard().join()).toMatch(/answered 401 to it: .* What was minted has been revoked/);
  expect([things.minted, registry.live()]).toEqual([1, []]);
  refusing.mockRestore();
  expect(await life.up()).toBe(true);
  expect(life.problems()).toEqual([]);
});

test("a destroy also revokes a key in its grace period, where the one in use was revoked by hand", async () => {
  const life = Life.begin({ oldKey: "grace", graceHours: 1000 });
  await life.up();
  life.world.pass(60);
  await life.up();
  const { key } = life.stack.state;
  const { things } = life.world;
  things.keys = things.keys.filter(({ uuid }) => uuid !== key?.id);
  expect(life.world.registry.live()).toHaveLength(1);
  await life.destroy();
  expect(life.world.registry.live()).toEqual([]);
});

test("a refresh after an interrupted renewal announces no revocation, and the next run revokes the former key", async () => {
  const life = Life.begin();
  await life.up();
  const before = life.stack.state.retired;
  life.world.pass(60);
  expect(await life.up("nothing written down")).toBe(false);
  const { key, retired } = life.stack.state;
  if (!before || !retired || !key) throw new Error("there is no key");
  expect([retired.uuid, key.id === before.uuid]).toEqual([before.uuid, false]);
  const { kept: _, ...asTold } = retired;
  life.stack.told.heard();
  // The program has not run: what the engine compares is what the last run was told.
  expect(await new RetiredKeysHandler().diff("label", retired, asTold, life.stack.told.say)).toEqual({
    changes: false,
  });
  expect(life.stack.told.heard()).toEqual([]);
  expect(await life.up()).toBe(true);
  expect(life.problems()).toEqual([]);
});

test("replacing the key's resources by hand during a renewal revokes no key in use", async () => {
  const life = Life.begin({ oldKey: "grace", graceHours: 24 });
  await life.up();
  const { history, retired } = life.stack.state;
  life.world.pass(60);
  await life.up();
  const now = life.stack.state;
  if (!history || !retired || !now.history || !now.retired) throw new Error("the renewal failed");
  // As `--replace` deletes them at the end of the run that declared them: with what they held before it.
  const succession = new KeySuccession();
  const [keys, old] = [new KeyHistoryHandler(succession), new RetiredKeysHandler()];
  keys.prepare(now.history);
  old.prepare(now.retired);
  await old.delete("label", retired, life.stack.told.say);
  await keys.delete("keys", history);
  expect(life.problems()).toEqual(["2 live keys"]);
});
