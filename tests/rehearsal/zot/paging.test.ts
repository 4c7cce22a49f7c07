import { ask, code, image, push, pushBlob } from "./client";
import { world } from "./world";

const it = world(({ http }) => {
  http.accessControl = {
    repositories: { "**": { anonymousPolicy: ["read", "create", "update", "delete"] } },
  };
});

const tags = (repository: string, query = "") => ask(`${it.url}/v2/${repository}/tags/list${query}`);

beforeAll(async () => {
  for (const tag of ["b", "a", "c"]) await push(it.url, "p/app", tag, image("paged"));
  for (const name of ["p-1", "p/app/sub"]) await pushBlob(it.url, name, "x");
});

test.each([
  ["", ["a", "b", "c"], null],
  ["?n=2", ["a", "b"], '</v2/p/app/tags/list?n=2&last=b>; rel="next"'],
  ["?n=2&last=b", ["c"], null],
  ["?n=3", ["a", "b", "c"], null],
  ["?n=0", [], null],
])("tags%s", async (query, expected, link) => {
  const { json, headers } = await tags("p/app", query);
  expect([json, headers.get("link")]).toEqual([{ name: "p/app", tags: expected }, link]);
});

test.each([
  ["?n=x", 400],
  ["?n=-1", 400],
  ["?n=1&n=2", 400],
  ["?last=none", 404],
])("tags%s: %d", async (query, status) => {
  expect((await tags("p/app", query)).status).toBe(status);
});

test("the tags of what is not there: 404 NAME_UNKNOWN, also for a folder above a repository", async () => {
  for (const name of ["nowhere", "p"]) {
    const reply = await tags(name);
    expect([reply.status, code(reply)]).toEqual([404, "NAME_UNKNOWN"]);
  }
});

test("the catalog goes segment by segment, a parent before its children, and pages with a link", async () => {
  const all = (await ask(`${it.url}/v2/_catalog`)).json.repositories as string[];
  expect(all.filter((name) => name.startsWith("p"))).toEqual(["p/app", "p/app/sub", "p-1"]);
  const pages: string[] = [];
  let next: string | undefined = "/v2/_catalog?n=2";
  while (next !== undefined) {
    const { json, headers } = await ask(`${it.url}${next}`);
    pages.push(...(json.repositories as string[]));
    next = /^<(.*)>; rel="next"$/.exec(headers.get("link") ?? "")?.[1];
  }
  expect(pages).toEqual(all);
});
