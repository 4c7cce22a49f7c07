import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { secret, UNKNOWN } from "../../../systems/pulumi/values";
import authentikSchema from "../../../rehearsal/plugins/schemas/authentik.json";
import onepasswordSchema from "../../../rehearsal/plugins/schemas/onepassword.json";
import { TerraformProviderPlugin } from "../../../rehearsal/plugins/terraform-provider/plugin";
import { Engine } from "./engine";

const GROUP = "authentik:index/group:Group";
const PROVIDER = "authentik:index/providerOauth2:ProviderOauth2";
const AUTHENTIK = authentikSchema.parameterization.parameter;

let engine: Engine;
beforeEach(async () => {
  engine = await Engine.with(new TerraformProviderPlugin());
});
afterEach(() => engine.stop());
const serveAuthentik = () => engine.parameterize("authentik", "2026.5.0", AUTHENTIK);

test("the SDK's parameter decides which package is served, once", async () => {
  const parameter = onepasswordSchema.parameterization.parameter;
  expect(await engine.parameterize("onepassword", "3.3.1", parameter)).toEqual({
    name: "onepassword",
    version: "3.3.1",
  });
  await expect(serveAuthentik()).rejects.toThrow("already parameterized to (onepassword, 3.3.1)");
});

test("another package, or the same with other resources, is refused", async () => {
  await expect(engine.parameterize("random", "3.0.0", "e30=")).rejects.toThrow(
    /serves authentik 2026\.5\.0 and onepassword 3\.3\.1 .*, not random 3\.0\.0/,
  );
  await expect(engine.check(GROUP, { name: "x" })).rejects.toThrow(/no package was asked for/);
});

test("what the schema does not allow is refused by its name there", async () => {
  await serveAuthentik();
  const { failures } = await engine.check("authentik:index/application:Application", {
    name: 5,
    protocolProvider: "7",
    backchannelProviders: ["7"],
    colour: "red",
  });
  expect(failures).toEqual([
    "slug: Missing required property 'slug'",
    "backchannelProviders[0]: expected a number, got a string",
    expect.stringMatching(/^colour: Invalid or unknown key 'colour'; there are .*slug/),
    "name: expected a string, got a number",
    "protocolProvider: expected a number, got a string",
  ]);
  await expect(engine.check("authentik:index/brand:Brand", {})).rejects.toThrow(
    /offers no authentik:index\/brand/,
  );
});

test("the provider's own rules hold: choices, durations, and what would crash it", async () => {
  await serveAuthentik();
  const { failures } = await engine.check(PROVIDER, {
    name: "x",
    clientId: "x",
    authorizationFlow: UNKNOWN,
    invalidationFlow: UNKNOWN,
    clientType: "secret",
    grantTypes: ["authorization_code", "magic"],
    accessCodeValidity: "1 minute",
    allowedRedirectUris: [{ url: "http://localhost" }],
  });
  expect(failures.map((failure) => failure.split(":")[0])).toEqual([
    "clientType",
    "grantTypes",
    "accessCodeValidity",
    "allowedRedirectUris[0]",
  ]);
});

test("what is not known yet passes, and secrets stay secrets", async () => {
  await serveAuthentik();
  const { inputs, failures } = await engine.check(PROVIDER, {
    name: "x",
    clientId: secret("id"),
    clientSecret: "plain",
    authorizationFlow: UNKNOWN,
    invalidationFlow: UNKNOWN,
    propertyMappings: UNKNOWN,
    subMode: UNKNOWN,
  });
  expect(failures).toEqual([]);
  expect(inputs).toMatchObject({
    clientId: secret("id"),
    clientSecret: secret("plain"),
    propertyMappings: UNKNOWN,
  });
});

test("a name that is left out gets a random end, and keeps it", async () => {
  await serveAuthentik();
  expect((await engine.check(GROUP, {})).inputs.name).toBe("name-abcdef0");
  expect((await engine.check(GROUP, {}, { name: "name-1234567" })).inputs.name).toBe("name-1234567");
});

test("the provider's settings are checked, those that are no text from JSON", async () => {
  await serveAuthentik();
  const good = { url: "https://a", token: "t", insecure: "true", headers: '{"x":"y"}', version: "1.1.3" };
  expect(await engine.checkConfig(good)).toEqual({
    inputs: { ...good, token: secret("t"), headers: secret('{"x":"y"}') },
    failures: [],
  });
  await expect(engine.configure({ ...good, insecure: true })).rejects.toThrow("checks each certificate");
  const { failures } = await engine.checkConfig({ url: "authentik.local", insecure: "maybe", tokn: "t" });
  expect(failures).toEqual([
    "insecure: expected a boolean, got a string",
    expect.stringMatching(/^tokn: Invalid or unknown key/),
    "token: Missing required property 'token'",
    "url: expected a URL with its scheme",
  ]);
});

test("1Password's ways in exclude each other", async () => {
  await engine.parameterize("onepassword", "3.3.1", onepasswordSchema.parameterization.parameter);
  const connect = { connectUrl: "http://127.0.0.1:1", connectToken: "t" };
  await expect(engine.configure({ ...connect, serviceAccountToken: "ops_x" })).rejects.toThrow(
    /^Config conflict/,
  );
  await expect(engine.configure({ account: "a", serviceAccountToken: "ops_x" })).rejects.toThrow(
    /^Config conflict/,
  );
  await expect(engine.configure({ connectUrl: "http://127.0.0.1:1" })).rejects.toThrow(
    /Invalid provider configuration/,
  );
  expect((await engine.checkConfig({ ...connect, url: "http://b" })).failures).toEqual([
    "url: conflicts with connectUrl",
  ]);
  await engine.configure(connect);
});

describe("against a server that leaves out a key", () => {
  let server: Server;
  let url: string;
  beforeAll(async () => {
    server = createServer((_request, response) => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ pk: "1", name: "x", num_pk: 1 }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  test("its answers are refused, as by the Go client", async () => {
    await serveAuthentik();
    await engine.configure({ url, token: "t" });
    await expect(engine.read(GROUP, "1")).rejects.toThrow(
      "HTTP Error 'no value given for required property parents_obj' during request 'GET /api/v3/core/groups/1/'",
    );
  });
});
