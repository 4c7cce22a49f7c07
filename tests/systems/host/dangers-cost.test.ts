import { refuseDangers } from "../../../systems/host/dangers";
import { parseConfig } from "../../../systems/zot/config/read";
import { extentOfRight } from "../../../systems/zot/config/registry";
import { desired } from "./support/example";

jest.mock("../../../systems/zot/config/registry", () => {
  const real = jest.requireActual<object & { extentOfRight: typeof extentOfRight }>(
    "../../../systems/zot/config/registry",
  );
  return { ...real, extentOfRight: jest.fn(real.extentOfRight) };
});

/** How often the model of rights was asked meanwhile. */
function asked(work: () => unknown): number {
  jest.mocked(extentOfRight).mockClear();
  work();
  return jest.mocked(extentOfRight).mock.calls.length;
}

interface Config {
  http: { accessControl: { repositories: Record<string, object> } };
}

/** With as many pushers, each with a place. */
function withPushers(count: number) {
  const config = JSON.parse(desired().config) as Config;
  for (let at = 0; at < count; at++) {
    const policies = [
      { groups: ["admins"], actions: ["read", "create", "update", "delete"] },
      { groups: [`team-${at}`], actions: ["read", "create"] },
    ];
    config.http.accessControl.repositories[`team-${at}/**`] = {
      anonymousPolicy: ["read"],
      defaultPolicy: ["read"],
      policies,
    };
  }
  const text = JSON.stringify(config);
  return { host: { ...desired(), config: text }, seen: parseConfig(text, "json") };
}

test("an unchanged config is not judged subject by subject: the work grows with the pushers", () => {
  const questions = (count: number) => {
    const { host, seen } = withPushers(count);
    return asked(() => refuseDangers(host, seen));
  };
  const [few, more, most] = [questions(10), questions(20), questions(30)];
  expect(more).toBeGreaterThan(0);
  expect(most - more).toBe(more - few);
});

test("the same is judged once in a run, another client does not matter, and a refusal stays one", () => {
  const { host, seen } = withPushers(3);
  refuseDangers(host, seen);
  expect(asked(() => refuseDangers({ ...host, credentials: "{}" }, seen))).toBe(0);
  const open = { ...host, config: host.config.replaceAll('"read"', '"create"') };
  for (let time = 0; time < 2; time++) expect(() => refuseDangers(open, seen)).toThrow("openPush");
  expect(asked(() => refuseDangers({ ...host, allow: ["openPush"] }, seen))).toBeGreaterThan(0);
});
