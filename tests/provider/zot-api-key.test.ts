import { KeyHistoryHandler } from "../../provider/key-history";
import { KeySuccession } from "../../keys/key-succession";
import { RetiredKeysHandler } from "../../provider/retired-keys";
import { ZotApiKeyHandler, type ZotApiKeyInputs, type ZotApiKeyState } from "../../provider/zot-api-key";
import { type Authentik, startAuthentik } from "../../rehearsal/authentik";
import { freePort } from "../../rehearsal/host/free-port";
import { ZotClient } from "../../systems/zot/client";
import { Api, type Declared, declareRegistry, TOKEN } from "../rehearsal/authentik/client";
import {
  type Config,
  configIn,
  type Running,
  standInTest,
  startZot,
  temporaryFolder,
} from "../rehearsal/zot/run-zot";
import { RecordedMessages } from "./recorded-messages";

/*
 * One key's life, with the stand-ins of Authentik and zot (or the zot of ZOT_BINARY). A clock that is moved makes the
 * login's tokens invalid, so the tests that move zot's do not log in; tests/provider/life does both.
 */
const DAY_MS = 86_400_000;
const folder = temporaryFolder();
const told = new RecordedMessages();
const { say } = told;
const limits = { retryDelaysMs: [10, 10], timeoutMs: 60_000, loginTimeoutMs: 60_000 };
const handler = new ZotApiKeyHandler(limits);
/** As a destroy does it: in a process of its own, which no program has told of another key. */
const destroy = (id: string, state: ZotApiKeyState) => new ZotApiKeyHandler(limits).delete(id, state, say);

let authentik: Authentik;
let config: Config;
let zot: Running;
let declared: Declared;

beforeAll(async () => {
  authentik = await startAuthentik({ bootstrapToken: TOKEN });
  const port = await freePort();
  declared = await declareRegistry(authentik, `http://127.0.0.1:${port}`);
  const issuer = `${authentik.url}/application/o/zot/`;
  config = configIn(folder, port, { issuer, clientSecret: declared.clientSecret });
  zot = await startZot(folder, config);
});
afterAll(async () => {
  await zot.stop();
  await authentik.stop();
});
beforeEach(() => told.heard());

const inputs = (change: Partial<ZotApiKeyInputs> = {}): ZotApiKeyInputs => ({
  registryUrl: zot.url,
  username: "zot-ci",
  label: "zot-access/test/zot-ci",
  groups: ["artifact-workloads"],
  lifetimeDays: 90,
  renewAfterDays: 60,
  authentikUrl: authentik.url,
  loginFlow: declared.flowSlug,
  appPassword: declared.appPassword,
  ...change,
});

const basic = ({ key }: ZotApiKeyState) => ({ kind: "basic", username: "zot-ci", password: key }) as const;
const statusOf = async (state: ZotApiKeyState) => (await new ZotClient(zot.url).ping(basic(state))).status;
const keysOf = (state: ZotApiKeyState) => new ZotClient(zot.url).listApiKeys(basic(state));

/** An upload that could not succeed, so that only permission is asked: 403 is "may not". */
async function tryToPush(state: ZotApiKeyState, repository: string): Promise<number> {
  const { status } = await fetch(
    `${zot.url}/v2/${repository}/manifests/${state.createdAt.replace(/\W/g, "")}`,
    {
      method: "PUT",
      body: "{}",
      headers: {
        authorization: `Basic ${Buffer.from(`zot-ci:${state.key}`).toString("base64")}`,
        "content-type": "application/vnd.oci.image.manifest.v1+json",
      },
    },
  );
  return status;
}

/** zot is stopped meanwhile, or runs with a clock that is wrong by some milliseconds. */
async function meanwhile(clockOffsetMs: number | "down", ask: () => Promise<void>): Promise<void> {
  await zot.stop();
  if (clockOffsetMs !== "down") {
    zot = await startZot(folder, config, { ZOT_STANDIN_CLOCK_OFFSET_MS: String(clockOffsetMs) });
  }
  try {
    await ask();
  } finally {
    if (clockOffsetMs !== "down") await zot.stop();
    zot = await startZot(folder, config);
  }
}

