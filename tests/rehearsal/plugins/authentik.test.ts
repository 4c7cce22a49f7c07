import { secret, UNKNOWN } from "../../../systems/pulumi/values";
import { startAuthentik, type Authentik } from "../../../rehearsal/authentik";
import schema from "../../../rehearsal/plugins/schemas/authentik.json";
import { TerraformProviderPlugin } from "../../../rehearsal/plugins/terraform-provider/plugin";
import { Engine, type Wire } from "./engine";

const PARAMETER = schema.parameterization.parameter;
const APPLICATION = "authentik:index/application:Application";
const BINDING = "authentik:index/policyBinding:PolicyBinding";
const GROUP = "authentik:index/group:Group";
const PROVIDER = "authentik:index/providerOauth2:ProviderOauth2";
const TOKEN = "authentik:index/token:Token";
const USER = "authentik:index/user:User";

let server: Authentik;
let engine: Engine;
/** Makes every group and user of the tests another one. */
let turn = 0;

beforeAll(async () => {
  server = await startAuthentik({ bootstrapToken: "api-token" });
});
afterAll(() => server.stop());
beforeEach(async () => {
  turn += 1;
  engine = await Engine.with(new TerraformProviderPlugin());
  await engine.parameterize("authentik", "2026.5.0", PARAMETER);
  await engine.configure({ url: server.url, token: secret("api-token") });
});
afterEach(() => engine.stop());

async function flow(slug: string): Promise<unknown> {
  return (await engine.invoke("authentik:index/getFlow:getFlow", { slug })).result.id;
}

async function oauth2(): Promise<Wire> {
  return {
    name: `zot ${turn}`,
    clientId: `zot-${turn}`,
    authorizationFlow: await flow("default-provider-authorization-implicit-consent"),
    invalidationFlow: await flow("default-provider-invalidation-flow"),
    grantTypes: ["authorization_code"],
    allowedRedirectUris: [
      { matching_mode: "strict", url: "http://localhost/callback", redirect_uri_type: "authorization" },
    ],
  };
}

test("an object is made, read, changed and deleted, and a second plan is empty", async () => {
  const inputs = { name: `zot ${turn}`, slug: `zot-${turn}`, metaLaunchUrl: "http://localhost" };
  const { id, outputs } = await engine.create(APPLICATION, inputs);
  expect(id).toBe(`zot-${turn}`);
  expect(outputs).toMatchObject({ ...inputs, applicationId: id, policyEngineMode: "any", metaHide: false });
  expect(outputs.uuid).toMatch(/^[0-9a-f-]{36}$/);
  expect(await engine.diff(APPLICATION, outputs, inputs)).toEqual({ changed: [], replaces: [] });
  expect((await engine.read(APPLICATION, id, outputs, inputs)).inputs).toEqual(inputs);

  const renamed = { ...inputs, name: "another name" };
  expect(await engine.diff(APPLICATION, outputs, renamed)).toEqual({ changed: ["name"], replaces: [] });
  const updated = await engine.update(APPLICATION, id, outputs, renamed);
  expect(updated).toMatchObject({ name: "another name", uuid: outputs.uuid });
  await engine.delete(APPLICATION, id, updated);
  expect((await engine.read(APPLICATION, id, updated, renamed)).id).toBe("");
  await engine.delete(APPLICATION, id, updated);
});

test("a client secret that Authentik made up comes back as a secret, whatever its age", async () => {
  const inputs = await oauth2();
  const { id, outputs } = await engine.create(PROVIDER, inputs);
  expect(outputs.clientSecret).toEqual(secret(expect.stringMatching(/^.{40,}$/)));
  expect(await engine.diff(PROVIDER, outputs, inputs)).toEqual({ changed: [], replaces: [] });
  expect((await engine.read(PROVIDER, id, outputs, inputs)).outputs.clientSecret).toEqual(
    outputs.clientSecret,
  );
  const updated = await engine.update(PROVIDER, id, outputs, { ...inputs, subMode: "user_uuid" });
  expect(updated.clientSecret).toEqual(outputs.clientSecret);
});

test("what was changed by hand is a difference after a refresh, and undone by an update", async () => {
  const inputs = await oauth2();
  const { id, outputs } = await engine.create(PROVIDER, inputs);
  const handMade = server.state.providers.get(Number(id));
  if (!handMade) throw new Error("the provider is not in the store");
  handMade.redirect_uris = [
    ...handMade.redirect_uris,
    { ...handMade.redirect_uris[0], url: "http://evil" } as never,
  ];

  const refreshed = await engine.read(PROVIDER, id, outputs, inputs);
  expect(await engine.diff(PROVIDER, refreshed.outputs, inputs)).toEqual({
    changed: ["allowedRedirectUris"],
    replaces: [],
  });
  const repaired = await engine.update(PROVIDER, id, refreshed.outputs, inputs);
  expect(repaired.allowedRedirectUris).toEqual(inputs.allowedRedirectUris);
});

