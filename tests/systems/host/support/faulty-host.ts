import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderFiles } from "../../../../systems/host/files";
import type { DesiredHost } from "../../../../systems/host/types";
import { sessionsOf } from "../../../../rehearsal/host/processes";
import { until } from "../../../../rehearsal/host/until";
import { type Steps, steps } from "./steps";
import { type HostWorld, LIMITS, startHostWorld } from "./world";

export const QUICK = { limits: { ...LIMITS, issuerSeconds: 1, bootSeconds: 1, drainSeconds: 5 } };

/** The one step that makes the new set the current one. */
export const SWITCH = "^mv .*/point/current ";

/**
 * A host for the tests of one file, each of which begins with the good set on it and mostly ends with the better one, which is the good
 * one of the next.
 */
export interface FaultyHost {
  readonly world: HostWorld;
  readonly step: Steps;
  good(): DesiredHost;
  otherRules(): DesiredHost;
  better(): DesiredHost;
  serves(desired: DesiredHost): Promise<void>;
  /** What a test that failed has left is no matter of the next one. */
  begin(): Promise<void>;
  /** The fault is gone: a plain apply repairs whatever it left, and the one after it has nothing to do. */
  repaired(desired: DesiredHost): Promise<void>;
  /** Nothing of any session runs any more. */
  idle(): Promise<void>;
}

export function faultyHost(): FaultyHost {
  let world: HostWorld;
  let step: Steps;
  let turn = 0;
  beforeAll(async () => {
    const root = mkdtempSync(join(tmpdir(), "zot-access-faults-"));
    step = steps(join(root, "steps"));
    world = await startHostWorld({ root, path: step.path, ...QUICK });
    await world.deploy(host.good());
  });
  afterAll(() => world.stop());

  const host: FaultyHost = {
    get world() {
      return world;
    },
    get step() {
      return step;
    },
    good: () => world.desired({ secret: `secret-${turn}` }),
    otherRules: () => world.desired({ secret: `secret-${turn}`, writers: ["others"] }),
    better: () => world.desired({ secret: `secret-${turn + 1}` }),
    async serves(desired) {
      const { config, credentials, revision } = renderFiles(world.host.layout, desired);
      expect(world.held("config.json")).toBe(config);
      expect(world.held("oidc-credentials.json")).toBe(credentials);
      expect(await world.status("/v2/")).toBe(200);
      expect(await world.status(`/v2/${revision}/tags/list`)).toBe(401);
    },
    async begin() {
      if (!(await world.compare(host.good())).inSync) await world.deploy(host.good());
      await host.serves(host.good());
    },
    async repaired(desired) {
      await world.deploy(desired);
      await host.serves(desired);
      expect(await world.compare(desired)).toMatchObject({ inSync: true, report: [] });
      if (desired.credentials === host.better().credentials) turn++;
    },
    idle: () => until("the sessions are gone", () => sessionsOf(join(world.root, "home")).length === 0),
  };
  return host;
}
