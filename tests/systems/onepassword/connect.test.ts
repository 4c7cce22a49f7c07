import { parseOpReference } from "../../../systems/onepassword/op-reference";
import { openConnect, openOnePassword } from "../../../systems/onepassword";
import { type OnePassword, startOnePassword } from "../../../rehearsal/onepassword";

const VAULT = { id: "vg6xf6vvfmoh5hqjjhlhbeoaie", name: "homelab" };
let connect: OnePassword;

beforeAll(async () => {
  connect = await startOnePassword({
    token: "connect-token",
    vaults: [
      {
        ...VAULT,
        items: [
          {
            title: "authentik",
            fields: [
              { label: "username", value: "akadmin", purpose: "USERNAME" },
              { label: "password", value: "hunter2", purpose: "PASSWORD" },
              { label: "api-token", value: "ak-token", section: "tokens" },
              { label: "empty", value: "", section: "tokens" },
            ],
          },
          {
            title: "odd",
            fields: [
              { label: "token", value: "s3cret-1", section: "api" },
              { label: "token", value: "s3cret-2", section: "api" },
              { label: "loose", value: "s3cret-3" },
            ],
          },
          { title: "twin", fields: [] },
          { title: "twin", fields: [], tags: ["zot-access", "indri"] },
        ],
      },
      { name: "family", items: [{ title: "zot", fields: [{ label: "key", value: "zak_x", section: "s" }] }] },
      { name: "closed", inScope: false },
    ],
  });
});
afterAll(() => connect.stop());

function read(reference: string, token = "connect-token"): Promise<string> {
  const environment = { OP_CONNECT_HOST: `${connect.url}/`, OP_CONNECT_TOKEN: token };
  const reader = openOnePassword({ vaultId: VAULT.id, vaultName: VAULT.name }, environment);
  return reader.read(parseOpReference(reference));
}

test.each([
  ["op://homelab/authentik/username", "akadmin"],
  ["op://Homelab/authentik/Password", "hunter2"],
  ["op://homelab/authentik/api-token", "ak-token"],
  ["op://homelab/authentik/tokens/API-token", "ak-token"],
  [`op://${VAULT.id}/authentik/api-token`, "ak-token"],
  ["op://family/zot/key", "zak_x"],
])("%s is read as the provider would read it", async (reference, value) => {
  expect(await read(reference)).toBe(value);
});

test.each([
  ["op://homelab/authentik/nothing", "has no field nothing; it has api-token, empty, password, username"],
  ["op://homelab/authentik/empty", "has an empty field empty"],
  ["op://homelab/absent/x", "has no item absent"],
  ["op://homelab/twin/x", "has several of item twin"],
  ["op://closed/x/y", "has no vault closed"],
])("%s is an error that says what is there and holds no value", async (reference, words) => {
  const error = await read(reference).catch((reason: unknown) => String(reason));
  expect(error).toContain(words);
  expect(error).not.toMatch(/hunter2|ak-token|connect-token/);
});

test("a token that Connect refuses, and a Connect that is down, are told apart", async () => {
  const wrong = await read("op://homelab/authentik/username", "stale").catch(String);
  expect(wrong).toContain("answered 401");
  expect(wrong).not.toContain("stale");
  const nobody = openOnePassword(
    { vaultId: VAULT.id, connectUrl: "http://127.0.0.1:9", connectToken: { value: "t" } },
    {},
  );
  await expect(nobody.check()).rejects.toThrow("could not list the vaults");
});

test("credentials of the settings win over the environment's", async () => {
  const settings = { vaultId: VAULT.id, connectUrl: connect.url, connectToken: { value: "connect-token" } };
  const reader = openOnePassword(settings, {
    OP_CONNECT_HOST: "http://127.0.0.1:9",
    OP_CONNECT_TOKEN: "other",
  });
  await expect(reader.check()).resolves.toBeUndefined();
});

test("all items of a title are listed with their tags, by which a stack knows its own, and none is no error", async () => {
  const environment = { OP_CONNECT_HOST: connect.url, OP_CONNECT_TOKEN: "connect-token" };
  const lister = openConnect({ vaultId: VAULT.id }, environment);
  const ids = connect.itemsOf("homelab").filter(({ title }) => title === "twin");
  expect(await lister?.titled(VAULT.id, "twin")).toEqual([
    { id: ids[0]?.id, tags: [] },
    { id: ids[1]?.id, tags: ["zot-access", "indri"] },
  ]);
  expect(await lister?.titled(VAULT.id, "absent")).toEqual([]);
});

test.each([
  [
    "OP_CONNECT_HOST",
    { vaultId: VAULT.id },
    { OP_CONNECT_HOST: "http://connect.example.org:8080", OP_CONNECT_TOKEN: "t-o-k" },
  ],
  [
    "onepassword.connectUrl",
    { vaultId: VAULT.id, connectUrl: "http://192.168.1.7:8080", connectToken: { value: "t-o-k" } },
    {},
  ],
])("a token is not sent by plain http off loopback: %s", (name, access, environment) => {
  const opened = () => openOnePassword(access, environment);
  expect(opened).toThrow(`${name} is plain http`);
  expect(opened).toThrow("ssh -L");
  expect(opened).not.toThrow("t-o-k");
});

test("two fields of one label in a section are refused with their ids, by which each can be read", async () => {
  const error = await read("op://homelab/odd/api/token").catch(String);
  const item = connect.itemsOf("homelab").find(({ title }) => title === "odd");
  const [first, second] = (item?.fields ?? []).map(({ id }) => id);
  expect(error).toContain(`name the one that is meant by its id: api/${first} or api/${second}`);
  expect(await read(`op://homelab/odd/api/${first}`)).toBe("s3cret-1");
  expect(await read(`op://homelab/odd/${second}`)).toBe("s3cret-2");
  expect(error).not.toContain("s3cret");
});

test.each(["loose", "its id"])("a field outside of sections, by %s, says where to move it", async (name) => {
  const item = connect.itemsOf("homelab").find(({ title }) => title === "odd");
  const id = item?.fields.find(({ label }) => label === "loose")?.id ?? "";
  const error = await read(`op://homelab/odd/${name === "loose" ? name : id}`).catch(String);
  expect(error).toContain("outside of any section");
  expect(error).toContain("move any other into a section");
  expect(error).not.toContain("s3cret");
});

test("a section may be named by its id, and a built-in field by the id that 1Password gives it", async () => {
  const item = connect.itemsOf("homelab").find(({ title }) => title === "authentik");
  expect(await read(`op://homelab/authentik/${item?.sections[0]?.id}/api-token`)).toBe("ak-token");
  expect(await read("op://homelab/authentik/username")).toBe("akadmin");
});
