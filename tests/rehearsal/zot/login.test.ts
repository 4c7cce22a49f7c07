import { startIssuer } from "../../../rehearsal/service/oidc-issuer";
import { ask, code, FROM_UI, logIn, mint, pushManifest } from "./client";
import { CLIENT_SECRET, configIn, startZot, temporaryFolder } from "./run-zot";
import { freePort } from "../../../rehearsal/host/free-port";
import { identity, world } from "./world";

const it = world();

test("the login leaves for the issuer with client, scopes, state and its own callback, without PKCE or nonce", async () => {
  const { status, headers } = await ask(`${it.url}/zot/auth/login?provider=oidc&callback_ui=/v2/`);
  expect(status).toBe(302);
  const target = new URL(headers.get("location") ?? "");
  expect(`${target.origin}${target.pathname}`).toBe(`${new URL(it.issuer.issuer).origin}/authorize`);
  const { state, ...query } = Object.fromEntries(target.searchParams);
  expect(state).toMatch(/^[0-9a-f-]{36}$/);
  expect(query).toEqual({
    client_id: "zot",
    redirect_uri: `${it.url}/zot/auth/callback/oidc`,
    response_type: "code",
    scope: "openid email profile",
  });
  const cookies = headers.getSetCookie();
  expect(cookies.find((each) => each.startsWith("state="))).toMatch(
    /; Path=\/; .*Max-Age=120; HttpOnly; Secure; SameSite=Lax$/,
  );
  expect(cookies.find((each) => each.startsWith("statecookie="))).toMatch(/; Path=\/zot\/auth\/callback; /);
});

test("an unknown provider is 400", async () => {
  expect((await ask(`${it.url}/zot/auth/login?provider=other`)).status).toBe(400);
});

test("the callback sets both cookies and goes on to where the login wanted to", async () => {
  const { end, cookie } = await logIn(it.url, "/v2/_catalog");
  expect(end.status).toBe(302);
  expect(end.headers.get("location")).toBe("/v2/_catalog");
  const set = end.headers.getSetCookie();
  expect(set.find((each) => each.startsWith("session="))).toMatch(/; Path=\/; .*Max-Age=7200; HttpOnly$/);
  expect(set.find((each) => each.startsWith("user="))).toMatch(/^user=zot-ci; Path=\/; .*Max-Age=7200$/);
  const known = await ask(`${it.url}/zot/auth/apikey`, { cookie, headers: FROM_UI });
  expect(known).toMatchObject({ status: 200, json: { apiKeys: [] } });
});

test.each([
  ["", 201, null],
  ["//evil.example/", 302, "/"],
  ["https://evil.example/", 302, "/"],
  ["relative", 302, "/"],
  ["/\\evil.example", 302, "/"],
])("callback_ui %j: %d to %s", async (target, status, location) => {
  const { end } = await logIn(it.url, target);
  expect(end.status).toBe(status);
  expect(end.headers.get("location")).toBe(location);
});

test("callback_ui may be an address of the registry's own", async () => {
  const { end } = await logIn(it.url, `${it.url}/v2/`);
  expect(end.headers.get("location")).toBe(`${it.url}/v2/`);
});

describe("a session", () => {
  test("counts only together with the header of zot's UI", async () => {
    const { cookie } = await logIn(it.url);
    expect((await ask(`${it.url}/zot/auth/apikey`, { cookie })).status).toBe(500);
    expect((await ask(`${it.url}/zot/auth/apikey`, { cookie, headers: FROM_UI })).status).toBe(200);
  });

  test("that is forged is anonymous, and its cookie is taken back", async () => {
    const { status, headers } = await ask(`${it.url}/v2/`, { cookie: "session=forged", headers: FROM_UI });
    expect(status).toBe(200);
    expect(headers.getSetCookie()[0]).toMatch(/^session=; Path=\/; Expires=Thu, 01 Jan 1970/);
    expect(headers.get("www-authenticate")).toBeNull();
  });

  test("logs out by losing its cookie, and is told where the issuer's session ends", async () => {
    const { cookie } = await logIn(it.url);
    const { status, headers, json } = await ask(`${it.url}/zot/auth/logout`, { method: "POST", cookie });
    expect(status).toBe(200);
    expect(headers.getSetCookie()[0]).toMatch(/^session=.*Max-Age=0/);
    expect(new URL(json.endSessionUrl as string).searchParams.get("client_id")).toBe("zot");
  });

  test("does not outlive the process without sessionKeysFile; the login does", async () => {
    const { cookie } = await logIn(it.url);
    await it.zot.stop();
    it.zot = await startZot(it.folder, it.config);
    expect((await ask(`${it.url}/zot/auth/apikey`, { cookie, headers: FROM_UI })).status).toBe(500);
    expect((await logIn(it.url)).end.status).toBe(302);
  });
});

