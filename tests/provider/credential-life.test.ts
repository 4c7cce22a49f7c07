import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { type Consequence, consequence, tableOf } from "./life/consequences";
import { FAULTS } from "./life/faults";
import { Life, type Policy, REVOKE } from "./life/life";
import { type Accident, LABEL } from "./life/stack";

/*
 * 200 days of one stack, with faults. At no moment may CI hold a key that does not work, and at the end there is one live
 * key of the stack; keys with other labels are as they were.
 */
const DAYS = 200;
/** Keys are renewed on days that this divides; a key that ended in between would be seen when time has passed. */
const DAYS_BETWEEN_RUNS = 20;

afterAll(() => Life.end());
// Seconds on an idle machine. A test that was given up would go on, and meet the next one's world.
jest.setTimeout(120_000);

/** @param accidentOf what happens to a run, told by the number of its renewal, and by which try at it it is, from 0. */
async function live(policy: Policy, accidentOf: (renewal: number, attempt: number) => Accident | undefined) {
  const life = Life.begin(policy);
  let renewals = 0;
  for (let day = 0, attempt = 0, succeeded = true; day <= DAYS;) {
    if (succeeded) {
      attempt = 0;
      if (life.isDue) renewals++;
    } else attempt++;
    succeeded = await life.up(attempt > 0 || life.isDue ? accidentOf(renewals - 1, attempt) : undefined);
    if (!succeeded) life.deleteDuplicates();
    const days = succeeded ? DAYS_BETWEEN_RUNS : 1;
    life.world.pass(days);
    day += days;
  }
  return { life, renewals };
}

test("without faults a key is minted on days 0, 60, 120 and 180, and each time the last one goes", async () => {
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

test("whatever state faults leave behind, one after another: every fault in it is survived as well", async () => {
  const seen = new Map<string, Life>();
  const open: Life[] = [Life.begin(), await firstRenewal()];
  for (let life = open.pop(); life; life = open.pop()) {
    if (seen.has(life.shape)) continue;
    seen.set(life.shape, life);
    // Whatever happened before, a run without a fault puts everything right, where no item has to be chosen by hand.
    const repaired = life.copy();
    repaired.deleteDuplicates();
    const succeeded = await repaired.up();
    repaired.deleteDuplicates();
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
        next.deleteDuplicates();
        if (!seen.has(next.shape)) open.push(next);
      }
    }
  }
  expect(seen.size).toBeGreaterThan(20);
});

test("a state that cannot be written loses the key that was minted, and the next run revokes it", async () => {
  const { life } = await live(REVOKE, (_, attempt) => (attempt === 0 ? "state not saved" : undefined));
  expect(life.problems()).toEqual([]);
  expect(life.world.things.minted).toBe(8);
});

const policy = fc.record({
  oldKey: fc.constantFrom("revoke", "grace", "expire"),
  graceHours: fc.integer({ min: 1, max: 100 }),
} as const);
const accident = fc.option(
  fc.oneof(
    fc.record({ at: fc.nat(35), kind: fc.constantFrom(...FAULTS) }),
    fc.constant("state not saved" as const),
  ),
  { nil: undefined },
);

test("whatever happens in whichever run, under every setting for old keys", async () => {
  const accidents = fc.array(fc.tuple(accident, accident, accident), { minLength: 4, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(policy, accidents, async (settings, of) => {
      const { life } = await live(settings, (renewal, attempt) => of[renewal]?.[attempt]);
      // One run to finish what the last one may have left, and one for a grace that began with that.
      for (let run = 0; run < 2; run++) {
        life.world.pass(5);
        life.deleteDuplicates();
        expect(await life.up()).toBe(true);
      }
      expect(life.world.outages).toEqual([]);
      // A replaced key may live on by these settings; one that nobody knows of never does.
      const ours = life.world.registry.live(LABEL).map(({ uuid }) => uuid);
      const current = life.stack.state.key?.id;
      expect(ours.filter((uuid) => uuid !== current && !life.stack.kept.includes(uuid))).toEqual([]);
      if (settings.oldKey !== "expire") expect(ours).toEqual([current]);
    }),
    { numRuns: 30 },
  );
});

test("clocks that drift apart by days between runs cost no outage and no key", async () => {
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

test("a registry that lags by more than keys have to spare gets none minted, and CI goes on with the one it has", async () => {
  const life = await firstRenewal();
  life.world.setSkew(-31);
  life.world.pass(31);
  const { minted } = life.world.things;
  expect(await life.up()).toBe(false);
  expect(life.stack.told.heard().join()).toContain("no key was minted: its clock is 31 days behind");
  expect([life.world.things.minted, life.world.outages]).toEqual([minted, []]);
});

test("docs/credential-faults.md says what really happens", async () => {
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
