import { ask, code, image, OCI_INDEX, OCI_MANIFEST, push, pushManifest } from "./client";
import { world } from "./world";

const it = world(({ http }) => {
  http.accessControl = {
    repositories: { "**": { anonymousPolicy: ["read", "create", "update", "delete"] } },
  };
});

const get = (repository: string, reference: string, method = "GET") =>
  ask(`${it.url}/v2/${repository}/manifests/${reference}`, { method });
const remove = (repository: string, reference: string) => get(repository, reference, "DELETE");

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
    expect((await ask(`${it.url}/v2/x/app/tags/list`)).json.tags).toEqual(["v1"]);
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
