import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { OLD_KEY_POLICIES, type OldKeyPolicy } from "../../keys/retirement";
import { type Consequence, consequence, tableOf } from "./life/consequences";
import { FAULTS } from "./life/faults";
import { Life, REVOKE } from "./life/life";
import { type Accident, NOTE, type Settings } from "./life/stack";

/*
 * 200 days of one stack, with faults. At no moment may CI hold a key that does not work, and at the end there is one live
 * key of the stack; keys with other labels are as they were.
 */
const DAYS = 200;
/** Keys are renewed on days that this divides; a key that ended in between would be seen when time has passed. */
const DAYS_BETWEEN_RUNS = 20;

afterAll(() => Life.end());
// Seconds on an idle machine. A test that was given up would go on, and meet the next one's world.
/** @param accidentOf what happens to a run, told by the number of its renewal, and by which try at it it is, from 0. */
async function live(
  settings: Settings,
  accidentOf: (renewal: number, attempt: number) => Accident | undefined,
  changeOf: (renewal: number) => Partial<Settings> = () => ({}),
) {
  const life = Life.begin(settings);
  let renewals = 0;
  for (let day = 0, attempt = 0, succeeded = true; day <= DAYS;) {
    if (succeeded) {
      attempt = 0;
      if (life.isDue) {
        life.change(changeOf(renewals));
        renewals++;
      }
    } else attempt++;
    succeeded = await life.up(attempt > 0 || life.isDue ? accidentOf(renewals - 1, attempt) : undefined);
    if (!succeeded) life.deleteLeftover();
    const days = succeeded ? DAYS_BETWEEN_RUNS : 1;
    life.world.pass(days);
    day += days;
  }
  return { life, renewals };
}

test("without faults a key is minted on days 0, 60, 120 and 180, and each time the former one is revoked", async () => {
  const { life } = await live(REVOKE, () => undefined);
  expect(life.problems()).toEqual([]);
  expect(life.world.things.minted).toBe(4);
});

async function firstRenewal(): Promise<Life> {
  const life = Life.begin();
  expect(await life.up()).toBe(true);
  life.world.pass(60);
  return life;
}

/** How many requests the run has that is due. */
async function lengthOf(life: Life): Promise<number> {
  const copy = life.copy();
  await copy.up();
  return copy.world.requests.length;
}

test.each(FAULTS)("every request of every renewal, and of the run after it, %s", async (kind) => {
  const length = await lengthOf(await firstRenewal());
  expect(length).toBeGreaterThan(25);
  for (let at = 0; at < length; at++) {
    const { life, renewals } = await live(REVOKE, (_, attempt) => (attempt < 2 ? { at, kind } : undefined));
    expect(renewals).toBeGreaterThan(3);
    expect({ at, problems: life.problems() }).toEqual({ at, problems: [] });
  }
});

test("each fault on top of any earlier fault is survived, and a destroy leaves no key", async () => {
  const seen = new Map<string, Life>();
  const open: Life[] = [Life.begin(), await firstRenewal()];
  for (let life = open.pop(); life; life = open.pop()) {
    if (seen.has(life.shape)) continue;
    seen.set(life.shape, life);
    const ended = life.copy();
    await ended.destroy();
    // A key that was lost before any was in the state is known to nobody.
    if (life.stack.state.key) expect([life.shape, ended.world.registry.live()]).toEqual([life.shape, []]);
    // Whatever happened before, a run without a fault puts everything right, where no item has to be chosen by hand.
    const repaired = life.copy();
    repaired.deleteLeftover();
    const succeeded = await repaired.up();
    repaired.deleteLeftover();
    expect({ shape: life.shape, succeeded, problems: repaired.problems() }).toEqual({
      shape: life.shape,
      succeeded: true,
      problems: [],
    });
    for (let at = 0; at < repaired.world.requests.length; at++) {
      for (const kind of FAULTS) {
        const next = life.copy();
        await next.up({ at, kind });
        expect({ shape: life.shape, at, kind, outages: next.world.outages }).toMatchObject({ outages: [] });
        next.deleteLeftover();
        if (!seen.has(next.shape)) open.push(next);
      }
    }
  }
  expect(seen.size).toBeGreaterThan(20);
});

