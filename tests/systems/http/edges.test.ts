import { readDirectory } from "../../../systems/authentik/directory";
import { ForgejoClient } from "../../../systems/forgejo/forgejo-client";
import { EndlessListError } from "../../../systems/http/pages";
import { FormError } from "../../../systems/http/errors";
import { Connect } from "../../../systems/onepassword/connect";
import { AuthentikReader } from "../../../systems/authentik/reader";
import { AUTHENTIK_LOOKUPS } from "../../../commands/adopt/authentik-lookups";
import { Registry } from "../../../systems/zot/proof/registry";
import { findTargets } from "../../../systems/zot/proof/targets";
import { type PlainServer, startPlainServer } from "../../support/plain-server";

/* What a server sends that is not the system which it is taken for: each client says so and takes nothing from it. */
let server: PlainServer;
afterEach(() => server.stop());

const VAULT = "vg6xf6vvfmoh5hqjjhlhbeoaie";
const place = { owner: "eblume", repository: "blumeops" };
const clients: Record<string, () => Promise<unknown>> = {
  "1Password Connect, listing": () => new Connect({ url: server.url, token: "t" }).titled(VAULT, "zot"),
  "1Password Connect, checking": () => new Connect({ url: server.url, token: "t" }).check(),
  "Authentik, the directory": () => readDirectory(server.url, "t", "zot", { retryDelaysMs: [] }),
  "Authentik, one object": () => new AuthentikReader(server.url, "t").one("core/tokens/x/"),
  "Authentik, a list": () => new AuthentikReader(server.url, "t").list("core/groups/", {}),
  Forgejo: () => new ForgejoClient(server.url).listNames(place, "t"),
};

describe.each([
  ["a page of HTML", "<html>s3cret</html>"],
  ["another JSON", '"s3cret"'],
  ["an empty body", ""],
])("%s with status 200", (_name, body) => {
  test.each(Object.keys(clients))("%s", async (name) => {
    server = await startPlainServer((_, response) => response.end(body));
    const error: unknown = await clients[name]?.().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(FormError);
    expect(String(error)).toMatch(/the answer is not an? .*; see whether (authentik|forgejo|onepassword)\./);
    expect(String(error)).not.toContain("s3cret");
  });
});

test("an object of Authentik without an id is never taken over under the name undefined", async () => {
  server = await startPlainServer((_, response) => response.end('{"slug":"zot"}'));
  const lookup = AUTHENTIK_LOOKUPS["authentik:index/application:Application"];
  const step = { op: "create", urn: "", newState: { inputs: { slug: "zot" } } };
  const systems = { authentik: new AuthentikReader(server.url, "t") };
  await expect(
    lookup?.find(
      step as never,
      systems as never,
      () => undefined,
      () => undefined,
      () => [],
    ),
  ).rejects.toThrow("without pk");
});

test.each([
  ["is its own next", () => 1],
  ["goes on for ever", (page: number) => page + 1],
])("a list of Authentik that %s ends at a bound", async (_name, next) => {
  server = await startPlainServer(({ url = "" }, response) => {
    const page = Number(new URL(url, "http://a.test").searchParams.get("page"));
    response.end(JSON.stringify({ pagination: { next: next(page) }, results: [{ pk: "same", name: "x" }] }));
  });
  await expect(new AuthentikReader(server.url, "t").list("core/groups/", {})).rejects.toThrow(
    EndlessListError,
  );
  expect(server.requests.length).toBeLessThan(4);
});

test("names that Forgejo lists are deleted as they are, not as a path", async () => {
  server = await startPlainServer((_, response) => response.writeHead(204).end());
  await new ForgejoClient(server.url).delete(place, "t", "../../../../user?x#y");
  expect(server.requests).toEqual([
    "DELETE /api/v1/repos/eblume/blumeops/actions/secrets/..%2F..%2F..%2F..%2Fuser%3Fx%23y",
  ]);
});

test.each([
  ["a name", () => new ForgejoClient(server.url).delete(place, "t", "..")],
  ["an owner", () => new ForgejoClient(server.url).put({ owner: "..", repository: "x" }, "t", "NAME", "v")],
  ["a repository", () => new ForgejoClient(server.url).listNames({ owner: "x", repository: "." }, "t")],
])("%s of dots reaches no other address", async (_name, act) => {
  server = await startPlainServer((_, response) => response.writeHead(204).end());
  await expect(act()).rejects.toThrow("cannot be a part of an address");
  expect(server.requests).toEqual([]);
});

test("a token is not sent to where a Connect server points", async () => {
  const thief = await startPlainServer((_, response) => response.end("[]"));
  server = await startPlainServer((_, response) => response.writeHead(302, { location: thief.url }).end());
  const attempt = new Connect({ url: server.url, token: "t" }).check();
  await expect(attempt).rejects.toThrow(`a redirect to ${thief.url} was not followed`);
  expect(thief.requests).toEqual([]);
  await thief.stop();
});

test("repositories and tags that no registry has are not asked about", async () => {
  server = await startPlainServer(({ url = "" }, response) => {
    const answer = url.includes("_catalog")
      ? { repositories: ["../../zot/auth/apikey", "a/../b", "UPPER", "app/web"] }
      : { tags: ["../../x", "1.0"] };
    response.end(JSON.stringify(answer));
  });
  const { own } = await findTargets([new Registry(server.url, 5000)], {
    pushers: ["zot-ci"],
    caches: [],
    mayPush: () => true,
    kindOf: () => "",
  });
  expect(own).toEqual([expect.objectContaining({ repository: "app/web", tag: "1.0" })]);
  expect(server.requests).toEqual([
    "GET /v2/_catalog?n=200",
    "GET /v2/app/web/tags/list",
    "GET /v2/app/web/manifests/1.0",
  ]);
});
