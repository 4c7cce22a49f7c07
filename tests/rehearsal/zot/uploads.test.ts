import { connect } from "node:net";
import { once } from "node:events";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { ask, code, pushBlob, sha256, type Reply } from "./client";
import { until } from "./run-zot";
import { world } from "./world";

const ALL = ["read", "create", "update", "delete"];
const it = world(({ http }) => {
  http.accessControl = { repositories: { "**": { anonymousPolicy: ALL } } };
});

const BINARY = { "Content-Type": "application/octet-stream" };
const start = async (repository: string) =>
  (await ask(`${it.url}/v2/${repository}/blobs/uploads/`, { method: "POST" })).headers.get("location") ?? "";
const patch = (location: string, body: string, range?: string) =>
  ask(`${it.url}${location}`, {
    method: "PATCH",
    headers: { ...BINARY, ...(range !== undefined && { "Content-Range": range }) },
    body,
  });
const finish = (location: string, digest: string, body = "", range?: string) =>
  ask(`${it.url}${location}?digest=${digest}`, {
    method: "PUT",
    headers: { ...BINARY, ...(range !== undefined && { "Content-Range": range }) },
    body,
  });
const blob = (repository: string, digest: string, headers: Record<string, string> = {}) =>
  ask(`${it.url}/v2/${repository}/blobs/${digest}`, { headers });

function seen({ status, headers }: Reply, ...names: string[]): unknown[] {
  return [status, ...names.map((name) => headers.get(name))];
}

test("monolithic: POST with the digest", async () => {
  const digest = sha256("whole");
  const reply = await pushBlob(it.url, "a/whole", "whole");
  expect(seen(reply, "location")).toEqual([201, `/v2/a/whole/blobs/${digest}`]);
  expect(
    seen(await blob("a/whole", digest), "docker-content-digest", "content-length", "content-type"),
  ).toEqual([200, digest, "5", "application/octet-stream"]);
});

test("monolithic: POST, then PUT with the body", async () => {
  const location = await start("a/put");
  const digest = sha256("put");
  const reply = await finish(location, digest, "put");
  expect(seen(reply, "location", "docker-content-digest")).toEqual([
    201,
    `/v2/a/put/blobs/${digest}`,
    digest,
  ]);
  expect((await blob("a/put", digest)).text).toBe("put");
});

test("chunked: each chunk has to begin where the last one ended", async () => {
  const location = await start("a/chunks");
  expect(location).toMatch(/^\/v2\/a\/chunks\/blobs\/uploads\/[0-9a-f-]{36}$/);
  const status = () => ask(`${it.url}${location}`);
  expect(seen(await status(), "range", "location")).toEqual([204, "0-0", location]);
  expect(seen(await patch(location, "one", "0-2"), "range", "location")).toEqual([202, "0-2", location]);
  const gap = await patch(location, "three", "6-10");
  expect([gap.status, code(gap)]).toEqual([416, "BLOB_UPLOAD_INVALID"]);
  expect((await patch(location, "two", "3-9")).status).toBe(416);
  expect(seen(await patch(location, "two", "3-5"), "range")).toEqual([202, "0-5"]);
  expect(seen(await status(), "range")).toEqual([204, "0-5"]);
  const digest = sha256("onetwothree");
  expect((await finish(location, digest, "three", "6-10")).status).toBe(201);
  expect((await blob("a/chunks", digest)).text).toBe("onetwothree");
  expect((await status()).status).toBe(404);
});

test("streamed: PATCH without a range appends, PUT without a body ends it", async () => {
  const location = await start("a/stream");
  expect(seen(await patch(location, "one"), "range")).toEqual([202, "0-2"]);
  expect(seen(await patch(location, "three"), "range")).toEqual([202, "0-4"]);
  expect((await finish(location, sha256("onethree"))).status).toBe(201);
});

test("a body on the last PUT needs its range once there are chunks", async () => {
  const location = await start("a/last");
  await patch(location, "one");
  expect((await finish(location, sha256("onetwo"), "two")).status).toBe(416);
  expect((await finish(location, sha256("onetwo"), "two", "3-5")).status).toBe(201);
});

