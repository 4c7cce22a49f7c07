import { ask, basic, code, image, push, pushManifest, sha256, type Identity } from "./client";
import { identity, world } from "./world";

const it = world();
const existing = image("existing");
const other = image("other");

type Who = "anonymous" | "writer" | "admin" | "guest";
const people: Record<Who, Identity | undefined> = {
  anonymous: undefined,
  writer: undefined,
  admin: undefined,
  guest: undefined,
};

beforeAll(async () => {
  people.admin = await identity(it, "ada", ["admins"]);
  people.writer = await identity(it, "zot-ci", ["artifact-workloads"]);
  people.guest = await identity(it, "bob", []);
  await push(it.url, "ci/app", "v1", existing, people.admin);
  await push(it.url, "ci/app", "latest", existing, people.admin);
  await push(it.url, "ci/app", "spare", other, people.admin);
});

const WHO: Who[] = ["anonymous", "guest", "writer", "admin"];

/** Status for anonymous, guest, writer, admin. */
type Row = [what: string, ask: (as: Identity | undefined) => Promise<{ status: number }>, statuses: number[]];

const put =
  (reference: string, body: string, repository = "ci/app") =>
  (as: Identity | undefined) =>
    pushManifest(it.url, repository, reference, { body, as });
const send = (method: string, path: string) => (as: Identity | undefined) =>
  ask(`${it.url}${path}`, { method, as });

/** The project's fact sheet on zot, "Asking zot what one may do": the answer comes before the body is looked at. */
const questions: Row[] = [
  ["a new tag", put("new", "{}"), [401, 403, 400, 400]],
  ["an existing tag", put("v1", "{}"), [401, 403, 403, 400]],
  ["latest", put("latest", "{}"), [401, 403, 403, 400]],
  ["a digest", put(sha256("x"), "{}"), [401, 403, 400, 400]],
  ["a digest with a new ?tag=", put(`${sha256("x")}?tag=new`, "{}"), [401, 403, 400, 400]],
  ["a digest with an existing ?tag=", put(`${sha256("x")}?tag=v1`, "{}"), [401, 403, 403, 400]],
  ["a digest with both", put(`${sha256("x")}?tag=new&tag=v1`, "{}"), [401, 403, 403, 400]],
  ["delete of an unknown tag", send("DELETE", "/v2/ci/app/manifests/none"), [401, 403, 403, 404]],
  [
    "delete of an unknown digest",
    send("DELETE", `/v2/ci/app/manifests/${sha256("x")}`),
    [401, 403, 403, 404],
  ],
  ["delete of an unknown blob", send("DELETE", `/v2/ci/app/blobs/${sha256("x")}`), [401, 403, 403, 404]],
  ["delete of an unknown upload", send("DELETE", "/v2/ci/app/blobs/uploads/x"), [401, 403, 403, 404]],
  ["a new tag where CI may not write", put("new", "{}", "other/app"), [401, 403, 403, 400]],
  ["an upload where CI may not write", send("POST", "/v2/elsewhere/blobs/uploads/"), [401, 403, 403, 202]],
  ["an upload", send("POST", "/v2/ci/app/blobs/uploads/"), [401, 403, 202, 202]],
  ["a pull", send("GET", "/v2/ci/app/manifests/v1"), [200, 200, 200, 200]],
  ["a HEAD", send("HEAD", "/v2/ci/app/manifests/v1"), [200, 200, 200, 200]],
  ["the tags", send("GET", "/v2/ci/app/tags/list"), [200, 200, 200, 200]],
  ["a blob", send("GET", `/v2/ci/app/blobs/${sha256(existing.layer)}`), [200, 200, 200, 200]],
  ["the metrics", send("GET", "/metrics"), [200, 403, 403, 403]],
];

test.each(questions)("%s", async (_, question, statuses) => {
  const answers = [];
  for (const who of WHO) answers.push((await question(people[who])).status);
  expect(answers).toEqual(statuses);
});