test("an import takes everything from the object", async () => {
  const { id } = await engine.create(GROUP, { name: `imported ${turn}`, attributes: '{"a": 1}' });
  const imported = await engine.read(GROUP, id);
  expect(imported.inputs).toMatchObject({ name: `imported ${turn}`, attributes: '{"a":1}' });
  expect(
    await engine.diff(GROUP, imported.outputs, { name: `imported ${turn}`, attributes: '{ "a": 1 }' }),
  ).toEqual({
    changed: [],
    replaces: [],
  });
});

test("a member's groups are declared on the user; the group's own list is left alone", async () => {
  const group = await engine.create(GROUP, { name: `writers ${turn}` });
  const user = await engine.create(USER, { username: `ci-${turn}`, name: "CI", groups: [group.id] });
  expect(user.outputs.groups).toEqual([group.id]);
  const refreshed = await engine.read(GROUP, group.id, group.outputs, { name: `writers ${turn}` });
  expect(refreshed.outputs.users).toEqual([Number(user.id)]);
  expect((await engine.diff(GROUP, refreshed.outputs, { name: `writers ${turn}` })).changed).toEqual([]);
});

test("a stale list of members on the group evicts those who joined since, as with the real provider", async () => {
  const inputs = { name: `stale ${turn}` };
  const group = await engine.create(GROUP, inputs);
  const user = await engine.create(USER, { username: `member-${turn}`, name: "", groups: [group.id] });
  await engine.update(GROUP, group.id, group.outputs, { ...inputs, isSuperuser: true });
  expect((await engine.read(USER, user.id, {}, {})).outputs.groups).toEqual([]);
});

test("a token's key is fetched only when asked for, and is a secret", async () => {
  const user = await engine.create(USER, { username: `bot-${turn}`, name: "", type: "service_account" });
  const inputs = {
    identifier: `token-${turn}`,
    user: Number(user.id),
    intent: "app_password",
    expiring: false,
  };
  const without = await engine.create(TOKEN, inputs);
  expect(without.outputs.key).toBeUndefined();
  await engine.delete(TOKEN, without.id, without.outputs);
  const { outputs } = await engine.create(TOKEN, { ...inputs, retrieveKey: true });
  expect(outputs.key).toEqual(secret(expect.stringMatching(/^\w{40,}$/)));
  expect((await engine.diff(TOKEN, outputs, { ...inputs, retrieveKey: true })).changed).toEqual([]);
});

test("a preview asks nothing of the server and leaves open what only the server knows", async () => {
  const asked = server.requests.length;
  const binding = await engine.create(BINDING, { target: UNKNOWN, user: UNKNOWN, order: 0 }, true);
  expect(binding.outputs).toMatchObject({
    target: UNKNOWN,
    user: UNKNOWN,
    order: 0,
    enabled: true,
    timeout: 30,
  });
  const provider = await engine.create(PROVIDER, { name: "x", clientId: "x" }, true);
  expect(provider.outputs).toMatchObject({ clientType: "confidential", grantTypes: UNKNOWN });
  expect(provider.outputs.clientSecret).toEqual(secret(UNKNOWN));
  expect(server.requests).toHaveLength(asked);
});

test("the server's refusals arrive with status, place and reason", async () => {
  await expect(engine.create(BINDING, { target: "no-uuid", group: "none", order: 0 })).rejects.toThrow(
    /^HTTP Error '400 Bad Request' during request 'POST \/api\/v3\/policies\/bindings\/': "\{/,
  );
  await engine.configure({ url: server.url, token: "another" });
  await expect(engine.create(GROUP, { name: "x" })).rejects.toThrow(/HTTP Error '403 Forbidden'/);
});

test("look-ups answer in clear, and say when there is nothing or too much", async () => {
  const found = await engine.invoke("authentik:index/getGroup:getGroup", {
    name: "admins",
    includeUsers: false,
  });
  expect(found.result).toMatchObject({
    id: found.result.pk,
    name: "admins",
    isSuperuser: false,
    usersObjs: [],
  });
  const scopes = await engine.invoke(
    "authentik:index/getPropertyMappingProviderScope:getPropertyMappingProviderScope",
    {
      managedLists: [
        "goauthentik.io/providers/oauth2/scope-openid",
        "goauthentik.io/providers/oauth2/scope-email",
      ],
    },
  );
  expect(scopes.result.ids).toHaveLength(2);
  await expect(flow("no-such-flow")).rejects.toThrow("No matching flows found");
  const both = await engine.invoke("authentik:index/getGroup:getGroup", { name: "a", pk: "b" });
  expect(both.failures).toEqual(["only one of pk, name must be specified"]);
});

test("a key pair's private key is left out when that is asked for", async () => {
  const { result } = await engine.invoke("authentik:index/getCertificateKeyPair:getCertificateKeyPair", {
    name: "authentik Self-signed Certificate",
    fetchKey: false,
    fetchCertificate: false,
  });
  expect(result.id).toMatch(/^[0-9a-f-]{36}$/);
  expect(result).not.toHaveProperty("keyData");
});
