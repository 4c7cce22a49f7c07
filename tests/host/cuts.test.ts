import { mkdtempSync, readdirSync, readlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "ssh2";
import { renderFiles } from "../../host/files";
import { applyCommand, applyInput } from "../../host/payload";
import type { DesiredHost } from "../../host/types";
import { killAll, sessionsOf } from "../../rehearsal/host/processes";
import { until } from "../../rehearsal/host/until";
import { reached, type Steps, steps } from "./support/steps";
import { type HostWorld, startHostWorld } from "./support/world";

jest.setTimeout(1_200_000);

/** All steps take minutes; by default those alone that move a switch. */
const ALL = process.env["HOST_CUTS"] === "all";
const SWITCHES = /^mv .*\/(current|good)/;

let world: HostWorld;
let step: Steps;
let home: string;
beforeAll(async () => {
  const root = mkdtempSync(join(tmpdir(), "zot-access-cuts-"));
  step = steps(join(root, "steps"));
  world = await startHostWorld({ root, path: step.path });
  home = join(root, "home");
  await world.deploy(world.desired());
});
afterAll(() => world.stop());

/** One apply over a connection of its own, which can be cut; it waits at the given step. */
async function begin(desired: DesiredHost, at: number): Promise<{ cut: () => void; over: Promise<void> }> {
  const { generation } = await world.compare(desired);
  step.holdAt(at);
  const client = new Client();
  const { host, port, user, privateKey = "" } = world.host.ssh;
  const over = new Promise<void>((resolve) => {
    client.on("error", () => resolve());
    client.on("close", () => resolve());
    client.on("ready", () => {
      client.exec(applyCommand(generation, desired.expectedVersion), (error, channel) => {
        if (error) throw error;
        channel.on("data", () => undefined).on("close", () => client.end());
        channel.stderr.on("data", () => undefined);
        channel.end(applyInput(world.host.layout, desired));
      });
    });
  });
  client.connect({ host, port, username: user, privateKey });
  return { cut: () => client.destroy(), over };
}

/** Pid of the process that does the work, as the lock names it; undefined while it has no lock. */
function lockHolder(): number | undefined {
  const locks = join(world.host.layout.configFolder, "zot-access/locks");
  const last = readdirSync(locks)
    .map(Number)
    .sort((a, b) => b - a)[0];
  if (last === undefined) return undefined;
  const holder = readlinkSync(join(locks, String(last)));
  return holder === "free" ? undefined : Number(holder.split(",")[0]);
}

/** The host holds one of the two sets whole, and serves one of them. */
async function expectWhole(one: DesiredHost, other: DesiredHost): Promise<void> {
  const sets = [one, other].map((desired) => renderFiles(world.host.layout, desired));
  const held = sets.find(({ config }) => config === world.held("config.json"));
  expect(held?.credentials).toBe(world.held("oidc-credentials.json"));
  await until("the registry serves", async () => (await world.status("/v2/")) === 200, 20);
  expect(await world.status("/v2/a/b/blobs/uploads/", { method: "POST" })).toBe(401);
  const live = await Promise.all(sets.map(({ revision }) => world.status(`/v2/${revision}/tags/list`)));
  expect(live).toContain(401);
}

const FAULTS: Record<string, (cut: () => void) => void> = {
  "the connection is cut": (cut) => {
    cut();
    step.letGo();
  },
  "the script is killed": () => {
    const pid = lockHolder();
    if (pid !== undefined) killAll([pid]);
    step.letGo();
  },
  "everything of the session is killed": () => {
    killAll(sessionsOf(home));
    step.letGo();
  },
};

/** Two states of the host to go back and forth between. */
const KINDS: Record<string, () => [DesiredHost, DesiredHost]> = {
  restart: () => [world.desired({ secret: "one" }), world.desired({ secret: "other" })],
  reload: () => [world.desired({ writers: ["one"] }), world.desired({ writers: ["other"] })],
};

describe.each(Object.keys(KINDS))("in a %s", (kind) => {
  test.each(Object.keys(FAULTS))("%s at each step", async (fault) => {
    let [from, to] = (KINDS[kind] as () => [DesiredHost, DesiredHost])();
    await world.deploy(from);
    await (
      await begin(to, 0)
    ).over;
    step.letGo();
    for (const [index, what] of step.taken().entries()) {
      if (!ALL && !SWITCHES.test(what)) continue;
      [from, to] = [to, from];
      const run = await begin(to, index + 1);
      if (!(await reached(step, run.over))) break; // it took less steps this time
      FAULTS[fault]?.(run.cut);
      run.cut();
      await until("the host's sessions end", () => sessionsOf(home).length === 0, 60);
      try {
        await expectWhole(from, to);
        await world.deploy(to);
        expect((await world.compare(to)).report).toEqual([]);
      } catch (error) {
        throw new Error(`after step ${index + 1} (${what}): ${String(error)}`);
      }
    }
    step.letGo();
  });
});