test("a key is minted without a browser, works, and stays in the next run", async () => {
  const { id, outputs } = await handler.create(inputs(), say);
  expect(await statusOf(outputs)).toBe(200);
  const [listed] = (await keysOf(outputs)).filter(({ uuid }) => uuid === id);
  expect(listed).toMatchObject({ label: "zot-access/test/zot-ci", expiresAt: outputs.expiresAt });
  const life = Date.parse(outputs.expiresAt) - Date.parse(outputs.createdAt);
  expect(Math.abs(life - 90 * DAY_MS)).toBeLessThan(60_000);
  expect(await handler.diff(id, outputs, inputs(), say)).toEqual({ changes: false, replaces: [] });
  expect(await handler.read(id, outputs)).toEqual(outputs);
  expect(told.heard().filter((text) => !text.includes("leaves alone"))).toEqual([]);
});

test("keys under other labels are reported and left alone", async () => {
  const theirs = await handler.create(inputs({ label: "somebody's laptop" }), say);
  told.heard();
  const ours = await new ZotApiKeyHandler(limits).create(inputs(), say);
  expect(told.heard().join()).toContain(
    'zot-ci has keys that this stack did not make and leaves alone: "somebody\'s laptop"',
  );
  await destroy(ours.id, ours.outputs);
  expect(await statusOf(theirs.outputs)).toBe(200);
  await destroy(theirs.id, theirs.outputs);
});

test("a key's user, label and lifetime make another key, a renewal day does not", async () => {
  const { id, outputs } = await handler.create(inputs(), say);
  const differing = async (change: Partial<ZotApiKeyInputs>) =>
    handler.diff(id, outputs, inputs(change), say);
  expect(await differing({ username: "other" })).toEqual({ changes: true, replaces: ["username"] });
  expect(await differing({ label: "other" })).toEqual({ changes: true, replaces: ["label"] });
  expect(await differing({ lifetimeDays: 80 })).toEqual({ changes: true, replaces: ["lifetimeDays"] });
  expect(await differing({ renewAfterDays: 50 })).toEqual({ changes: true, replaces: [] });
  expect(await differing({ appPassword: "other" })).toEqual({ changes: true, replaces: [] });
});

test("deleting revokes the key, and an already revoked key is no error", async () => {
  const { id, outputs } = await handler.create(inputs(), say);
  await destroy(id, outputs);
  expect(await statusOf(outputs)).toBe(401);
  await destroy(id, outputs);
  expect(await handler.read(id, outputs)).toBeUndefined();
});

/** One run of the program in a process of its own: what it has of the key, and of those before it. */
function run() {
  const succession = new KeySuccession();
  succession.begin("zot-access/test/zot-ci");
  const keys = new ZotApiKeyHandler(limits, succession);
  const history = new KeyHistoryHandler(succession);
  const written = ({ id, outputs }: { id: string; outputs: ZotApiKeyState }) => {
    const { registryUrl, username, label, key, createdAt, expiresAt, adopted } = outputs;
    return { registryUrl, username, label, key, uuid: id, createdAt, expiresAt, adopted };
  };
  return { keys, history, written };
}

standInTest(
  "which key follows which is told by their ids: a clock set back between two of them changes nothing",
  async () => {
    const first = run();
    const [old, lost] = [await first.keys.create(inputs(), say), await first.keys.create(inputs(), say)];
    const { outputs: before } = await first.history.create(first.written(old));
    await meanwhile(-3_600_000, async () => {
      // Only a login needs the clocks to agree.
      const second = run();
      const { uuid, ...minted } = await new ZotClient(zot.url).mintApiKey(basic(old.outputs), {
        label: old.outputs.label,
        expiresAt: new Date(Date.now() + 80 * DAY_MS),
      });
      expect(Date.parse(minted.createdAt)).toBeLessThan(Date.parse(old.outputs.createdAt));
      const successor = {
        id: uuid,
        outputs: { ...old.outputs, ...minted, expiresAt: old.outputs.expiresAt },
      };
      await second.keys.diff(successor.id, successor.outputs, inputs(), say);
      // Without its history, as in a run of some targets: whoever is followed may still be in use.
      await second.keys.delete(old.id, old.outputs, say);
      expect(await statusOf(old.outputs)).toBe(200);
      await second.history.update("keys", before, second.written(successor));
      told.heard();
      await second.keys.delete(old.id, old.outputs, say);
      expect(told.heard().join()).toContain(`key ${old.id} was replaced`);
      expect(await statusOf(old.outputs)).toBe(200);
      // Nobody was ever given this one.
      await second.keys.delete(lost.id, lost.outputs, say);
      expect(await statusOf(lost.outputs)).toBe(401);
      await destroy(successor.id, successor.outputs);
      expect(await statusOf(successor.outputs)).toBe(401);
    });
    await destroy(old.id, old.outputs);
    expect(await statusOf(old.outputs)).toBe(401);
  },
);

