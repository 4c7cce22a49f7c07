import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { deploy, nightly } from "../../../commands/ci/jobs";
import type { HolderState } from "../../../commands/ci/locks";
import { type Answers, drift, good, NOW, planned, renewal, startWorld, type World } from "./support/world";

/*
 * Whose turn it is on the stack: jobs wait for a lock that may be released, and clear that of a dead job.
 */
let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.forgejo.stop());

const OWNER = "root@stack-job";
const minutesAgo = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000).toISOString();
const locked = (owner: string, minutes: number, pid = 57) => ({
  status: 255,
  output:
    "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock " +
    `file with \`pulumi cancel\`.\n  postgres://db/1f.json: created by ${owner} (pid ${pid}) at ${minutesAgo(minutes)}\n`,
});
const stale = locked(OWNER, 500);
const young = locked(OWNER, 5);
const issue = () => world.forgejo.issuesOf("blumeops")[0];
/** Programs that act, in their order. */
const acted = () =>
  world.ran.flatMap((line) => /^pulumi (up|cancel|refresh|preview)\b/.exec(line)?.[1] ?? []);
const job = (answers: Answers, word: HolderState = "unknown") =>
  world.job(answers, { lockOwner: OWNER, holderState: () => Promise.resolve(word) });

test("a deploy clears a dead job's lock, drops its pending creates, and continues", async () => {
  expect(await deploy(job({ up: [stale, good] }))).toBe(0);
  expect(acted()).toEqual(["up", "cancel", "refresh", "up"]);
  expect(world.ran).toContainEqual(
    expect.stringMatching(/^pulumi refresh --yes --skip-preview --clear-pending-creates --stack indri /),
  );
});

test("a deploy clears the lock of a job that the server reports as ended, however young it is", async () => {
  expect(await deploy(job({ up: [young, good] }, "ended"))).toBe(0);
  expect(acted()).toEqual(["up", "cancel", "refresh", "up"]);
});

test("a deploy waits for a live job without printing each refusal, and then runs", async () => {
  expect(await deploy(job({ up: [young, young, young, good] }))).toBe(0);
  expect(acted()).toEqual(["up", "up", "up", "up"]);
  expect(world.said.match(/waiting for the stack's lock, held by root@stack-job \(pid 57\)/g)).toHaveLength(
    1,
  );
  expect(world.said).not.toContain("currently locked by");
});

test("a deploy waits 15 minutes for a person's lock, and names its holder", async () => {
  const begun = job({});
  expect(await deploy(job({ up: locked("ada@laptop", 5) }))).toBe(1);
  expect(begun.now().getTime() - NOW.getTime()).toBe(15 * 60_000);
  expect(acted()).not.toContain("cancel");
  expect(world.said).toMatch(
    /indri is locked, held by ada@laptop .* Waited 15 minutes for it: run this job again/,
  );
});

test("a deploy leaves a person's old lock, fails at once, and says what to run by hand", async () => {
  expect(await deploy(job({ up: locked("ada@laptop", 500) }))).toBe(1);
  expect(acted()).toEqual(["up"]);
  expect(world.said).toContain(
    `held by ada@laptop (pid 57) since ${minutesAgo(500)}, which is not root@stack-job`,
  );
  expect(world.said).toContain("`pulumi cancel --yes --stack indri` and `pulumi refresh --yes");
});

test("the lock of a Pulumi that outlived its job on this very host is not cleared", async () => {
  const folder = mkdtempSync(join(tmpdir(), "alive-"));
  copyFileSync("/bin/sleep", join(folder, "pulumi"));
  const orphan = spawn(join(folder, "pulumi"), ["600"]);
  const closed = once(orphan, "close");
  const heldBy = (owner: string) =>
    world.job({ up: [locked(owner, 500, orphan.pid), good] }, { lockOwner: owner });
  const here = `root@${hostname()}`;
  try {
    await once(orphan, "spawn");
    if (process.platform === "linux") {
      expect(await deploy(heldBy(here))).toBe(1);
      expect(world.said).toContain("a Pulumi that runs on this host");
    }
    // The same number is another process on another host.
    expect(await deploy(heldBy(`root@not-${hostname()}`))).toBe(0);
  } finally {
    orphan.kill("SIGKILL");
    await closed;
    rmSync(folder, { recursive: true });
  }
  expect(await deploy(heldBy(here))).toBe(0);
});

test("a lock without a readable holder is never cleared", async () => {
  const output = "error: the stack is currently locked by 1 lock(s).\n  something else\n";
  expect(await deploy(job({ up: { status: 255, output } }, "ended"))).toBe(1);
  expect(acted()).toEqual(["up"]);
  expect(world.said).toContain("does not say who holds the lock");
});

test.each(["cancel", "refresh"] as const)("a deploy stops after a failed %s", async (step) => {
  expect(await deploy(job({ up: stale, [step]: { status: 255, output: "error" } }))).toBe(1);
  expect(acted().filter((verb) => verb === "up")).toHaveLength(1);
  expect(world.said).toContain(`\`pulumi ${step}\` failed. Make sure that nobody works on indri`);
});

test("a lock that reappears is not cleared again", async () => {
  expect(await deploy(job({ up: stale }))).toBe(1);
  expect(acted().filter((verb) => verb === "cancel")).toHaveLength(1);
});

const due = { plan: renewal };
const pending = {
  status: 0,
  output: JSON.stringify({ deployment: { resources: [], pending_operations: [{ type: "creating" }] } }),
};
const settled = { status: 0, output: JSON.stringify({ deployment: { resources: [] } }) };

test("a night with a due key clears a dead job's lock, and compares again before it renews", async () => {
  expect(await nightly(job({ ...due, up: [stale, good] }))).toBe(0);
  expect(acted()).toEqual(["preview", "preview", "up", "cancel", "refresh", "preview", "preview", "up"]);
  expect(issue()).toBeUndefined();
});

test("a night that waited for a deploy compares again before it renews", async () => {
  expect(await nightly(job({ ...due, up: [young, good] }))).toBe(0);
  expect(acted()).toEqual(["preview", "preview", "up", "preview", "preview", "up"]);
});

test("a night does not renew where the dead job left drift", async () => {
  expect(await nightly(job({ ...due, held: [planned(), drift], up: [stale, good] }))).toBe(1);
  expect(acted().filter((verb) => verb === "up")).toHaveLength(1);
  expect(issue()?.title).toContain("drift");
});

test("a night's issue names the holder of a blocking lock", async () => {
  expect(await nightly(job({ ...due, up: locked("ada@laptop", 500) }))).toBe(1);
  expect(issue()?.title).toBe("indri: the renewal failed");
  expect(issue()?.body).toContain("The stack is locked, held by ada@laptop (pid 57)");
  expect(acted()).not.toContain("cancel");
});

test("a night drops a killed deploy's pending creates before it compares", async () => {
  expect(await nightly(job({ operations: [pending, settled], refresh: good }))).toBe(0);
  expect(acted()).toEqual(["refresh", "preview"]);
});

test("a night waits for a running deploy, and reports none of it as drift", async () => {
  expect(await nightly(job({ operations: [pending, pending, settled], refresh: young }))).toBe(0);
  expect(acted()).toEqual(["refresh", "refresh", "preview"]);
  expect(issue()).toBeUndefined();
});

test("a night that finds a stack half-deployed for longer reports that, not drift", async () => {
  expect(await nightly(job({ operations: pending, refresh: young }))).toBe(1);
  expect(issue()?.title).toBe("indri: the stack is in the middle of another run");
  expect(acted()).not.toContain("preview");
});
