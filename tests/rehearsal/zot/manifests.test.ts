import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ask, code, image, OCI_INDEX, OCI_MANIFEST, push, pushManifest, sha256 } from "./client";
import { startZot } from "./run-zot";
import { world } from "./world";

const ALL = ["read", "create", "update", "delete"];
const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";

const it = world(({ http }) => {
  http.accessControl = { repositories: { "**": { anonymousPolicy: ALL } } };
  http.compat = ["docker2s2"];
});

const get = (repository: string, reference: string, method = "GET") =>
  ask(`${it.url}/v2/${repository}/manifests/${reference}`, { method });
const remove = (repository: string, reference: string) => get(repository, reference, "DELETE");
const tags = (repository: string) => ask(`${it.url}/v2/${repository}/tags/list`);

test("a manifest comes back byte by byte, by tag and by digest, with its type", async () => {
  const pushed = image("first");
  const reply = await push(it.url, "a/first", "v1", pushed);
  expect(reply.status).toBe(201);
  expect(reply.headers.get("docker-content-digest")).toBe(pushed.digest);
  expect(reply.headers.get("location")).toBe(`/v2/a/first/manifests/${pushed.digest}`);
  for (const reference of ["v1", pushed.digest]) {
    const { status, text, headers } = await get("a/first", reference);
    expect([status, text, headers.get("content-type")]).toEqual([200, pushed.manifest, OCI_MANIFEST]);
    const head = await get("a/first", reference, "HEAD");
    expect(head.headers.get("docker-content-digest")).toBe(pushed.digest);
    expect(head.headers.get("content-length")).toBe(String(pushed.manifest.length));
  }
});

test("it is an OCI layout on disk", () => {
  const root = join(it.config.storage.rootDirectory, "a/first");
  expect(JSON.parse(readFileSync(join(root, "oci-layout"), "utf8"))).toEqual({ imageLayoutVersion: "1.0.0" });
  const index = JSON.parse(readFileSync(join(root, "index.json"), "utf8")) as { manifests: unknown[] };
  expect(index.manifests).toEqual([
    {
      mediaType: OCI_MANIFEST,
      digest: image("first").digest,
      size: image("first").manifest.length,
      annotations: { "org.opencontainers.image.ref.name": "v1" },
    },
  ]);
});

test("a tag moves; what it named stays reachable by digest only with a tag of its own", async () => {
  const [one, two] = [image("one"), image("two")];
  await push(it.url, "a/move", "v1", one);
  await push(it.url, "a/move", "v1", two);
  expect((await get("a/move", "v1")).text).toBe(two.manifest);
  expect((await get("a/move", one.digest)).status).toBe(404);
});

describe("refuses", () => {
  const good = image("good");
  beforeAll(() => push(it.url, "r/app", "good", good));
  const manifest = (change: Record<string, unknown>) =>
    JSON.stringify({ ...(JSON.parse(good.manifest) as object), ...change });

  test.each([
    ["no object", "[]", OCI_MANIFEST],
    ["no JSON", "{", OCI_MANIFEST],
    ["nothing", "", OCI_MANIFEST],
    ["an empty object", "{}", OCI_MANIFEST],
    ["another schema version", manifest({ schemaVersion: 1 }), OCI_MANIFEST],
    ["a layer that is not there", image("absent").manifest, OCI_MANIFEST],
    ["a layer without digest", manifest({ layers: [{ mediaType: "a/b", size: 1 }] }), OCI_MANIFEST],
    [
      "an index of a manifest that is not there",
      JSON.stringify({
        schemaVersion: 2,
        manifests: [{ mediaType: OCI_MANIFEST, digest: sha256("x"), size: 1 }],
      }),
      OCI_INDEX,
    ],
    [
      "a Docker manifest without its blobs",
      image("docker-absent").manifest.replaceAll(OCI_MANIFEST, DOCKER_MANIFEST),
      DOCKER_MANIFEST,
    ],
  ])("%s: 400 MANIFEST_INVALID", async (_, body, type) => {
    const reply = await pushManifest(it.url, "r/app", "bad", { body, type });
    expect([reply.status, code(reply)]).toEqual([400, "MANIFEST_INVALID"]);
    expect((await tags("r/app")).json.tags).toEqual(["good"]);
  });

  test.each([
    ["another type: 415", "t", "application/json", 415, "MANIFEST_INVALID"],
    ["another digest than its own: 400", sha256("x"), OCI_MANIFEST, 400, "MANIFEST_INVALID"],
    ["half a digest: 400", "sha256:12", OCI_MANIFEST, 400, "DIGEST_INVALID"],
    ["?tag= on a push by tag: 400", "t?tag=b", OCI_MANIFEST, 400, "MANIFEST_INVALID"],
    ["an empty ?tag=: 400", `${good.digest}?tag=`, OCI_MANIFEST, 400, "MANIFEST_INVALID"],
    ["a ?tag= that is no tag: 400", `${good.digest}?tag=a/b`, OCI_MANIFEST, 400, "MANIFEST_INVALID"],
    ["too many tags: 414", `${good.digest}?${"tag=a&".repeat(47)}`, OCI_MANIFEST, 414, "MANIFEST_INVALID"],
  ])("%s", async (_, reference, type, status, expected) => {
    const reply = await pushManifest(it.url, "r/app", reference, { body: good.manifest, type });
    expect([reply.status, code(reply)]).toEqual([status, expected]);
  });

  test("more than 4 MiB: 413", async () => {
    const reply = await pushManifest(it.url, "r/app", "big", { body: `{"a":"${"x".repeat(4_200_000)}"}` });
    expect(reply.status).toBe(413);
  });

  test("a question about a repository that is not there makes it", async () => {
    await pushManifest(it.url, "r/made", "t", { body: "{}" });
    expect((await ask(`${it.url}/v2/_catalog`)).json.repositories).toContain("r/made");
    expect((await tags("r/made")).json).toEqual({ name: "r/made", tags: [] });
  });
});

