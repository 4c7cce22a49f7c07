import { deploy, type Job, nightly, pullRequest } from "../../../commands/ci/jobs";
import { marker } from "../../../commands/ci/messages";
import { CONFIG, FakeStack, type Meddling } from "./support/fake-stack";
import { NOW, startWorld } from "./support/world";

/*
 * A year of nights, by a clock that is set forward: keys come due, somebody changes one thing after the other, requests are merged, jobs
 * are killed or meet each other, and a stranger writes CI's markers wherever they can.
 */
const DAYS = 365;
const DAY_MS = 86_400_000;
const OWNER = "root@stack-job";
const MEDDLINGS: readonly Meddling[] = [
  "edits the config",
  "rotates a token in 1Password",
  "deletes a secret in Forgejo",
  "deletes the key's secret in Forgejo",
  "edits the note",
  "edits the key's item",
  "edits the Secret in the cluster",
];
/** What the calendar asks for, by the names that a night may deploy. */
const BY_CALENDAR =
  /^(replace|update) (pusher-zot-ci-\w[\w-]*|actions-secrets-eblume-blumeops-ZOT_CI_API_KEY|access-proof-matrix|cluster-credentials-.*|old-keys-zot-ci-retired)$/;

/** The host of the job is gone: nothing of it runs on. */
class Killed extends Error {}