test("a minted key that the state could not record is revoked by the next run", async () => {
  const { life } = await live(REVOKE, (_, attempt) => (attempt === 0 ? "state not saved" : undefined));
  expect(life.problems()).toEqual([]);
  expect(life.world.things.minted).toBe(8);
});

/** What makes another key before the last one is due, and takes its label, its user or its registry's name from it. */
const CHANGES: Record<string, Partial<Settings>> = {
  "another user": { username: "zot-robot" },
  "another name of the stack": { stack: "renamed" },
  "another address of the registry": { registryUrl: "http://registry.life.localhost" },
};
const changesAndPolicies = Object.keys(CHANGES).flatMap((what) =>
  OLD_KEY_POLICIES.map((oldKey) => [what, oldKey] as const),
);

/** A stack of five days whose settings have just been changed. */
async function changed(what: string, oldKey: OldKeyPolicy): Promise<Life> {
  const life = Life.begin({ oldKey, graceHours: 24 });
  expect(await life.up()).toBe(true);
  life.world.pass(5);
  life.change(CHANGES[what] ?? {});
  return life;
}

/** What lives right after the change was made by a run without a fault, and two days later. */
async function keysAfter(life: Life, accident: Accident | undefined) {
  const { world, stack } = life;
  const old = stack.state.key?.id;
  const keys = () =>
    world.registry
      .live()
      .map(({ uuid }) => (uuid === old ? "old" : uuid === stack.state.key?.id ? "new" : "lost"));
  if (accident) await life.up(accident);
  const succeeded = [await life.up()];
  const atOnce = keys();
  world.pass(2);
  succeeded.push(await life.up());
  const problems = life.problems().filter((problem) => problem !== "2 live keys");
  return { accident, succeeded, atOnce, later: keys(), problems };
}

const EXPECTED = {
  revoke: { atOnce: ["new"], later: ["new"] },
  grace: { atOnce: ["old", "new"], later: ["new"] },
  expire: { atOnce: ["old", "new"], later: ["old", "new"] },
};
const fine = (oldKey: OldKeyPolicy, accident: Accident | undefined) => ({
  accident,
  succeeded: [true, true],
  problems: [],
  ...EXPECTED[oldKey],
});

test.each(changesAndPolicies)(
  "%s: the former key is revoked as at any renewal (%s)",
  async (what, oldKey) => {
    const before = await changed(what, oldKey);
    for (const accident of [undefined, "state not saved", "nothing written down"] as const) {
      expect(await keysAfter(before.copy(), accident)).toEqual(fine(oldKey, accident));
    }
  },
);

test("another user: whichever request fails, the successful run revokes the former key", async () => {
  const before = await changed("another user", "revoke");
  const length = await lengthOf(before);
  for (let at = 0; at < length; at++) {
    for (const kind of FAULTS) {
      expect(await keysAfter(before.copy(), { at, kind })).toEqual(fine("revoke", { at, kind }));
    }
  }
});

test.each([["1Password"], ["blumeops"], ["cv"], ["1Password", "blumeops", "cv"]] as const)(
  "a run that skips %s revokes no key that they still hold, and the next full run does",
  async (...leftOut) => {
    for (const oldKey of ["revoke", "grace"] as const) {
      const life = Life.begin({ oldKey, graceHours: 24 });
      await life.up();
      const old = life.stack.state.key?.id ?? "";
      life.world.pass(60);
      for (let run = 0; run < 2; run++) {
        expect(await life.up(undefined, leftOut)).toBe(true);
        expect(life.stack.told.heard().join()).toContain(`warning: key ${old} is still used by `);
        // Longer than the grace, which does not begin before everybody has the new key.
        life.world.pass(2);
      }
      expect([life.world.outages, life.world.registry.live()]).toEqual([
        [],
        [expect.anything(), expect.anything()],
      ]);
      expect(await life.up()).toBe(true);
      expect(life.world.registry.live()).toHaveLength(oldKey === "grace" ? 2 : 1);
      life.world.pass(2);
      expect(await life.up()).toBe(true);
      expect(life.problems()).toEqual([]);
    }
  },
);