test("several tags at once with a digest", async () => {
  const pushed = image("tagged");
  await push(it.url, "a/tagged", "v1", pushed);
  const reply = await pushManifest(it.url, "a/tagged", `${pushed.digest}?tag=v2&tag=v3&tag=v2`, {
    body: pushed.manifest,
  });
  expect([reply.status, reply.headers.get("oci-tag")]).toEqual([201, "v2, v3"]);
  expect((await tags("a/tagged")).json.tags).toEqual(["v1", "v2", "v3"]);
});

test("Docker's manifests are taken in where compat says so, artifacts without looking for their blobs", async () => {
  const pushed = image("docker");
  await push(it.url, "a/docker", "oci", pushed);
  const docker = pushed.manifest
    .replaceAll(OCI_MANIFEST, DOCKER_MANIFEST)
    .replaceAll("application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json");
  expect(
    (await pushManifest(it.url, "a/docker", "docker", { body: docker, type: DOCKER_MANIFEST })).status,
  ).toBe(201);
  expect((await get("a/docker", "docker")).headers.get("content-type")).toBe(DOCKER_MANIFEST);
  const artifact = image("artifact").manifest.replace(
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.test+json",
  );
  expect((await pushManifest(it.url, "a/docker", "artifact", { body: artifact })).status).toBe(201);
});

describe("deleting", () => {
  const pushed = image("delete");
  beforeEach(async () => {
    for (const tag of ["v1", "v2"]) await push(it.url, "d/app", tag, pushed);
  });

  test("by tag takes the tag alone: the manifest stays, by its digest", async () => {
    expect((await remove("d/app", "v1")).status).toBe(202);
    expect((await remove("d/app", "v2")).status).toBe(202);
    expect((await tags("d/app")).json.tags).toEqual([]);
    expect((await get("d/app", pushed.digest)).status).toBe(200);
    expect((await remove("d/app", "v1")).status).toBe(404);
  });

  test("by digest takes all tags", async () => {
    expect((await remove("d/app", pushed.digest)).status).toBe(202);
    expect((await tags("d/app")).json.tags).toEqual([]);
    expect((await get("d/app", pushed.digest)).status).toBe(404);
  });

  test("what is not there: 404, of a repository that is not there: 400", async () => {
    const unknown = await remove("d/app", "none");
    expect([unknown.status, code(unknown)]).toEqual([404, "MANIFEST_UNKNOWN"]);
    const nowhere = await remove("d/nowhere", "none");
    expect([nowhere.status, code(nowhere)]).toEqual([400, "NAME_UNKNOWN"]);
  });
});

test("images survive a restart", async () => {
  const pushed = image("kept");
  await push(it.url, "k/app", "v1", pushed);
  await it.zot.stop();
  it.zot = await startZot(it.folder, it.config);
  expect((await get("k/app", "v1")).text).toBe(pushed.manifest);
  expect(existsSync(join(it.config.storage.rootDirectory, "k/app/index.json"))).toBe(true);
});