/** Numbers that are the same in each run of a seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const stops: (() => Promise<void>)[] = [];
afterEach(() => Promise.all(stops.map((stop) => stop())));

test("after a year of nights the issues, comments and locks are right, and no night deployed more than a due key", async () => {
  const years = [];
  for (const seed of [1, 2, 3, 4]) years.push(await year(seed));
  // The years had everything in them.
  for (const what of ["renewals", "killed", "drift", "waited", "undeployed"] as const)
    expect([what, years.some((seen) => seen[what] > 0)]).toEqual([what, true]);
});

async function year(seed: number) {
  const world = await startWorld();
  stops.push(() => world.forgejo.stop());
  const { forgejo } = world;
  const next = random(seed);
  const chance = (share: number) => next() < share;
  const pick = <T>(all: readonly T[]): T | undefined => all[Math.floor(next() * all.length)];
  let [day, passed, releasesIn] = [0, 0, 0];
  const now = () => new Date(NOW.getTime() + day * DAY_MS + passed);
  const stack = new FakeStack(now);
  const job = (): Job =>
    world.job(
      {},
      {
        run: stack.run,
        now,
        lockOwner: OWNER,
        // The server knows a job that was killed, and one that runs.
        holderState: () => Promise.resolve(releasesIn > 0 ? ("earlierJobRuns" as const) : ("ended" as const)),
        wait: (milliseconds) => {
          passed += milliseconds;
          if (releasesIn > 0 && --releasesIn === 0) stack.lock = undefined;
          return Promise.resolve();
        },
      },
    );
  const open = () => forgejo.issuesOf("blumeops").filter(({ pull, state }) => !pull && state === "open");
  const ours = () => open().filter(({ user }) => user.id === -2);
  const strangers = () => open().filter(({ user }) => user.id !== -2);
  const pull = forgejo.openPull("blumeops", "A request that is open for a year");
  const seen = { renewals: 0, killed: 0, drift: 0, waited: 0, undeployed: 0 };
  let [mendOn, merges] = [0, 0];

  for (day = 0; day < DAYS; day++) {
    passed = 0;
    if (stack.meddled.size === 0 && chance(0.12)) {
      stack.meddled.add(pick(MEDDLINGS) ?? "edits the note");
      if (chance(0.3)) stack.meddled.add(pick(MEDDLINGS) ?? "edits the config");
      mendOn = day + 1 + Math.floor(next() * 6);
    }
    if (stack.meddled.size > 0 && day >= mendOn) stack.meddled.clear();
    if (day % 30 === 3) {
      forgejo.openIssue("blumeops", "all is well", `${marker("nightly", "indri")}\nall is well`);
      forgejo.comment(pull, `${marker("preview", "indri")}\nno change: merge it`);
    }
    // Kills of Pulumi alone, and of its whole job.
    const [fatal, wholeJob, at] = [chance(0.15), chance(0.5), Math.floor(next() * 6)];
    let steps = 0;
    stack.beforeStep = () => {
      if (!fatal || steps++ !== at) return undefined;
      seen.killed += 1;
      return "killed";
    };
    const dies = (running: Job): Job => ({
      ...running,
      run: async (...asked) => {
        const outcome = await running.run(...asked);
        if (outcome.status === null && wholeJob) throw new Killed();
        return outcome;
      },
    });
    const ended = (work: Promise<number>) =>
      work.catch((error: unknown) => {
        if (error instanceof Killed) return undefined;
        throw error;
      });

    if (chance(0.05)) {
      stack.commit = `merge-${++merges}`;
      stack.asksFor = CONFIG;
      // A person puts right by the same deploy what is wrong; that is theirs to do, and no night's.
      if (chance(0.8)) await ended(deploy(dies(job())));
    } else if (stack.asksFor !== undefined && chance(0.3)) {
      // Somebody has read the issue, and runs that deploy again.
      await ended(deploy(dies(job())));
    }
    if (stack.lock === undefined && chance(0.1)) {
      // Another job, or a person, is at work when the night begins.
      stack.lock = { owner: OWNER, pid: 58, since: now() };
      releasesIn = 1 + Math.floor(next() * 8);
    }

    const before = {
      meddled: [...stack.meddled],
      deployed: stack.deployed.length,
      due: stack.isDue,
      whole: stack.isWhole,
    };
    const asked = stack.asksFor;
    const key = stack.keyInUse;
    const code = await ended(nightly(dies(job())));
    const deployed = stack.deployed.slice(before.deployed);
    const what = `day ${day}: ${JSON.stringify({ before, deployed, code })}`;

    // Nothing but what the calendar asks for, and nothing at all beside something else.
    expect([what, deployed.filter((one) => !BY_CALENDAR.test(one))]).toEqual([what, []]);
    expect([what, [...stack.meddled]]).toEqual([what, before.meddled]);
    expect([what, stack.asksFor]).toEqual([what, asked]);
    if (before.meddled.length > 0 || asked !== undefined) expect([what, deployed]).toEqual([what, []]);
    if (stack.keyInUse !== key) {
      seen.renewals += 1;
      expect([what, before.due]).toEqual([what, true]);
    }
    // One issue while something is off, and none while all is well.
    if (code !== undefined) {
      expect([what, ours().length]).toEqual([what, code === 0 ? 0 : 1]);
      if (before.meddled.length > 0) {
        seen.drift += 1;
        expect([what, code]).toEqual([what, 1]);
      }
      if (asked !== undefined) seen.undeployed += 1;
      if (code === 0) expect([what, stack.isWhole]).toEqual([what, true]);
      // Another job that is at work keeps its lock; that of a dead one goes.
      if (code === 0 && releasesIn === 0) expect([what, stack.lock]).toEqual([what, undefined]);
    }
    if (releasesIn > 0) {
      // The night had nothing to deploy, and did not meet it.
      stack.lock = undefined;
      releasesIn = 0;
    } else if (passed > 0) seen.waited += 1;
    expect([what, stack.isExpired]).toEqual([what, false]);
    if (day % 7 === 0) await pullRequest(job(), pull);
  }

  // What is left is put right by one deploy and one night.
  stack.beforeStep = () => undefined;
  stack.meddled.clear();
  passed = 0;
  expect(await deploy(job())).toBe(0);
  expect(await nightly(job())).toBe(0);
  expect([stack.isWhole, stack.lock, ours()]).toEqual([true, undefined, []]);
  expect(strangers().map(({ body }) => body)).toEqual(
    Array.from({ length: 13 }, () => `${marker("nightly", "indri")}\nall is well`),
  );
  const comments = pull.comments.filter(({ user }) => user.id === -2);
  expect([comments.length, pull.comments.length]).toEqual([1, 14]);
  expect(seen.renewals).toBeGreaterThanOrEqual(4);
  return seen;
}