test("an item that was created without an answer is not created twice: the next run stops, and the one after it succeeds", async () => {
  const creation = Life.begin().copy();
  await creation.up();
  const at = creation.world.requests.findIndex((request) => request.startsWith("store: POST"));
  const life = Life.begin();
  expect(await life.up({ at, kind: "answer lost" })).toBe(false);
  const items = [...life.world.things.items];
  expect(await life.up()).toBe(false);
  expect(life.world.things.items).toEqual(items);
  life.deleteLeftover();
  expect(await life.up()).toBe(true);
  expect(life.problems()).toEqual([]);
  expect(life.world.things.minted).toBe(1);
});

test("a deleted note does not block a renewal", async () => {
  const life = await firstRenewal();
  life.world.things.items = life.world.things.items.filter(({ title }) => title !== NOTE);
  expect(await life.up()).toBe(true);
  expect(life.problems()).toEqual([]);
  expect(life.world.things.minted).toBe(2);
});

test("while Authentik is down a due key is not renewed, and works until it expires", async () => {
  const life = await firstRenewal();
  const { world, stack } = life;
  world.down = world.authentikUrl;
  for (let day = 60; day < 90; day += 10) {
    expect(await life.up()).toBe(false);
    expect(stack.told.heard().join()).toContain("error: ");
    expect([world.things.minted, world.outages]).toEqual([1, []]);
    if (day < 80) world.pass(10);
  }
  world.down = undefined;
  expect(await life.up()).toBe(true);
  expect(life.problems()).toEqual([]);
});

test.each([
  ["", false],
  [", and a refresh has dropped it from the state", true],
])("a key that was revoked by hand%s is replaced once, by a fresh login", async (_what, refreshed) => {
  const life = Life.begin();
  await life.up();
  const { world, stack } = life;
  world.things.keys = world.things.keys.filter(({ uuid }) => uuid !== stack.state.key?.id);
  if (refreshed) delete stack.state.key;
  expect(await life.up()).toBe(true);
  // Nothing told before that a key would be minted, so that writing was not tried first.
  expect(world.requests.filter((request) => request.startsWith("try to write"))).toEqual([]);
  for (let run = 0; run < 2; run++) expect(await life.up()).toBe(true);
  // Until the first of them is done, CI is without a key.
  expect(world.outages.at(-1)).toMatch(/ after sync: /);
  world.outages.length = 0;
  expect([world.things.minted, life.problems()]).toEqual([2, []]);
});

test("a registry that moved is not asked at its former address once its former key is revoked", async () => {
  const registryUrl = "http://before.life.localhost";
  const life = Life.begin({ ...REVOKE, registryUrl });
  await life.up();
  life.change(CHANGES["another address of the registry"] ?? {});
  life.world.down = registryUrl;
  for (let run = 0; run < 3; run++) expect(await life.up()).toBe(true);
  expect(life.problems()).toEqual([]);
  expect(life.stack.told.heard().join()).not.toContain("is not revoked");
});

test("while the former registry does not answer, its key is named, and the run succeeds", async () => {
  const registryUrl = "http://before.life.localhost";
  const life = Life.begin({ ...REVOKE, registryUrl });
  await life.up();
  const old = life.stack.state.key?.id ?? "";
  life.change({ ...CHANGES["another user"], ...CHANGES["another address of the registry"] });
  life.world.down = registryUrl;
  for (let run = 0; run < 2; run++) {
    expect(await life.up()).toBe(true);
    expect(life.problems()).toEqual(["2 live keys"]);
  }
  expect(life.stack.told.heard().join()).toContain(`warning: key ${old} is not revoked; it expires `);
  life.world.down = undefined;
  expect(await life.up()).toBe(true);
  expect(life.problems()).toEqual([]);
});

