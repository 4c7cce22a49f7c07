import { secret, UNKNOWN } from "../../../systems/pulumi/values";
import { startOnePassword, type OnePassword } from "../../../rehearsal/onepassword";
import schema from "../../../rehearsal/plugins/schemas/onepassword.json";
import { TerraformProviderPlugin } from "../../../rehearsal/plugins/terraform-provider/plugin";
import { Engine } from "./engine";

const ITEM = "onepassword:index/item:Item";
const GET_ITEM = "onepassword:index/getItem:getItem";
const VAULT = "abcdefghijklmnopqrstuvwxyz";

let server: OnePassword;
let engine: Engine;

beforeEach(async () => {
  server = await startOnePassword({
    token: "connect-token",
    vaults: [
      {
        id: VAULT,
        name: "homelab",
        items: [
          {
            title: "authentik",
            fields: [
              { label: "username", value: "admin", purpose: "USERNAME" },
              { label: "api-token", value: "ak-token", section: "tokens" },
            ],
          },
          { title: "twice", fields: [] },
          { title: "twice", fields: [] },
        ],
      },
      { name: "elsewhere", inScope: false },
    ],
  });
  engine = await Engine.with(new TerraformProviderPlugin());
  await engine.parameterize("onepassword", "3.3.1", schema.parameterization.parameter);
  await engine.configure({ connectUrl: server.url, connectToken: secret("connect-token") });
});
afterEach(async () => {
  engine.stop();
  await server.stop();
});

const inputs = (password: string) => ({
  vault: VAULT,
  title: "zot-ci-apikey",
  category: "login",
  username: "zot-ci",
  password: secret(password),
  url: "https://registry",
  tags: ["zot-access", "dev"],
  sectionMap: { key: { fieldMap: { uuid: { value: "one" }, "expires at": { value: "2027" } } } },
});

test("an item is made, kept and deleted whole; a second plan is empty", async () => {
  const { id, outputs } = await engine.create(ITEM, inputs("first"));
  expect(id).toBe(`vaults/${VAULT}/items/${String(outputs.uuid)}`);
  expect(outputs).toMatchObject({
    password: secret("first"),
    category: "login",
    tags: ["zot-access", "dev"],
  });
  expect(await engine.diff(ITEM, outputs, inputs("first"))).toEqual({ changed: [], replaces: [] });

  const updated = await engine.update(ITEM, id, outputs, inputs("second"));
  expect(updated.password).toEqual(secret("second"));
  const stored = server.itemsOf("homelab").find(({ title }) => title === "zot-ci-apikey");
  expect(stored?.version).toBe(2);
  expect(Object.fromEntries(stored?.fields.map(({ label, value }) => [label, value]) ?? [])).toEqual({
    username: "zot-ci",
    password: "second",
    notesPlain: undefined,
    uuid: "one",
    "expires at": "2027",
  });
  await engine.delete(ITEM, id, updated);
  expect((await engine.read(ITEM, id, updated, {})).id).toBe("");
});

test("an item that somebody deleted can be neither updated nor deleted, and a refresh drops it", async () => {
  const { id, outputs } = await engine.create(ITEM, inputs("first"));
  server.forget("homelab", "zot-ci-apikey");
  await expect(engine.update(ITEM, id, outputs, inputs("second"))).rejects.toThrow("status 404");
  await expect(engine.delete(ITEM, id, outputs)).rejects.toThrow("status 404");
  expect((await engine.read(ITEM, id, outputs, inputs("first"))).id).toBe("");
});

test("section and field ids stay what they are over updates", async () => {
  const { id, outputs } = await engine.create(ITEM, inputs("first"));
  const updated = await engine.update(ITEM, id, outputs, inputs("second"));
  expect(updated.sectionMap).toEqual(outputs.sectionMap);
  expect((await engine.diff(ITEM, updated, inputs("second"))).changed).toEqual([]);
});

test("a field that somebody added is a difference, and gone after the next update", async () => {
  const { id, outputs } = await engine.create(ITEM, inputs("first"));
  const item = server.itemsOf("homelab").find(({ title }) => title === "zot-ci-apikey");
  await fetch(`${server.url}/v1/vaults/${VAULT}/items/${String(item?.id)}`, {
    method: "PUT",
    headers: { authorization: "Bearer connect-token", "content-type": "application/json" },
    body: JSON.stringify({
      ...item,
      fields: [...(item?.fields ?? []), { label: "mine", value: "x", section: item?.sections[0] }],
    }),
  });
  const refreshed = await engine.read(ITEM, id, outputs, inputs("first"));
  expect((await engine.diff(ITEM, refreshed.outputs, inputs("first"))).changed).toEqual(["sectionMap"]);
  const repaired = await engine.update(ITEM, id, refreshed.outputs, inputs("first"));
  expect(repaired.sectionMap).toEqual(outputs.sectionMap);
});

