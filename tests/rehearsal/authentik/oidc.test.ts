import { createHash } from "node:crypto";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { discover } from "../../systems/authentik/registry";
import { RelyingParty, CALLBACK } from "./relying-party";

const VERIFIER = "a-verifier-of-at-least-forty-three-characters-00";
const S256 = createHash("sha256").update(VERIFIER).digest("base64url");

let party: RelyingParty;

beforeEach(async () => {
  party = await RelyingParty.start();
});

afterEach(() => party.stop());

test("discovery names the issuer with its slash at the end", async () => {
  await expect(discover({ issuer: party.issuer })).resolves.toMatchObject({
    issuer: party.issuer,
    authorization_endpoint: `${party.authentik.url}/application/o/authorize/`,
    jwks_uri: `${party.issuer}jwks/`,
  });
  const absent = await fetch(`${party.authentik.url}/application/o/none/.well-known/openid-configuration`);
  expect(absent.status).toBe(404);
});

test("who is not logged in is sent to the login, with the way back", async () => {
  const page = await party.authorize();
  expect(page.status).toBe(302);
  expect(page.location?.pathname).toBe("/if/flow/default-authentication-flow/");
  expect(page.location?.searchParams.get("next")).toMatch(/^\/application\/o\/authorize\/\?client_id=zot&/);
});

test("the login is the provider's own flow, else the brand's, whatever its slug is, and one without stages is no page", async () => {
  await party.api.patch("flows/instances/default-authentication-flow/", { slug: "renamed" });
  expect((await party.authorize()).location?.pathname).toBe("/if/flow/renamed/");
  const ci = await party.api.only("flows/instances/?slug=zot-ci-authentication");
  await party.changeProvider({ authentication_flow: ci["pk"] });
  expect((await party.authorize()).location?.pathname).toBe("/if/flow/zot-ci-authentication/");
  const empty = { name: "x", title: "x", slug: "empty", designation: "authentication" };
  const { pk } = await party.api.create("flows/instances/", empty);
  await party.changeProvider({ authentication_flow: pk });
  expect((await party.authorize()).status).toBe(404);
});

test("who may is sent back with a code and the state, and the code is worth an id token", async () => {
  await party.logIn();
  const { status, location } = await party.authorize();
  expect(status).toBe(302);
  expect(location?.href.startsWith(`${CALLBACK}?`)).toBe(true);
  expect(location?.searchParams.get("state")).toBe("the state");
  const answer = await party.redeem({ code: location?.searchParams.get("code") ?? "" });
  expect(answer).toMatchObject({
    status: 200,
    body: { token_type: "Bearer", scope: "openid email profile" },
  });
  const keys = createRemoteJWKSet(new URL(`${party.issuer}jwks/`), { timeoutDuration: 60_000 });
  const { payload, protectedHeader } = await jwtVerify(answer.body["id_token"] ?? "", keys, {
    issuer: party.issuer,
    audience: "zot",
  });
  expect(protectedHeader.alg).toBe("RS256");
  expect(payload).toMatchObject({
    nonce: "the nonce",
    preferred_username: "ana",
    groups: ["admins"],
    email: "ana@example.org",
    email_verified: false,
  });
});

test("claims follow the scopes, and stay out of the id token where the provider says so", async () => {
  await party.logIn();
  await party.changeProvider({ include_claims_in_id_token: false });
  const { body } = await party.redeem({ code: await party.codeOf({ scope: "openid profile" }) });
  const keys = createRemoteJWKSet(new URL(`${party.issuer}jwks/`), { timeoutDuration: 60_000 });
  const { payload } = await jwtVerify(body["id_token"] ?? "", keys);
  expect(payload).not.toHaveProperty("groups");
  const info = await fetch(`${party.authentik.url}/application/o/userinfo/`, {
    headers: { Authorization: `Bearer ${body["access_token"] ?? ""}` },
  });
  const claims = (await info.json()) as object;
  expect(claims).toMatchObject({ sub: payload.sub, preferred_username: "ana", groups: ["admins"] });
  expect(claims).not.toHaveProperty("email");
});

test("user info wants a token that is good", async () => {
  const info = await fetch(`${party.authentik.url}/application/o/userinfo/`, {
    headers: { Authorization: "Bearer x" },
  });
  expect(info.status).toBe(401);
  expect(info.headers.get("www-authenticate")).toContain('error="invalid_token"');
});

