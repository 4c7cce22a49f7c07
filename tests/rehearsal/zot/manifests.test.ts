import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ask, code, image, OCI_INDEX, OCI_MANIFEST, push, pushBlob, pushManifest, sha256 } from "./client";
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
const tags = async (repository: string, query = "") => ask(`${it.url}/v2/${repository}/tags/list${query}`);

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

test("it is an OCI layout on disk", async () => {
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

describe("an index", () => {
  const [amd, arm] = [image("amd"), image("arm")];
  const index = (...parts: { digest: string; manifest: string }[]) =>
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: parts.map(({ digest, manifest }) => ({
        mediaType: OCI_MANIFEST,
        digest,
        size: manifest.length,
      })),
    });
  const pushIndex = (tag: string, body: string) =>
    pushManifest(it.url, "x/app", tag, { body, type: OCI_INDEX });
  beforeAll(async () => {
    for (const part of [amd, arm]) await push(it.url, "x/app", part.digest, part);
    await pushIndex("v1", index(amd, arm));
  });

  test("is kept as what it is, with its manifests by digest and without tags for them", async () => {
    expect((await get("x/app", "v1")).headers.get("content-type")).toBe(OCI_INDEX);
    expect((await get("x/app", amd.digest)).status).toBe(200);
    expect((await tags("x/app")).json.tags).toEqual(["v1"]);
  });

  test("protects its manifests from being deleted", async () => {
    const reply = await remove("x/app", amd.digest);
    expect([reply.status, code(reply)]).toEqual([405, "DENIED"]);
  });

  test("that is replaced lets go of the manifests that it alone had", async () => {
    expect((await pushIndex("v1", index(amd))).status).toBe(201);
    expect((await get("x/app", amd.digest)).status).toBe(200);
    expect((await get("x/app", arm.digest)).status).toBe(404);
  });
});

describe("referrers", () => {
  const subject = image("subject");
  const descriptor = { mediaType: OCI_MANIFEST, digest: subject.digest, size: subject.manifest.length };
  const signature = image("signature", {
    subject: descriptor,
    artifactType: "application/vnd.sig",
    annotations: { a: "b" },
  });
  const list = (query = "") => ask(`${it.url}/v2/s/app/referrers/${subject.digest}${query}`);
  beforeAll(() => push(it.url, "s/app", "v1", subject));

  test("are none at first, also in a repository that is not there", async () => {
    const { status, json, headers } = await list();
    expect([status, headers.get("content-type"), json.manifests]).toEqual([200, OCI_INDEX, []]);
    expect((await ask(`${it.url}/v2/s/none/referrers/${subject.digest}`)).json.manifests).toEqual([]);
    expect((await ask(`${it.url}/v2/s/app/referrers/x`)).status).toBe(400);
  });

  test("are the manifests with that subject, filtered by type", async () => {
    const reply = await push(it.url, "s/app", signature.digest, signature);
    expect(reply.headers.get("oci-subject")).toBe(subject.digest);
    const found = {
      mediaType: OCI_MANIFEST,
      digest: signature.digest,
      size: signature.manifest.length,
      artifactType: "application/vnd.sig",
      annotations: { a: "b" },
    };
    expect((await list()).json.manifests).toEqual([found]);
    const filtered = await list("?artifactType=application/vnd.sig");
    expect([filtered.json.manifests, filtered.headers.get("oci-filters-applied")]).toEqual([
      [found],
      "artifactType",
    ]);
    expect((await list("?artifactType=other/type")).json.manifests).toEqual([]);
  });
});

describe("paging", () => {
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
});

test("images survive a restart", async () => {
  const pushed = image("kept");
  await push(it.url, "k/app", "v1", pushed);
  await it.zot.stop();
  it.zot = await startZot(it.folder, it.config);
  expect((await get("k/app", "v1")).text).toBe(pushed.manifest);
  expect(existsSync(join(it.config.storage.rootDirectory, "k/app/index.json"))).toBe(true);
});
