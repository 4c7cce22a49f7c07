import fc from "fast-check";
import { startForgejo, type Forgejo, type ForgejoOptions } from "../../../rehearsal/forgejo";

let server: Forgejo;
const start = async (changes: Partial<ForgejoOptions> = {}) => {
  server = await startForgejo({
    token: "forge-token",
    owner: "eblume",
    repositories: ["blumeops", { name: "no-actions", actions: false }, { name: "theirs", owned: false }],
    orgs: ["lab"],
    ...changes,
  });
};
beforeEach(() => start());
afterEach(() => server.stop());

async function ask(method: string, path: string, body?: unknown, token: string | undefined = "forge-token") {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: {
      ...(token !== "" && { authorization: `token ${token}` }),
      ...(body !== undefined && { "content-type": "application/json" }),
    },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === "" ? undefined : JSON.parse(text)) as unknown };
}
const secrets = "/repos/eblume/blumeops/actions/secrets";
const put = (name: string, data: unknown, path = secrets) => ask("PUT", `${path}/${name}`, { data });
const names = async (query = "?page=0") =>
  ((await ask("GET", `${secrets}${query}`)).body as { name: string }[]).map(({ name }) => name);

test("a secret is created with 201, changed with 204, and has one name whatever its case", async () => {
  expect(await put("argocd_token", "one")).toEqual({ status: 201, body: undefined });
  expect((await put("ARGOCD_TOKEN", "two")).status).toBe(204);
  expect(await names()).toEqual(["ARGOCD_TOKEN"]);
  expect(server.secretsOf("blumeops")).toEqual({ ARGOCD_TOKEN: "two" });
});

test("the list is a bare array without values, and an update leaves the time of creation alone", async () => {
  await put("A", "one");
  const before = await ask("GET", `${secrets}?page=0`);
  expect(before.body).toEqual([
    { name: "A", created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}Z$/) as string },
  ]);
  await put("A", "two");
  expect((await ask("GET", `${secrets}?page=0`)).body).toEqual(before.body);
});

test("lists are paged unless all is asked for", async () => {
  for (let index = 0; index < 60; index++) await put(`S_${index}`, "x");
  expect(await names("")).toHaveLength(30);
  expect(await names("?limit=100")).toHaveLength(50);
  expect(await names("?page=2&limit=50")).toHaveLength(10);
  // Gitea's page 0 is the first one.
  expect(await names("?page=0")).toHaveLength(30);
});

test("names are refused as Forgejo refuses them", async () => {
  for (const name of [
    "1ST",
    "GITEA_X",
    "github_token",
    "FORGEJO_X",
    "WITH-DASH",
    "WITH%20SPACE",
    "A".repeat(256),
  ]) {
    expect(await put(name, "x")).toEqual({
      status: 400,
      body: { message: "invalid secret name", url: "/api/swagger" },
    });
  }
  for (const name of ["_X", "CI", "MY_GITHUB_TOKEN", "A".repeat(255)])
    expect((await put(name, "x")).status).toBe(201);
});

test("any name of letters, digits and underscores that begins with none of the reserved words is taken", async () => {
  const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,40}$/);
  await fc.assert(
    fc.asyncProperty(name, async (text) => {
      const reserved = /^(FORGEJO|GITEA|GITHUB)_/i.test(text);
      expect((await put(text, "x")).status < 300).toBe(!reserved);
    }),
    { numRuns: 50 },
  );
});

test("an empty or missing value, and a body that is none, are 422 before the name is looked at", async () => {
  expect(await put("1ST", "")).toMatchObject({ status: 422, body: { message: "[Data]: Required" } });
  expect((await ask("PUT", `${secrets}/A`, {})).status).toBe(422);
  expect((await put("A", 5)).status).toBe(422);
  expect((await ask("PUT", `${secrets}/A`, "{")).status).toBe(422);
});

test("a value keeps its blanks and line ends, except that CRLF becomes LF", async () => {
  await put("A", " key\r\nline\n ");
  expect(server.secretsOf("blumeops")).toEqual({ A: " key\nline\n " });
});

test("a deletion is 204, and 404 when there is nothing", async () => {
  await put("A", "x");
  expect((await ask("DELETE", `${secrets}/a`)).status).toBe(204);
  expect(await ask("DELETE", `${secrets}/a`)).toMatchObject({
    status: 404,
    body: { message: "secret not found" },
  });
});

test("unknown, invisible and Actions-less repositories are all the same 404; one that is not owned is 403", async () => {
  for (const path of ["/repos/eblume/none", "/repos/other/blumeops", "/repos/eblume/no-actions"]) {
    expect(await ask("GET", `${path}/actions/secrets`)).toEqual({
      status: 404,
      body: { message: "The target couldn't be found.", url: "/api/swagger", errors: [] },
    });
  }
  expect((await put("A", "x", "/repos/eblume/theirs/actions/secrets")).status).toBe(403);
  expect((await put("A", "x", "/repos/EBlume/BlumeOps/actions/secrets")).status).toBe(201);
});

test("organisations and the user have secrets of their own; the user's cannot be listed", async () => {
  expect((await put("A", "org", "/orgs/lab/actions/secrets")).status).toBe(201);
  expect((await put("A", "mine", "/user/actions/secrets")).status).toBe(201);
  expect((await ask("GET", "/user/actions/secrets")).status).toBe(404);
  expect((await put("A", "x", "/orgs/none/actions/secrets")).status).toBe(404);
  expect(server.secretsOf("blumeops")).toEqual({});
});

test("no token, a wrong one and one of too small a scope are told apart", async () => {
  expect(await ask("GET", secrets, undefined, "")).toMatchObject({
    status: 401,
    body: { message: "token is required" },
  });
  expect((await ask("GET", secrets, undefined, "wrong")).status).toBe(401);
  await server.stop();
  await start({ scopes: ["read:repository"] });
  expect((await ask("GET", secrets)).status).toBe(200);
  expect(await put("A", "x")).toMatchObject({
    status: 403,
    body: { message: "token does not have at least one of required scope(s): [write:repository]" },
  });
});

test("requests are remembered without bodies and queries; faults and slowness can be ordered", async () => {
  server.failNext(500);
  expect((await put("A", "s3cret")).status).toBe(500);
  expect((await put("A", "s3cret")).status).toBe(201);
  await names();
  expect(server.requests).toEqual([
    { method: "PUT", path: `/api/v1${secrets}/A`, status: 500 },
    { method: "PUT", path: `/api/v1${secrets}/A`, status: 201 },
    { method: "GET", path: `/api/v1${secrets}`, status: 200 },
  ]);
  server.slowDown(50);
  const began = performance.now();
  await names();
  expect(performance.now() - began).toBeGreaterThan(45);
  server.forget("blumeops", "A");
  expect(server.secretsOf("blumeops")).toEqual({});
});