test("without a key pair tokens are signed with the client secret", async () => {
  await party.logIn();
  await party.changeProvider({ signing_key: null });
  const { body } = await party.redeem({ code: await party.codeOf() });
  const secret = new TextEncoder().encode(party.declared.clientSecret);
  const { protectedHeader } = await jwtVerify(body["id_token"] ?? "", secret, { issuer: party.issuer });
  expect(protectedHeader.alg).toBe("HS256");
  expect(await (await fetch(`${party.issuer}jwks/`)).json()).toEqual({});
});

describe("a code", () => {
  const refused = { status: 400, body: { error: "invalid_grant" } };

  test("is worth something once", async () => {
    await party.logIn();
    const code = await party.codeOf();
    expect((await party.redeem({ code })).status).toBe(200);
    expect(await party.redeem({ code })).toMatchObject(refused);
  });

  test("does not live long", async () => {
    await party.logIn();
    await party.changeProvider({ access_code_validity: "seconds=0" });
    expect(await party.redeem({ code: await party.codeOf() })).toMatchObject(refused);
  });

  test("needs the client's secret, which may also stand in the form", async () => {
    await party.logIn();
    const code = await party.codeOf();
    expect(await party.redeem({ code }, "wrong")).toMatchObject({
      status: 400,
      body: { error: "invalid_client" },
    });
    const response = await fetch(`${party.authentik.url}/application/o/token/`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "authorization_code",
        redirect_uri: CALLBACK,
        code,
        client_id: "zot",
        client_secret: party.declared.clientSecret,
      }),
    });
    expect(response.status).toBe(200);
  });

  test.each([
    ["S256", S256, { code_verifier: VERIFIER }, 200],
    ["S256", S256, { code_verifier: "another" }, 400],
    ["S256", S256, {}, 400],
    ["plain", VERIFIER, { code_verifier: VERIFIER }, 200],
    ["plain", VERIFIER, { code_verifier: S256 }, 400],
  ])("asked for with %s %s and redeemed with %j: %i", async (method, challenge, form, status) => {
    await party.logIn();
    const code = await party.codeOf({ code_challenge: challenge, code_challenge_method: method });
    expect((await party.redeem({ code, ...(form as Record<string, string>) })).status).toBe(status);
  });

  test("asked for without a challenge takes no verifier", async () => {
    await party.logIn();
    expect(await party.redeem({ code: await party.codeOf(), code_verifier: VERIFIER })).toMatchObject(
      refused,
    );
  });
});

test("offline access asks for no consent, and gives a refresh token that is worth something once", async () => {
  const mappings = (await party.api.get("propertymappings/provider/scope/")).body["results"] as {
    pk: string;
  }[];
  await party.changeProvider({ property_mappings: mappings.map(({ pk }) => pk) });
  await party.logIn();
  const code = await party.codeOf({ scope: "openid offline_access" });
  const { body } = await party.redeem({ code });
  const refresh = { grant_type: "refresh_token", refresh_token: body["refresh_token"] ?? "" };
  expect((await party.redeem(refresh)).status).toBe(200);
  expect((await party.redeem(refresh)).status).toBe(400);
});

test("a client that asks for consent gets it asked, and a wrong answer asks again", async () => {
  await party.logIn();
  const page = await party.authorize({ prompt: "consent" });
  const flow = "default-provider-authorization-implicit-consent";
  expect(page.location?.pathname).toBe(`/if/flow/${flow}/`);
  const query = page.location?.search.slice(1) ?? "";
  const { component } = await party.visitor.look(flow, query);
  expect(component).toBe("ak-stage-consent");
  const again = await party.visitor.answer(flow, { component, token: "wrong" }, query);
  expect(again.component).toBe("ak-stage-consent");
  const end = await party.visitor.answer(flow, { component, token: again["token"] }, query);
  expect(new URL(String(end["to"])).searchParams.get("code")).toMatch(/^\w{32}$/);
});

test("a user's name and app password give an ID token without the client's secret, where grant types let them", async () => {
  const form = {
    grant_type: "client_credentials",
    username: "zot-ci",
    password: party.declared.appPassword,
    scope: "openid profile",
  };
  expect((await party.redeem(form, "no secret")).status).toBe(400);
  await party.changeProvider({ grant_types: ["client_credentials"] });
  const { body } = await party.redeem(form, "no secret");
  expect(body["id_token"]).toMatch(/^\S+\.\S+\.\S+$/);
  expect((await party.redeem({ ...form, username: "ana" }, "no secret")).status).toBe(400);
});

test("the end of an application's session leads to its invalidation flow, and leaves the login", async () => {
  await party.logIn();
  const page = await party.visitor.get("/application/o/zot/end-session/");
  expect(page.location?.pathname).toBe("/if/flow/default-provider-invalidation-flow/");
  expect(await party.visitor.whoAmI()).toBe("ana");
});