test("a wrong digest is refused, and the upload can still be finished", async () => {
  const location = await start("a/wrong");
  await patch(location, "one");
  const wrong = await finish(location, sha256("two"));
  expect([wrong.status, code(wrong)]).toEqual([400, "DIGEST_INVALID"]);
  expect((await blob("a/wrong", sha256("two"))).status).toBe(404);
  expect((await finish(location, sha256("one"))).status).toBe(201);
});

test.each([
  [
    "a POST with another body than its digest",
    () =>
      ask(`${it.url}/v2/a/b/blobs/uploads/?digest=${sha256("x")}`, {
        method: "POST",
        headers: BINARY,
        body: "y",
      }),
    400,
    "DIGEST_INVALID",
  ],
  [
    "a POST with half a digest",
    () =>
      ask(`${it.url}/v2/a/b/blobs/uploads/?digest=sha256:1`, { method: "POST", headers: BINARY, body: "y" }),
    400,
    "DIGEST_INVALID",
  ],
  [
    "a POST of another type",
    () =>
      ask(`${it.url}/v2/a/b/blobs/uploads/?digest=${sha256("x")}`, {
        method: "POST",
        headers: { "Content-Type": "text/plain" },
        body: "x",
      }),
    415,
    undefined,
  ],
  [
    "a PUT without digest",
    async () => ask(`${it.url}${await start("a/b")}`, { method: "PUT" }),
    400,
    undefined,
  ],
  [
    "a PATCH of an unknown upload",
    () => patch("/v2/a/b/blobs/uploads/none", "x"),
    404,
    "BLOB_UPLOAD_UNKNOWN",
  ],
  [
    "a GET of an unknown upload",
    () => ask(`${it.url}/v2/a/b/blobs/uploads/none`),
    404,
    "BLOB_UPLOAD_UNKNOWN",
  ],
  [
    "a DELETE of an unknown upload",
    () => ask(`${it.url}/v2/a/b/blobs/uploads/none`, { method: "DELETE" }),
    404,
    "BLOB_UPLOAD_UNKNOWN",
  ],
  ["a GET of an unknown blob", () => blob("a/b", sha256("x")), 404, "BLOB_UNKNOWN"],
  ["a GET by half a digest", () => blob("a/b", "sha256:1"), 400, "DIGEST_INVALID"],
  [
    "a DELETE of an unknown blob",
    () => ask(`${it.url}/v2/a/b/blobs/${sha256("x")}`, { method: "DELETE" }),
    404,
    "BLOB_UNKNOWN",
  ],
  [
    "from= without mount=",
    () => ask(`${it.url}/v2/a/b/blobs/uploads/?from=a`, { method: "POST" }),
    405,
    undefined,
  ],
])("%s", async (_, question, status, expected) => {
  const reply = await question();
  expect([reply.status, code(reply)]).toEqual([status, expected]);
});

test("a cancelled upload is gone", async () => {
  const location = await start("a/cancel");
  expect((await ask(`${it.url}${location}`, { method: "DELETE" })).status).toBe(204);
  expect((await patch(location, "x")).status).toBe(404);
});

test("an upload whose client goes away is dropped", async () => {
  const location = await start("a/away");
  const uploads = join(it.config.storage.rootDirectory, "a/away/.uploads");
  expect(readdirSync(uploads)).toHaveLength(1);
  const socket = connect(Number(it.config.http.port), "127.0.0.1");
  socket.write(`PATCH ${location} HTTP/1.1\r\nHost: zot\r\nContent-Length: 10\r\n\r\nhalf`);
  await once(socket, "connect");
  // Only a request that is being read can be broken off; a real zot keeps the first bytes in memory, where nobody sees them.
  const begun = (name: string) =>
    process.env["ZOT_BINARY"] !== undefined || statSync(join(uploads, name)).size > 0;
  await until(() => readdirSync(uploads).some(begun));
  socket.end();
  await until(() => readdirSync(uploads).length === 0);
  expect((await ask(`${it.url}/v2/`)).status).toBe(200);
});

test("an empty blob", async () => {
  const location = await start("a/empty");
  expect((await finish(location, sha256(""))).status).toBe(201);
  expect(seen(await blob("a/empty", sha256("")), "content-length")).toEqual([200, "0"]);
});
