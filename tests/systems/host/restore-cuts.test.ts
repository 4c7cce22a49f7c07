import { readdirSync } from "node:fs";
import { join } from "node:path";
import { renderFiles } from "../../../systems/host/files";
import { until } from "../../../rehearsal/host/until";
import { BEFORE, type Before, startBefore } from "./support/before";
import { ALL, type CutHost, cutAt, type Fault, FAULTS, restoreOf, stepsOf } from "./support/cut";
import type { ManagedHost } from "./support/managed-host";

/*
 * A destroy that puts back what was there before the first deploy, and is cut. After each cut either our set serves whole,
 * or what was there before does, also after a reboot; and the next destroy finishes it.
 */
jest.setTimeout(7_200_000);

/** Places where the state of the host changes, and the last one: from there on nothing is taken back any more. */
const PLACES: Record<string, Partial<Record<Fault, string[]>>> = {
  "a registry of another tool": {
    "the connection is cut": ["^mv .*/point/current "],
    "the script is killed": ["^mv .*/link .*/config.json$", "^rm -f .*/good$"],
    "everything of the session is killed": ["^mv .*[.]new ", "^mv .*/link .*/config.json$"],
  },
  nothing: {
    "the connection is cut": ["^mv .*/point/current "],
    "the script is killed": ["^rm -f .*/moved$"],
    "everything of the session is killed": ["^rm -f .*/config.json$", "^rm -f .*/moved$"],
  },
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

  const files = () => ({
    definition: host.held(host.definition),
    config: host.held(host.config),
    credentials: host.held(join(host.layout.configFolder, "oidc-credentials.json")),
  });
  const ours = () => {
    const { service: definition, config, credentials } = renderFiles(host.layout, host.desired());
    return { definition, config, credentials };
  };

  /** All of the one or all of the other, and nothing else. */
  async function expectWhole(): Promise<void> {
    const held = files();
    expect([{ ...was, credentials: undefined }, ours()]).toContainEqual(held);
    const answer = held.config === ours().config ? 401 : push;
    await until(`a push is answered with ${answer}`, async () => (await host.push()) === answer);
  }

  /** Each file is of the one or of the other, and one of the two serves. */
  async function expectOneOrOther(): Promise<void> {
    for (const [each, text] of Object.entries(files())) {
      expect([was[each], ours()[each as keyof ReturnType<typeof ours>]]).toContain(text);
    }
    if (push !== 0) await host.serves();
    expect([push, 401]).toContain(await host.push());
  }

  async function expectAsBefore(): Promise<void> {
    await until("it serves as before", async () => (await host.push()) === push);
    expect(files()).toEqual({ ...was, credentials: undefined });
    const left = readdirSync(host.layout.configFolder).filter((each) => each !== "zot.log");
    expect(left).toEqual(was["config"] === undefined ? [] : ["config.json"]);
  }

  test.each(FAULTS)("a destroy that restores: %s at each step", async (fault) => {
    const wanted = host.desired();
    const restore = restoreOf(cuts, wanted);
    let places: (number | string)[] = PLACES[name]?.[fault] ?? [];
    if (ALL) {
      await host.deploy(wanted);
      places = (await stepsOf(cuts, restore)).map((_, index) => index + 1);
    }
    for (const [index, place] of places.entries()) {
      await host.deploy(wanted);
      const there = await cutAt(cuts, fault, place, restore);
      const at = `${place} (${cuts.step.taken().at(-1) ?? ""})`;
      try {
        expect(there || ALL).toBe(true);
        if (fault === "everything of the session is killed") {
          await expectOneOrOther();
          await host.reboot();
          await expectOneOrOther();
        } else await expectWhole();
        if (index % 2 === 1) {
          await host.deploy(wanted);
          expect((await host.compare(wanted)).report).toEqual([]);
        }
        await host.restore();
        await expectAsBefore();
      } catch (error) {
        throw new Error(`after step ${at}: ${String(error)}`);
      }
    }
  });
});
