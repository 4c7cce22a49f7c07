import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { renderFiles } from "../../../systems/host/files";
import { until } from "../../../rehearsal/host/until";
import { BEFORE, type Before, startBefore } from "./support/before";
import { ALL, applyOf, type CutHost, cutAt, type Fault, FAULTS, stepsOf } from "./support/cut";
import type { ManagedHost } from "./support/managed-host";

/*
 * A first deploy that is cut: on a host with a registry that another tool had set up, and on one that had nothing. After
 * each cut either what was there before serves, or the new set; and what was there before can be put back, whether the
 * next thing is a destroy or another deploy.
 */
jest.setTimeout(7_200_000);

/** By default where the outcomes differ: a killed session leaves most behind, and is cut off in each state of the host. */
const PLACES: Partial<Record<Fault, string[]>> = {
  "the connection is cut": ["^mv .*/point/original "],
  "the script is killed": ["^mv .*/point/good ", "^mv .*[.]new "],
  "everything of the session is killed": [
    "^mv .*/point/original ",
    "^mv .*/link .*/config.json$",
    "^mv .*[.]new ",
  ],
};

describe.each(Object.keys(BEFORE))("on a host that had %s", (name) => {
  const before = BEFORE[name] as Before;
  const { push } = before;
  let host: ManagedHost;
  let cuts: CutHost;
  let was: Record<string, string | undefined>;
  beforeAll(async () => {
    ({ host, cuts, was } = await startBefore(before));
  });
  afterAll(() => host.stop());

  const files = () => ({ definition: host.held(host.definition), config: host.held(host.config) });
  const serving = (answer: number) =>
    until("the registry serves", async () => (await host.push()) === answer);

  /** Byte for byte, as plain files, and nothing else but the log. */
  async function expectAsBefore(): Promise<void> {
    await serving(push);
    expect(files()).toEqual(was);
    const { configFolder } = host.layout;
    expect(readdirSync(configFolder).filter((each) => !["zot-access", "zot.log"].includes(each))).toEqual(
      was["config"] === undefined ? [] : ["config.json"],
    );
    if (was["config"] !== undefined) expect(lstatSync(host.config).isFile()).toBe(true);
  }

  /** Either as before, or the new set is in force; never something in between. */
  async function expectOneOrOther(): Promise<void> {
    const { config, credentials } = renderFiles(host.layout, host.desired());
    const held = host.held(host.config);
    expect([was["config"], config]).toContain(held);
    if (held === config) {
      expect(host.held(join(host.layout.configFolder, "oidc-credentials.json"))).toBe(credentials);
    }
    if (push !== 0) await host.serves();
    expect([push, 401]).toContain(await host.push());
  }

  test.each(FAULTS)("%s at each step", async (fault) => {
    const wanted = host.desired();
    const run = async () => applyOf(cuts, wanted, (await host.compare(wanted)).generation);
    let places: (number | string)[] = PLACES[fault] ?? [];
    if (ALL) {
      places = (await stepsOf(cuts, await run())).map((_, index) => index + 1);
      await host.restore();
    }
    for (const [index, place] of places.entries()) {
      const there = await cutAt(cuts, fault, place, await run());
      const at = `${place} (${cuts.step.taken().at(-1) ?? ""})`;
      try {
        if (!ALL && (name !== "nothing" || !/good/.test(String(place)))) expect(there).toBe(true);
        await expectOneOrOther();
        if (index % 2 === 0) {
          await host.deploy(wanted);
          expect((await host.compare(wanted)).report).toEqual([]);
          expect(await host.push()).toBe(401);
        }
        await host.restore();
        await expectAsBefore();
      } catch (error) {
        throw new Error(`after step ${at}: ${String(error)}`);
      }
    }
  });
});