test("a vault that is named and not given by its id makes the item be replaced every time", async () => {
  const named = { ...inputs("first"), vault: "homelab" };
  const { outputs } = await engine.create(ITEM, named);
  expect(outputs.vault).toBe(VAULT);
  expect(await engine.diff(ITEM, outputs, named)).toEqual({ changed: ["vault"], replaces: ["vault"] });
});

test("a password that is not given is generated, and stays", async () => {
  const generated = { vault: VAULT, title: "made up", category: "password" };
  const { outputs } = await engine.create(ITEM, generated);
  expect(outputs.password).toEqual(secret(expect.stringMatching(/^.{32}$/)));
  expect((await engine.diff(ITEM, outputs, generated)).changed).toEqual([]);
});

test("writes at the same time meet conflicts and go through all the same", async () => {
  const items = await Promise.all(
    [1, 2, 3].map((number) => engine.create(ITEM, { ...inputs("x"), title: `item ${number}` })),
  );
  expect(new Set(items.map(({ id }) => id)).size).toBe(3);
  expect(server.requests.filter(({ status }) => status === 409).length).toBeGreaterThan(0);
});

test("an update waits until what it wrote can be read", async () => {
  const { id, outputs } = await engine.create(ITEM, inputs("first"));
  server.delaySync(300);
  await engine.update(ITEM, id, outputs, inputs("second"));
  const item = server.itemsOf("homelab").find(({ title }) => title === "zot-ci-apikey");
  expect(item?.version).toBe(2);
});

test("a deletion waits until the item is gone for everybody", async () => {
  const { id, outputs } = await engine.create(ITEM, inputs("first"));
  server.delaySync(300);
  await engine.delete(ITEM, id, outputs);
  expect(server.itemsOf("homelab").map(({ title }) => title)).not.toContain("zot-ci-apikey");
});

test("a preview asks nothing, and leaves open what 1Password gives", async () => {
  const asked = server.requests.length;
  const { outputs } = await engine.create(ITEM, { ...inputs("x"), password: UNKNOWN }, true);
  expect(outputs).toMatchObject({ uuid: UNKNOWN, password: secret(UNKNOWN), title: "zot-ci-apikey" });
  expect(server.requests).toHaveLength(asked);
});

test("an item is found by title or id, and its values come in clear", async () => {
  const byTitle = await engine.invoke(GET_ITEM, { vault: VAULT, title: "authentik" });
  expect(byTitle.result).toMatchObject({
    username: "admin",
    category: "login",
    sectionMap: {
      tokens: { fieldMap: { "api-token": { value: "ak-token", type: "CONCEALED" } }, fileMap: {} },
    },
  });
  const byId = await engine.invoke(GET_ITEM, { vault: "homelab", uuid: byTitle.result.uuid });
  expect(byId.result).toEqual(byTitle.result);
  expect((await engine.invoke(GET_ITEM, { vault: VAULT })).failures).toHaveLength(1);
});

test("no item, two items and a foreign vault are errors that say which", async () => {
  const get = (title: string) => engine.invoke(GET_ITEM, { vault: VAULT, title });
  await expect(get("none")).rejects.toThrow(/Found 0 item\(s\) in vault "\w+" with title "none"/);
  await expect(get("twice")).rejects.toThrow(/Found 2 item\(s\)/);
  await expect(engine.invoke("onepassword:index/getVault:getVault", { name: "elsewhere" })).rejects.toThrow(
    "No vault found with name 'elsewhere'",
  );
});

test("what the stand-in does not offer is refused, not ignored", async () => {
  const { failures } = await engine.check(ITEM, {
    ...inputs("x"),
    passwordWo: "y",
    category: "passport",
    sectionMap: { key: { fieldMap: { a: { type: "TEXT", value: "1" } } } },
  });
  expect(failures).toEqual([
    "passwordWo: is not offered by the stand-in",
    "category: expected one of login, password, database, secure_note",
    expect.stringMatching(/^sectionMap\.key\.fieldMap\.a\.type: expected one of STRING/),
  ]);
});

test("with a service account an item is made, changed, found and deleted, without Connect", async () => {
  const other = await Engine.with(new TerraformProviderPlugin());
  try {
    await other.parameterize("onepassword", "3.3.1", schema.parameterization.parameter);
    await other.configure({ serviceAccountToken: secret(server.serviceAccountToken) });
    const { id, outputs } = await other.create(ITEM, inputs("first"));
    await other.update(ITEM, id, outputs, inputs("second"));
    const { result } = await other.invoke(GET_ITEM, { vault: VAULT, title: "zot-ci-apikey" });
    expect(result).toMatchObject({ uuid: outputs.uuid, password: "second" });
    await expect(other.invoke(GET_ITEM, { vault: VAULT, title: "nothing" })).rejects.toThrow(
      /got error: found 0 item\(s\)/,
    );
    await other.delete(ITEM, id, outputs);
    expect(server.itemsOf("homelab").map(({ title }) => title)).not.toContain("zot-ci-apikey");
    const asked = server.requests.filter(({ path }) => path.startsWith("/v1/"));
    expect(asked).toEqual([]);
  } finally {
    other.stop();
  }
});
