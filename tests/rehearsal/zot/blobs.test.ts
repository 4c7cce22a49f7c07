import { existsSync } from "node:fs";
import { join } from "node:path";
import { ask, code, image, push, pushBlob, sha256 } from "./client";
import { world } from "./world";

const it = world(({ http }) => {
  http.accessControl = {
    repositories: { "**": { anonymousPolicy: ["read", "create", "update", "delete"] } },
  };
});

const blob = (repository: string, digest: string, headers: Record<string, string> = {}) =>
  ask(`${it.url}/v2/${repository}/blobs/${digest}`, { headers });

describe("across repositories", () => {
  const digest = sha256("shared");
  beforeAll(() => pushBlob(it.url, "m/source", "shared"));

  test("mount links the blob", async () => {
    const reply = await ask(`${it.url}/v2/m/target/blobs/uploads/?mount=${digest}&from=m/source`, {
      method: "POST",
    });
    expect([reply.status, reply.headers.get("location")]).toEqual([201, `/v2/m/target/blobs/${digest}`]);
    expect((await blob("m/target", digest)).text).toBe("shared");
  });

  test("mount of what nobody has starts an upload", async () => {
    const reply = await ask(`${it.url}/v2/m/none/blobs/uploads/?mount=${sha256("nobody's")}&from=m/source`, {
      method: "POST",
    });
    expect(reply.status).toBe(202);
    expect(reply.headers.get("location")).toMatch(/^\/v2\/m\/none\/blobs\/uploads\//);
  });

  test("HEAD finds it, and makes the repository; GET alone does not", async () => {
    expect((await blob("m/got", digest)).status).toBe(404);
    expect((await ask(`${it.url}/v2/m/asked/blobs/${digest}`, { method: "HEAD" })).status).toBe(200);
    expect((await blob("m/asked", digest)).text).toBe("shared");
    expect((await ask(`${it.url}/v2/_catalog`)).json.repositories).toContain("m/asked");
  });
});

describe("a blob of an image", () => {
  const pushed = image("blobs");
  beforeAll(() => push(it.url, "i/image", "v1", pushed));

  test("has the type that its manifest gives", async () => {
    expect((await blob("i/image", sha256(pushed.layer))).headers.get("content-type")).toBe(
      "application/vnd.oci.image.layer.v1.tar+gzip",
    );
  });

  test("cannot be deleted while it is needed", async () => {
    const reply = await ask(`${it.url}/v2/i/image/blobs/${sha256(pushed.layer)}`, { method: "DELETE" });
    expect([reply.status, code(reply)]).toEqual([405, "DENIED"]);
  });

  test.each([
    ["bytes=0-4", 206, "layer", "bytes 0-4/14"],
    ["bytes=9-", 206, "blobs", "bytes 9-13/14"],
    ["bytes=-5", 206, "blobs", "bytes 9-13/14"],
    ["bytes=14-", 416, "", "bytes */14"],
    ["lines=0-1", 416, "", "bytes */14"],
  ])("by range %s", async (range, status, text, contentRange) => {
    const reply = await blob("i/image", sha256(pushed.layer), { Range: range });
    expect([reply.status, reply.text, reply.headers.get("content-range")]).toEqual([
      status,
      text,
      contentRange,
    ]);
  });
});

test("a blob that nothing needs can be deleted", async () => {
  await pushBlob(it.url, "a/loose", "loose");
  const remove = () => ask(`${it.url}/v2/a/loose/blobs/${sha256("loose")}`, { method: "DELETE" });
  expect([(await remove()).status, (await remove()).status]).toEqual([202, 404]);
  expect(
    existsSync(join(it.config.storage.rootDirectory, "a/loose/blobs/sha256", sha256("loose").slice(7))),
  ).toBe(false);
});
