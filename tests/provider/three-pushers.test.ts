import { FAULTS } from "./life/faults";
import { Many, pusher } from "./life/many";
import type { Accident } from "./life/stack";

/*
 * 200 days of three pushers with calendars of their own, in one stack and one plugin process, with a fault at every request. At no
 * moment is one of them without a key that works, and at the end each has exactly one.
 */
const PUSHERS = [
  pusher("zot-ci"),
  pusher("cv-ci", { lifetimeDays: 40, renewAfterDays: 20, oldKey: "grace" }),
  pusher("app-ci", { oldKey: "grace", graceHours: 48 }),
];
const DAYS = 200;
const DAYS_BETWEEN_RUNS = 20;

afterAll(() => Many.end());

/** @param accidentOf what happens to a run in which a key is due, and to the one after a run that failed. */
async function live(accidentOf: (attempt: number) => Accident | undefined): Promise<Many> {
  const many = Many.begin(PUSHERS);
  const isDue = () => many.stacks.some((stack) => many.isDue(stack));
  for (let day = 0, attempt = 0; ;) {
    const succeeded = await many.up(isDue() || attempt > 0 ? accidentOf(attempt) : undefined);
    attempt = succeeded ? 0 : attempt + 1;
    if (!succeeded) many.deleteLeftovers();
    else if (day >= DAYS) break;
    const days = succeeded ? DAYS_BETWEEN_RUNS : 1;
    many.world.pass(days);
    day += days;
  }
  // Until the grace is over that began with the last renewal.
  for (let renewed = true; renewed;) {
    many.world.pass(3);
    renewed = isDue();
    expect(await many.up()).toBe(true);
  }
  return many;
}

test("without faults each is renewed on its own calendar, and its own former key is revoked", async () => {
  const many = await live(() => undefined);
  expect(many.problems()).toEqual([]);
  // 4 for 60 of 90 days, twice, and 11 for 20 of 40.
  expect(many.world.things.minted).toBe(4 + 4 + 11);
});

async function longestRun(): Promise<number> {
  const many = Many.begin(PUSHERS);
  await many.up();
  const first = many.world.requests.length;
  many.world.pass(60);
  await many.up();
  return Math.max(first, many.world.requests.length);
}

test.each(FAULTS)(
  "every request of every run in which a key is due, and of the run after it, %s",
  async (kind) => {
    const length = await longestRun();
    expect(length).toBeGreaterThan(60);
    for (let at = 0; at < length; at++) {
      const many = await live((attempt) => (attempt < 2 ? { at, kind } : undefined));
      expect({ at, problems: many.problems() }).toEqual({ at, problems: [] });
    }
  },
);

test("a renewal of one pusher asks another only whether it is due", async () => {
  const many = Many.begin(PUSHERS);
  await many.up();
  const before = many.stacks.map(({ state }) => state.key?.id);
  many.world.pass(20);
  expect(await many.up()).toBe(true);
  const after = many.stacks.map(({ state }) => state.key?.id);
  expect(after.map((id, index) => id === before[index])).toEqual([true, false, true]);
  expect(many.world.things.minted).toBe(4);
  const [zot, , app] = many.stacks.map(({ state }) => state);
  for (const state of [zot, app]) expect([state?.pending, state?.history?.former]).toEqual([[], []]);
});

describe("a pusher that is taken out of the settings", () => {
  async function settled(): Promise<Many> {
    const many = Many.begin(PUSHERS);
    await many.up();
    // Two live keys of it: one is in its grace.
    many.world.pass(20);
    await many.up();
    return many;
  }

  test("is removed with all its keys after their consumers, and the others keep theirs", async () => {
    const many = await settled();
    const [zot, cv, app] = many.stacks as [
      (typeof many.stacks)[0],
      (typeof many.stacks)[0],
      (typeof many.stacks)[0],
    ];
    expect(many.liveKeysOf(cv)).toHaveLength(2);
    const others = [zot, app].map((stack) => many.liveKeysOf(stack));
    expect(await many.up(undefined, { leaving: ["cv-ci"] })).toBe(true);
    expect(many.world.outages).toEqual([]);
    expect(many.liveKeysOf(cv)).toEqual([]);
    expect([zot, app].map((stack) => many.liveKeysOf(stack))).toEqual(others);
    expect(
      many.world.things.items.map(({ title }) => title).filter((title) => title.startsWith("cv-ci")),
    ).toEqual([]);
    expect([...many.world.things.secrets.keys()]).toEqual(["zotci/ZOT_CI_API_KEY", "appci/APP_CI_API_KEY"]);
  });

  test.each(FAULTS)(
    "whichever request of its removal %s, the next run with a refresh finishes it",
    async (kind) => {
      const many = await settled();
      const whole = many.copy();
      await whole.up(undefined, { leaving: ["cv-ci"] });
      for (let at = 0; at < whole.world.requests.length; at++) {
        const hit = many.copy();
        const cv = hit.stacks[1];
        if (!cv) throw new Error("there is no second pusher");
        await hit.up({ at, kind }, { leaving: ["cv-ci"] });
        // The provider cannot delete an item that is gone already; a refresh drops it from the state.
        expect(await hit.up(undefined, { leaving: ["cv-ci"], refresh: true })).toBe(true);
        expect({ at, live: hit.liveKeysOf(cv), outages: hit.world.outages }).toEqual({
          at,
          live: [],
          outages: [],
        });
        hit.stacks.splice(1, 1);
        expect({ at, problems: hit.problems() }).toEqual({ at, problems: [] });
      }
    },
  );
});