test("a key that was revoked by hand is replaced, and the preview says why", async () => {
  const { id, outputs } = await handler.create(inputs(), say);
  await new ZotClient(zot.url).revokeApiKey(basic(outputs), id);
  told.heard();
  expect(await handler.diff(id, outputs, inputs(), say)).toEqual({ changes: true, replaces: ["key"] });
  expect(told.heard().join()).toContain(`no longer takes key ${id}`);
  expect(await handler.read(id, outputs)).toBeUndefined();
});

test("a registry that is down fails no preview, but fails a refresh", async () => {
  const { id, outputs } = await handler.create(inputs(), say);
  await meanwhile("down", async () => {
    told.heard();
    expect(await handler.diff(id, outputs, inputs(), say)).toEqual({ changes: false, replaces: [] });
    expect(told.heard().join()).toMatch(
      new RegExp(`whether key ${id} still works: .*no answer \\(ECONNREFUSED\\)`),
    );
    // The calendar goes on, by the clock here; what it asks for cannot be done.
    const later = new ZotApiKeyHandler({ ...limits, now: () => new Date(Date.now() + 61 * DAY_MS) });
    expect(await later.diff(id, outputs, inputs(), say)).toEqual({ changes: true, replaces: ["expiresAt"] });
    await expect(later.create(inputs(), say)).rejects.toThrow("ECONNREFUSED");
    await expect(handler.read(id, outputs)).rejects.toThrow("no answer (ECONNREFUSED)");
    await expect(destroy(id, outputs)).rejects.toThrow("no answer (ECONNREFUSED)");
  });
});

standInTest("renewal is due from day 60 on, by the registry's clock", async () => {
  const { id, outputs } = await handler.create(inputs(), say);
  const held = new ZotApiKeyHandler({ ...limits, calendarHeld: true });
  const diffAt = async (days: number, asked = handler) => {
    let found: unknown;
    await meanwhile(days * DAY_MS, async () => {
      told.heard();
      found = await asked.diff(id, outputs, inputs(), say);
    });
    return found;
  };
  expect(await diffAt(59.9)).toEqual({ changes: false, replaces: [] });
  expect(told.heard().join()).not.toContain("renewal");
  expect(await diffAt(60.1)).toEqual({ changes: true, replaces: ["expiresAt"] });
  expect(told.heard().join()).toContain(`info: renewal due: key ${id} expires in 29 days`);
  // With the calendar held no key is due; that one is dead is no matter of the calendar.
  expect(await diffAt(60.1, held)).toEqual({ changes: false, replaces: [] });
  expect(told.heard().join()).not.toContain("renewal");
  expect(await diffAt(90.1, held)).toEqual({ changes: true, replaces: ["key"] });
  expect(await diffAt(90.1)).toEqual({ changes: true, replaces: ["key"] });
});

test("with the calendar held no former key is revoked, and other differences still show", async () => {
  const [old, { id, outputs }] = [await handler.create(inputs(), say), await handler.create(inputs(), say)];
  const { key, label, registryUrl, username } = outputs;
  const { expiresAt, key: formerKey } = old.outputs;
  const former = { registryUrl, username, key: formerKey, uuid: old.id, expiresAt, adopted: false };
  const owner = { registryUrl, username, key, uuid: id, label };
  const news = { ...owner, former: [former], holders: [], oldKey: "revoke" as const, graceHours: 0 };
  const kept = [{ uuid: old.id, since: new Date(0).toISOString() }];
  const ask = (held: boolean, graceHours = 0) => {
    const keys = new RetiredKeysHandler({ ...limits, calendarHeld: held });
    return keys.diff(label, { ...news, kept }, keys.prepare({ ...news, graceHours }), say);
  };
  expect(await ask(false)).toEqual({ changes: true });
  expect(await ask(true)).toEqual({ changes: false });
  expect(await ask(true, 1)).toEqual({ changes: true });
});

standInTest("a clock that is two minutes off is reported at every preview", async () => {
  const { id, outputs } = await handler.create(inputs(), say);
  await meanwhile(120_000, async () => {
    told.heard();
    await handler.diff(id, outputs, inputs(), say);
    expect(told.heard().join()).toMatch(
      /warning: .*the registry's clock is (2 minutes|11\d seconds|12\d seconds) ahead of/,
    );
  });
});

