import { ask, FROM_UI, logIn, mint, type Identity } from "./client";
import { standInTest, startZot, until } from "./run-zot";
import { identity, world } from "./world";

const it = world();

const list = async (as: Identity) =>
  (await ask(`${it.url}/zot/auth/apikey`, { as })).json.apiKeys as Record<string, unknown>[];
const revoke = (as: Identity, id: string) =>
  ask(`${it.url}/zot/auth/apikey?id=${id}`, { method: "DELETE", as });
const ping = async (as: Identity) => (await ask(`${it.url}/v2/`, { as })).status;
const inSeconds = (seconds: number) =>
  new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+Z/, "Z");

test("a key is shown once, by its session, and then listed without itself", async () => {
  it.issuer.user = { sub: "a", preferred_username: "ann", groups: [] };
  const { cookie } = await logIn(it.url);
  const expirationDate = inSeconds(3600);
  const { status, json } = await mint(it.url, { cookie }, { label: "ci", scopes: ["a"], expirationDate });
  expect(status).toBe(201);
  const { apiKey, ...details } = json;
  expect(apiKey).toMatch(/^zak_[0-9a-f]{32}$/);
  expect(details).toEqual({
    createdAt: expect.stringMatching(/^20\d\d-/) as string,
    expirationDate,
    isExpired: false,
    creatorUa: "test",
    generatedBy: "manual",
    lastUsed: "0001-01-01T00:00:00Z",
    label: "ci",
    scopes: ["a"],
    uuid: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
  });
  const listed = await ask(`${it.url}/zot/auth/apikey`, { cookie, headers: FROM_UI });
  expect(listed.json).toEqual({ apiKeys: [details] });
});

test("a live key mints its successor and revokes itself", async () => {
  const first = await identity(it, "bea", []);
  const { json } = await mint(it.url, { as: first }, { label: "second" });
  const second = { username: "bea", key: json.apiKey as string };
  expect((await list(second)).map(({ label }) => label).sort()).toEqual(["second", "test"]);
  const old = (await list(second)).find(({ label }) => label === "test");
  expect(old?.lastUsed).toMatch(/^20\d\d-/);
  expect((await revoke(second, old?.uuid as string)).status).toBe(200);
  expect([await ping(first), await ping(second)]).toEqual([401, 200]);
});

describe("the expiry", () => {
  let cat: Identity;
  beforeAll(async () => {
    cat = await identity(it, "cat", []);
  });

  test.each([
    ["a bare date", "2099-01-01"],
    ["a time without zone", "2099-01-01T00:00:00"],
    ["a day that is not in the calendar", "2099-02-30T00:00:00Z"],
    ["the past", "2020-01-01T00:00:00Z"],
  ])("%s is 400", async (_, expirationDate) => {
    expect((await mint(it.url, { as: cat }, { expirationDate })).status).toBe(400);
  });

  test.each([
    ["2099-01-01T00:00:00+02:00", "2099-01-01T00:00:00+02:00"],
    ["2099-01-01T00:00:00.500Z", "2099-01-01T00:00:00.5Z"],
    ["", "0001-01-01T00:00:00Z"],
  ])("%j is shown as %s", async (expirationDate, shown) => {
    expect((await mint(it.url, { as: cat }, { expirationDate })).json.expirationDate).toBe(shown);
  });

  test("once over, the key is dead even for what anonymous may do, and listed as expired", async () => {
    const expirationDate = inSeconds(3);
    const { json } = await mint(it.url, { as: cat }, { label: "short", expirationDate });
    const short = { username: "cat", key: json.apiKey as string };
    const first = await ping(short);
    // A machine that took longer than that for the two requests has asked too late to tell.
    expect(Date.now() < Date.parse(expirationDate) ? first : 200).toBe(200);
    await until(async () => (await ping(short)) === 401);
    expect((await ask(`${it.url}/v2/_catalog`, { as: short })).status).toBe(401);
    expect((await list(cat)).find(({ label }) => label === "short")).toMatchObject({ isExpired: true });
  });

  standInTest("is judged by the clock of the host, which the Date header shows", async () => {
    const hour = 3_600_000;
    await it.zot.stop();
    it.zot = await startZot(it.folder, it.config, { ZOT_STANDIN_CLOCK_OFFSET_MS: String(hour) });
    const before = Date.now();
    const { headers } = await ask(`${it.url}/v2/`);
    const shown = new Date(headers.get("date") ?? "").getTime() - hour;
    // The header has no fractions of a second.
    expect(shown).toBeGreaterThan(before - 1000);
    expect(shown).toBeLessThanOrEqual(Date.now());
    expect((await mint(it.url, { as: cat }, { expirationDate: inSeconds(1800) })).status).toBe(400);
    expect((await mint(it.url, { as: cat }, { expirationDate: inSeconds(5400) })).status).toBe(201);
    await it.zot.stop();
    it.zot = await startZot(it.folder, it.config);
  });
});

describe("who does not own a key", () => {
  test("cannot revoke it, but is told 200", async () => {
    const owner = await identity(it, "dan", []);
    const other = await identity(it, "eli", []);
    const [key] = await list(owner);
    expect((await revoke(other, key?.uuid as string)).status).toBe(200);
    expect((await revoke(other, "no-such-id")).status).toBe(200);
    expect(await ping(owner)).toBe(200);
  });

  test("cannot use it under another name, nor what looks like it", async () => {
    const { key } = await identity(it, "fay", []);
    await identity(it, "gus", []);
    expect(await ping({ username: "gus", key })).toBe(401);
    expect(await ping({ username: "fay", key: `${key}0` })).toBe(401);
    expect(await ping({ username: "fay", key: key.replace("zak_", "") })).toBe(401);
    expect(await ping({ username: "fay", key: "" })).toBe(401);
  });

  test.each(["GET", "POST", "DELETE"])("and is anonymous gets 500 for %s", async (method) => {
    const body = method === "POST" ? { body: "{}" } : {};
    expect((await ask(`${it.url}/zot/auth/apikey?id=1`, { method, ...body })).status).toBe(500);
  });
});

test.each([
  ["no JSON", "{", 400],
  ["a number as label", '{"label":1}', 400],
  ["more than 8 KiB", `{"label":"${"x".repeat(9000)}"}`, 413],
  ["no label", "{}", 201],
  ["an empty label", '{"label":""}', 201],
])("a request with %s", async (_, body, status) => {
  const as = await identity(it, "hal", []);
  expect((await ask(`${it.url}/zot/auth/apikey`, { method: "POST", as, body })).status).toBe(status);
});

test("revoking wants one id", async () => {
  const as = await identity(it, "ida", []);
  expect((await ask(`${it.url}/zot/auth/apikey`, { method: "DELETE", as })).status).toBe(400);
});

test("keys and groups survive a restart", async () => {
  const as = await identity(it, "joe", ["admins"]);
  await it.zot.stop();
  it.zot = await startZot(it.folder, it.config);
  expect(await ping(as)).toBe(200);
  const refused = await ask(`${it.url}/v2/any/manifests/none`, { method: "DELETE", as });
  expect(refused.status).not.toBe(403);
});
