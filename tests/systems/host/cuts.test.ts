import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderFiles } from "../../../systems/host/files";
import type { DesiredHost } from "../../../systems/host/types";
import { until } from "../../../rehearsal/host/until";
import { ALL, applyOf, type CutHost, cutAt, FAULTS, stepsOf } from "./support/cut";
import { steps } from "./support/steps";
import { type HostWorld, startHostWorld } from "./support/world";

jest.setTimeout(3_600_000);

const SWITCHES = ["^mv .*/point/current ", "^mv .*/point/good "];

let world: HostWorld;
let host: CutHost;
beforeAll(async () => {
  const root = mkdtempSync(join(tmpdir(), "zot-access-cuts-"));
  const step = steps(join(root, "steps"));
  world = await startHostWorld({ root, path: step.path });
  host = { ssh: world.host.ssh, layout: world.host.layout, home: join(root, "home"), step };
});
afterAll(() => world.stop());

/** The host holds one of the two sets whole, and serves one of them. */
async function expectWhole(one: DesiredHost, other: DesiredHost): Promise<void> {
  const sets = [one, other].map((desired) => renderFiles(world.host.layout, desired));
  const held = sets.find(({ config }) => config === world.held("config.json"));
  expect(held?.credentials).toBe(world.held("oidc-credentials.json"));
  await until("the registry serves", async () => (await world.status("/v2/")) === 200);
  expect(await world.status("/v2/a/b/blobs/uploads/", { method: "POST" })).toBe(401);
  const live = await Promise.all(sets.map(({ revision }) => world.status(`/v2/${revision}/tags/list`)));
  expect(live).toContain(401);
}

/** Two states of the host to go back and forth between. */
const KINDS: Record<string, () => [DesiredHost, DesiredHost]> = {
  restart: () => [world.desired({ secret: "one" }), world.desired({ secret: "other" })],
  reload: () => [world.desired({ writers: ["one"] }), world.desired({ writers: ["other"] })],
};

describe.each(Object.keys(KINDS))("in a %s", (kind) => {
  test.each(FAULTS)("%s at each step", async (fault) => {
    let [from, to] = (KINDS[kind] as () => [DesiredHost, DesiredHost])();
    const run = async () => applyOf(host, to, (await world.compare(to)).generation);
    await world.deploy(from);
    let places: (number | string)[] = SWITCHES;
    if (ALL) {
      places = (await stepsOf(host, await run())).map((_, index) => index + 1);
      [from, to] = [to, from];
    }
    for (const place of places) {
      const there = await cutAt(host, fault, place, await run());
      expect(there || ALL).toBe(true); // it may take less steps than the first time
      try {
        await expectWhole(from, to);
        await world.deploy(to);
        expect((await world.compare(to)).report).toEqual([]);
      } catch (error) {
        throw new Error(`after step ${place} (${host.step.taken().at(-1) ?? ""}): ${String(error)}`);
      }
      [from, to] = [to, from];
    }
  });
});