test("what was only asked left nothing behind in the repository", async () => {
  const { json } = await ask(`${it.url}/v2/ci/app/tags/list`);
  expect(json.tags).toEqual(["latest", "spare", "v1"]);
});

/** The same sheet, "Access control": real pushes. */
describe("pushes", () => {
  const pushes: Row[] = [
    ["the same tag with the same digest", put("v1", existing.manifest), [401, 403, 403, 201]],
    ["a push by digest", put(existing.digest, existing.manifest), [401, 403, 201, 201]],
    ["an overwrite", put("spare", existing.manifest), [401, 403, 403, 201]],
    ["a delete", send("DELETE", "/v2/ci/app/manifests/spare"), [401, 403, 403, 202]],
  ];
  test.each(pushes)("%s", async (_, question, statuses) => {
    const answers = [];
    for (const who of WHO) answers.push((await question(people[who])).status);
    expect(answers).toEqual(statuses);
  });

  test("a new tag", async () => {
    const answers = [];
    for (const who of WHO) answers.push((await put(`by-${who}`, existing.manifest)(people[who])).status);
    expect(answers).toEqual([401, 403, 201, 201]);
  });
});

describe("refusals", () => {
  test("401 asks for Basic with the realm", async () => {
    const reply = await put("new", "{}")(undefined);
    expect(reply.headers.get("www-authenticate")).toBe('Basic realm="Authorization Required"');
    expect(code(reply)).toBe("UNAUTHORIZED");
    expect(reply.json.errors).toHaveLength(1);
  });

  test("403 is DENIED", async () => {
    const reply = await put("new", "{}")(people.guest);
    expect(code(reply)).toBe("DENIED");
    expect(reply.headers.get("content-type")).toBe("application/json");
  });

  test("a bad credential is 401 even where anonymous may, as one object, no list", async () => {
    const reply = await ask(`${it.url}/v2/_catalog`, { headers: { Authorization: basic("a", "zak_b") } });
    expect(reply.status).toBe(401);
    expect(reply.json).toMatchObject({ code: "UNAUTHORIZED" });
  });

  test("Bearer is no credential here, an empty Basic is none at all", async () => {
    expect((await ask(`${it.url}/v2/`, { headers: { Authorization: "Bearer x" } })).status).toBe(401);
    expect((await ask(`${it.url}/v2/`, { headers: { Authorization: basic("", "") } })).status).toBe(200);
  });

  test("an unknown path is 404, a wrong method 405, before anybody is asked who he is", async () => {
    const headers = { Authorization: basic("a", "b") };
    expect((await ask(`${it.url}/v2/UPPER/tags/list`, { headers })).status).toBe(404);
    expect((await ask(`${it.url}/v2/`, { method: "POST", headers })).status).toBe(405);
  });
});

describe("GET /v2/", () => {
  test.each([
    ["containerd/1.7", 200],
    ["skopeo/1.9", 200],
    ["buildkit/v0.12", 200],
    ["docker/27.0.0 go/go1.22 UpstreamClient(Docker-Client/27.0.0 (linux))", 401],
    ["Docker-Client/27.0.0 (linux)", 401],
  ])("without credentials for %s: %d", async (agent, status) => {
    expect((await ask(`${it.url}/v2/`, { headers: { "User-Agent": agent } })).status).toBe(status);
  });

  test("says how to log in, except to its own UI", async () => {
    const { headers } = await ask(`${it.url}/v2/`);
    expect(headers.get("www-authenticate")).toMatch(/^basic realm=/);
    expect(headers.get("docker-distribution-api-version")).toBe("registry/2.0");
    expect(headers.get("date")).toMatch(/GMT$/);
    const fromUi = await ask(`${it.url}/v2/`, { headers: { "X-ZOT-API-CLIENT": "zot-ui" } });
    expect(fromUi.headers.get("www-authenticate")).toBeNull();
  });

  test("is open to Docker with a live key", async () => {
    const { status } = await ask(`${it.url}/v2/`, {
      as: people.guest as Identity,
      headers: { "User-Agent": "docker/27" },
    });
    expect(status).toBe(200);
  });
});