describe("the callback refuses", () => {
  const callback = (query: string, cookie?: string) =>
    ask(`${it.url}/zot/auth/callback/oidc?${query}`, cookie === undefined ? {} : { cookie });

  test("a state without its cookie", async () => {
    expect(await callback("code=a&state=b")).toMatchObject({
      status: 401,
      text: expect.stringContaining("failed to get state") as string,
    });
  });

  test("another login's state", async () => {
    const start = await ask(`${it.url}/zot/auth/login?provider=oidc`);
    const cookie = start.headers
      .getSetCookie()
      .map((each) => each.split(";")[0])
      .join("; ");
    expect((await callback("code=a&state=other", cookie)).text).toBe(
      "failed to get state: state does not compare\n",
    );
  });

  test("a user whom the issuer denies: 500 with the issuer's word", async () => {
    const { user } = it.issuer;
    it.issuer.user = undefined;
    const { end } = await logIn(it.url);
    it.issuer.user = user;
    expect(end).toMatchObject({ status: 500, text: "access_denied: \n" });
  });

  test.each<[string, Record<string, unknown>]>([
    ["of another issuer", { iss: "https://elsewhere.example/" }],
    ["for another client", { aud: "other" }],
    ["that is over", { exp: Math.floor(Date.now() / 1000) - 1 }],
    ["from the future", { iat: Math.floor(Date.now() / 1000) + 3600 }],
    ["with a nonce, as zot sends none", { nonce: "n" }],
    ["of another subject than userinfo", { sub: "2" }],
    ["for another party", { azp: "other" }],
    ["without subject", { sub: undefined }],
  ])("an id token %s", async (_, claims) => {
    it.issuer.idTokenClaims = claims;
    const { end } = await logIn(it.url);
    it.issuer.idTokenClaims = {};
    expect(end.status).toBe(401);
    expect(end.headers.getSetCookie().some((each) => each.startsWith("session="))).toBe(false);
  });

  test("an id token signed with the client's secret, as Authentik does without a signing key", async () => {
    it.issuer.sharedSecret = CLIENT_SECRET;
    const { end } = await logIn(it.url);
    it.issuer.sharedSecret = undefined;
    expect(end.status).toBe(401);
  });

  test("a user without a name, unless there is an email", async () => {
    it.issuer.user = { sub: "3" };
    expect((await logIn(it.url)).end.status).toBe(401);
    it.issuer.user = { sub: "3", email: "c@example.org" };
    const { end } = await logIn(it.url);
    expect(end.headers.getSetCookie().some((each) => each.startsWith("user=c@example.org"))).toBe(true);
  });
});

describe("groups", () => {
  test("come from userinfo and id token together", async () => {
    it.issuer.idTokenClaims = { groups: ["admins"] };
    const both = await identity(it, "dora", []);
    it.issuer.idTokenClaims = {};
    expect((await pushManifest(it.url, "any", "t", { body: "{}", as: both })).status).toBe(400);
  });

  test("are those of the last login, for keys that were there before too", async () => {
    const eve = await identity(it, "eve", ["admins"]);
    const tryPush = async () => code(await pushManifest(it.url, "any", "new", { body: "{}", as: eve }));
    expect(await tryPush()).toBe("MANIFEST_INVALID");
    await identity(it, "eve", []);
    expect(await tryPush()).toBe("DENIED");
    await identity(it, "eve", ["admins"]);
    expect(await tryPush()).toBe("MANIFEST_INVALID");
  });
});

test("the client's secret goes into the form where the issuer refuses HTTP Basic; PKCE without a secret", async () => {
  for (const clientSecret of [CLIENT_SECRET, ""]) {
    const folder = temporaryFolderNow();
    const issuer = await startIssuer({ clientId: "zot", clientSecret, refuseBasic: true });
    const zot = await startZot(
      folder,
      configIn(folder, await freePort(), { issuer: issuer.issuer, clientSecret }),
    );
    const { end, cookie } = await logIn(zot.url);
    expect(end.status).toBe(302);
    expect((await mint(zot.url, { cookie })).status).toBe(201);
    expect(issuer.authorization?.get("code_challenge_method") ?? "").toBe(clientSecret === "" ? "S256" : "");
    await zot.stop();
    await issuer.stop();
  }
});

const spare = [temporaryFolder(), temporaryFolder()];

function temporaryFolderNow(): string {
  return spare.pop() ?? "";
}
