import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { type Accident, type Consequence, consequence, tableOf } from "./life/consequences";
import { FAULTS } from "./life/faults";
import { LABEL, REPOSITORIES, Stack } from "./life/stack";
import { FOREIGN_LABELS, World } from "./life/world";

/*
 * 200 days of one stack, with faults. At no moment may CI hold a key that does not work, and at the end there is one live
 * key of the stack; keys with other labels are as they were.
 */
const DAYS = 200;
/** Keys are renewed on days that this divides; a key that ended in between would be seen when time has passed. */
const DAYS_BETWEEN_RUNS = 20;

type Policy = ConstructorParameters<typeof Stack>[1];
const REVOKE: Policy = { oldKey: "revoke", graceHours: 24 };

const worlds: World[] = [];
const stopAll = () => Promise.all(worlds.splice(0).map((world) => world.stop()));
afterEach(stopAll);

async function begin(policy = REVOKE): Promise<{ world: World; stack: Stack }> {
  const world = new World();
  worlds.push(world);
  await world.start();
  return { world, stack: new Stack(world, policy) };
}

/** @param accidentOf what happens to the first run of a renewal, told by the renewal's number, from 0. */
async function live(policy: Policy, accidentOf: (renewal: number) => Accident | undefined) {
  const { world, stack } = await begin(policy);
  let renewals = 0;
  for (let day = 0, succeeded = true; day <= DAYS;) {
    const renews = stack.key === undefined || isDue(stack, world);
    succeeded = await stack.up(renews && succeeded ? accidentOf(renewals++) : undefined);
    const days = succeeded ? DAYS_BETWEEN_RUNS : 1;
    world.pass(days);
    day += days;
  }
  return { world, stack, renewals };
}

function isDue({ key }: Stack, { nowMs }: World): boolean {
  return key !== undefined && nowMs >= Date.parse(key.outputs.createdAt) + 60 * 86_400_000;
}

function expectOneKeyAndNoOutage(world: World, stack: Stack): void {
  expect(world.outages).toEqual([]);
  expect(world.registry.live(LABEL).map(({ uuid }) => uuid)).toEqual([stack.key?.id]);
  expect(world.item).toBe(stack.key?.outputs.key);
  for (const repository of REPOSITORIES) expect(world.secrets.get(repository)).toBe(stack.key?.outputs.key);
  expect(world.registry.keys.filter(({ label }) => label !== LABEL).map(({ label }) => label)).toEqual(
    FOREIGN_LABELS,
  );
}

test("without faults a key is minted on days 0, 60, 120 and 180, and each time the last one goes", async () => {
  const { world, stack } = await live(REVOKE, () => undefined);
  expectOneKeyAndNoOutage(world, stack);
  expect(world.registry.minted).toBe(4);
});

/** How many requests a run has that renews. */
async function lengthOfARenewal(): Promise<number> {
  const { world, stack } = await begin();
  await stack.up();
  world.pass(60);
  await stack.up();
  return world.requests.length;
}

test.each(FAULTS)(
  "every request of every renewal %s",
  async (kind) => {
    const length = await lengthOfARenewal();
    expect(length).toBeGreaterThan(15);
    for (let at = 0; at < length; at++) {
      // A request that hangs costs its whole time limit, so it does in the first renewals only.
      const { world, stack, renewals } = await live(REVOKE, (renewal) =>
        kind !== "hangs" || renewal < 3 ? { at, kind } : undefined,
      );
      expect(renewals).toBeGreaterThan(3);
      expectOneKeyAndNoOutage(world, stack);
      await stopAll();
    }
  },
  300_000,
);

test("a state that cannot be written loses the key that was minted, and the next run revokes it", async () => {
  const { world, stack } = await live(REVOKE, () => "state not saved");
  expectOneKeyAndNoOutage(world, stack);
  expect(world.registry.minted).toBe(8);
});

const policy = fc.record({
  oldKey: fc.constantFrom("revoke", "grace", "expire"),
  graceHours: fc.integer({ min: 1, max: 100 }),
} as const);
const accident = fc.option(
  fc.oneof(
    fc.record({
      at: fc.nat(25),
      kind: fc.constantFrom("fails", "answer lost", "killed before", "killed after"),
    } as const),
    fc.constant("state not saved" as const),
  ),
  { nil: undefined },
);

test("whatever happens in whichever renewal, under every setting for old keys", async () => {
  await fc.assert(
    fc.asyncProperty(
      policy,
      fc.array(accident, { minLength: 4, maxLength: 4 }),
      async (settings, accidents) => {
        const { world, stack } = await live(settings, (renewal) => accidents[renewal]);
        // One run to finish what the last one may have left, and one for a grace that began with that.
        for (let run = 0; run < 2; run++) {
          world.pass(5);
          expect(await stack.up()).toBe(true);
        }
        expect(world.outages).toEqual([]);
        expect(world.item).toBe(stack.key?.outputs.key);
        // A replaced key may live on by these settings; one that nobody knows of never does.
        const ours = world.registry.live(LABEL).map(({ uuid }) => uuid);
        const allowed = [stack.key?.id, ...stack.kept];
        expect(ours.filter((uuid) => !allowed.includes(uuid))).toEqual([]);
        if (settings.oldKey !== "expire") expect(ours).toEqual([stack.key?.id]);
        await stopAll();
      },
    ),
    { numRuns: 30 },
  );
}, 120_000);

test("docs/credential-faults.md says what really happens", async () => {
  const rows: Consequence[] = [];
  for (let at = 0; at < (await lengthOfARenewal()); at++) {
    for (const kind of FAULTS) rows.push(await afterwards({ at, kind }));
  }
  const file = join(__dirname, "../../docs/credential-faults.md");
  const [head = "", , tail = ""] = readFileSync(file, "utf8").split(/<!-- table(?: ends)? -->\n/);
  const expected = `${head}<!-- table -->\n${tableOf(rows)}<!-- table ends -->\n${tail}`;
  // With WRITE_DOCS=1 the file is made; otherwise a difference fails, as a stale document would mislead in an emergency.
  if (process.env["WRITE_DOCS"] === "1") writeFileSync(file, expected);
  expect(readFileSync(file, "utf8")).toBe(expected);
}, 120_000);

/** What comes of a fault in the renewal of day 60. */
async function afterwards(fault: Exclude<Accident, string>): Promise<Consequence> {
  const { world, stack } = await begin();
  await stack.up();
  world.pass(60);
  const found = await consequence(world, stack, fault);
  await stopAll();
  return found;
}