test("a renewal logs in again, and so the key has the groups of that day", async () => {
  const api = new Api(authentik.url);
  const setGroups = (groups: unknown[]) => api.patch(`core/users/${declared.ciUser}/`, { groups });
  const admins = (await api.only("core/groups/?name=admins&include_users=false"))["pk"];
  const asWriter = await handler.create(inputs(), say);
  expect(await tryToPush(asWriter.outputs, "elsewhere/image")).toBe(403);
  try {
    await setGroups([admins]);
    expect(await tryToPush(asWriter.outputs, "elsewhere/image")).toBe(403);
    const asAdmin = await handler.create(inputs(), say);
    expect(await tryToPush(asAdmin.outputs, "elsewhere/image")).not.toBe(403);
    await setGroups([]);
    await expect(handler.create(inputs(), say)).rejects.toThrow("denied access to zot-ci");
  } finally {
    await setGroups([declared.writers]);
    await handler.create(inputs(), say);
  }
});

test("wrong credentials mint nothing, and no message holds the password", async () => {
  const attempt = handler.create(inputs({ appPassword: "wr0ng-passw0rd" }), say);
  await expect(attempt).rejects.toThrow("refused the user name or the password of zot-ci");
  await expect(attempt).rejects.not.toThrow("wr0ng-passw0rd");
});

test("an adopted key is used as it is, told from its user's other keys, and never revoked unasked", async () => {
  const byHand = await handler.create(inputs({ label: "made by hand" }), say);
  const others = [
    await handler.create(inputs({ label: "laptop" }), say),
    await handler.create(inputs(), say),
  ];
  const adopting = inputs({ adopt: byHand.outputs.key });
  const adopted = await handler.create(adopting, say);
  expect(adopted).toMatchObject({ id: byHand.id, outputs: { key: byHand.outputs.key, adopted: true } });
  const { createdAt, expiresAt } = adopted.outputs;
  expect({ createdAt, expiresAt }).toEqual({
    createdAt: byHand.outputs.createdAt,
    expiresAt: byHand.outputs.expiresAt,
  });
  expect(await handler.diff(adopted.id, adopted.outputs, adopting, say)).toEqual({
    changes: false,
    replaces: [],
  });
  // Its label and life are its own.
  const otherLife = inputs({ adopt: byHand.outputs.key, lifetimeDays: 80, groups: ["admins"] });
  expect(await handler.diff(adopted.id, adopted.outputs, otherLife, say)).toMatchObject({ replaces: [] });
  expect(await handler.read(adopted.id, adopted.outputs)).toEqual(adopted.outputs);
  await destroy(adopted.id, adopted.outputs);
  expect(await statusOf(adopted.outputs)).toBe(200);
  for (const { id, outputs } of others) await destroy(id, outputs);
  await destroy(adopted.id, { ...adopted.outputs, revokeAdopted: true });
  expect(await statusOf(adopted.outputs)).toBe(401);
});

test("an adopted key is replaced by one of our own once it is no longer given, and that one stays afterwards", async () => {
  const byHand = await handler.create(inputs({ label: "made by hand" }), say);
  const adopted = await handler.create(inputs({ adopt: byHand.outputs.key }), say);
  expect(await handler.diff(adopted.id, adopted.outputs, inputs(), say)).toEqual({
    changes: true,
    replaces: ["adopt"],
  });
  const own = await handler.create(inputs(), say);
  expect(own.id).not.toBe(byHand.id);
  const again = inputs({ adopt: byHand.outputs.key });
  expect(await handler.diff(own.id, own.outputs, again, say)).toEqual({ changes: false, replaces: [] });
  for (const { id, outputs } of [own, byHand]) await destroy(id, outputs);
});

test("a key that is about to expire or is refused is not adopted: a new one is minted at once", async () => {
  const short = await handler.create(
    inputs({ label: "made by hand", lifetimeDays: 20, renewAfterDays: 10 }),
    say,
  );
  for (const adopt of [short.outputs.key, "zak_nobody-ever-had-this-one"]) {
    const made = await handler.create(inputs({ adopt }), say);
    expect(made.outputs.adopted).toBe(false);
    expect(made.outputs.key).not.toBe(adopt);
    await destroy(made.id, made.outputs);
  }
  expect(told.heard().join()).toContain("does not accept the key that pushers.zot-ci.from names");
});
