import { deploy, nightly } from "../../../commands/ci/jobs";
import { drift, good, renewal, startWorld, type World } from "./support/world";

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.forgejo.stop());

const OWNER = { lockOwner: "root@stack-job", now: () => new Date("2026-11-25T12:00:00Z") };
const locked = (owner: string) => ({
  status: 255,
  output:
    "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock " +
    `file with \`pulumi cancel\`.\n  postgres://db/1f.json: created by ${owner} (pid 57) at 2026-11-25T03:17:00Z\n`,
});
const stale = locked("root@stack-job");
const issue = () => world.forgejo.issuesOf("blumeops")[0];
/** Programs that act, in their order. */
const acted = () =>
  world.ran.flatMap((line) => /^pulumi (up|cancel|refresh|preview)\b/.exec(line)?.[1] ?? []);

test("a deploy clears the lock of a dead job, drops what that had begun to create, and goes on", async () => {
  expect(await deploy(world.job({ up: [stale, good] }, OWNER))).toBe(0);
  expect(acted()).toEqual(["up", "cancel", "refresh", "up"]);
  expect(world.ran).toContainEqual(
    expect.stringMatching(/^pulumi refresh --yes --skip-preview --clear-pending-creates --stack indri /),
  );
});

test("a deploy leaves a person's lock, fails, and says what to run by hand", async () => {
  expect(await deploy(world.job({ up: locked("ada@laptop") }, OWNER))).toBe(1);
  expect(acted()).toEqual(["up"]);
  expect(world.said).toContain(
    "held by ada@laptop (pid 57) since 2026-11-25T03:17:00.000Z, which is not root@stack-job",
  );
  expect(world.said).toContain("`pulumi cancel --yes --stack indri` and `pulumi refresh --yes");
});

test.each(["cancel", "refresh"] as const)("a deploy does not go on after a %s that failed", async (step) => {
  expect(await deploy(world.job({ up: stale, [step]: { status: 255, output: "error" } }, OWNER))).toBe(1);
  expect(acted().filter((verb) => verb === "up")).toHaveLength(1);
  expect(world.said).toContain(`\`pulumi ${step}\` failed. See that nobody works on indri`);
});

test("a lock that comes back is not cleared again", async () => {
  expect(await deploy(world.job({ up: stale }, OWNER))).toBe(1);
  expect(acted().filter((verb) => verb === "cancel")).toHaveLength(1);
});

const due = { status: 0, output: renewal };

test("a night that must renew clears a dead job's lock, and looks again before it renews", async () => {
  expect(await nightly(world.job({ preview: due, up: [stale, good] }, OWNER))).toBe(0);
  expect(acted()).toEqual(["preview", "up", "cancel", "refresh", "preview", "up"]);
  expect(issue()).toBeUndefined();
});

test("a night renews no more where the dead job left drift behind", async () => {
  const previews = [due, { status: 0, output: renewal + drift }];
  expect(await nightly(world.job({ preview: previews, up: [stale, good] }, OWNER))).toBe(1);
  expect(acted().filter((verb) => verb === "up")).toHaveLength(1);
  expect(issue()?.title).toContain("drift");
});

test("a night tells in its issue whose lock is in the way", async () => {
  expect(await nightly(world.job({ preview: due, up: locked("ada@laptop") }, OWNER))).toBe(1);
  expect(issue()?.title).toBe("indri: the renewal failed");
  expect(issue()?.body).toContain("The stack is locked: held by ada@laptop (pid 57)");
  expect(acted()).not.toContain("cancel");
});