const policy = fc.record({
  oldKey: fc.constantFrom("revoke", "grace", "expire"),
  graceHours: fc.integer({ min: 1, max: 100 }),
} as const);
const accident = fc.option(
  fc.oneof(
    fc.record({ at: fc.nat(35), kind: fc.constantFrom(...FAULTS) }),
    fc.constantFrom("state not saved", "nothing written down"),
  ),
  { nil: undefined },
);

test("any fault in any run, under every setting for former keys", async () => {
  const accidents = fc.array(fc.tuple(accident, accident, accident), { minLength: 4, maxLength: 4 });
  const changes = fc.array(fc.constantFrom({}, ...Object.values(CHANGES)), { minLength: 4, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(policy, accidents, changes, async (settings, of, to) => {
      const { life } = await live(
        settings,
        (renewal, attempt) => of[renewal]?.[attempt],
        (renewal) => to[renewal] ?? {},
      );
      // One run to finish what the last one may have left, and one for a grace that began with that.
      for (let run = 0; run < 2; run++) {
        life.world.pass(5);
        life.deleteLeftover();
        expect(await life.up()).toBe(true);
      }
      expect(life.world.outages).toEqual([]);
      // A replaced key may live on by these settings; one that nobody knows of never does.
      const ours = life.world.registry.live().map(({ uuid }) => uuid);
      const current = life.stack.state.key?.id;
      expect(ours.filter((uuid) => uuid !== current && !life.stack.kept.includes(uuid))).toEqual([]);
      if (settings.oldKey !== "expire") expect(ours).toEqual([current]);
    }),
    { numRuns: 30 },
  );
});

test("clocks that differ by days between runs cause no outage and no lost key", async () => {
  // From one run to the next 20 days pass, of 30 between the renewal and the end of a key.
  const skews = fc.array(fc.double({ min: -4.9, max: 4.9, noNaN: true }), { minLength: 11, maxLength: 11 });
  await fc.assert(
    fc.asyncProperty(skews, async (days) => {
      const life = Life.begin();
      for (const skew of days) {
        life.world.setSkew(skew);
        expect(await life.up()).toBe(true);
        expect(life.problems()).toEqual([]);
        life.world.pass(DAYS_BETWEEN_RUNS);
      }
    }),
    { numRuns: 20 },
  );
});

test("a registry clock that lags too far blocks minting, and CI keeps its key", async () => {
  const life = await firstRenewal();
  life.world.setSkew(-31);
  life.world.pass(31);
  const { minted } = life.world.things;
  expect(await life.up()).toBe(false);
  expect(life.stack.told.heard().join()).toContain("no key was minted: its clock is 31 days behind");
  expect([life.world.things.minted, life.world.outages]).toEqual([minted, []]);
});

test("docs/credential-faults.md matches what happens", async () => {
  const due = await firstRenewal();
  const rows: Consequence[] = [];
  for (let at = 0; at < (await lengthOf(due)); at++) {
    for (const kind of FAULTS) rows.push(await consequence(due.copy(), { at, kind }));
  }
  const file = join(__dirname, "../../docs/credential-faults.md");
  const [head = "", , tail = ""] = readFileSync(file, "utf8").split(/<!-- table(?: ends)? -->\n/);
  const expected = `${head}<!-- table -->\n${tableOf(rows)}<!-- table ends -->\n${tail}`;
  // With WRITE_DOCS=1 the file is made; otherwise a difference fails, as a stale document would mislead in an emergency.
  if (process.env["WRITE_DOCS"] === "1") writeFileSync(file, expected);
  expect(readFileSync(file, "utf8")).toBe(expected);
});
