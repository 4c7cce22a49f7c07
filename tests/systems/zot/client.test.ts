import { inspect } from "node:util";
import fastify, { type FastifyInstance } from "fastify";
import { ZotClient } from "../../../systems/zot/client";
import {
  FormError,
  StatusError,
  TimeoutError,
  UnreachableError,
  UnsendableError,
} from "../../../systems/http/errors";

const basic = { kind: "basic", username: "zot-ci", password: "zak_live" } as const;
const session = { kind: "session", cookie: "session=abc; user=zot-ci" } as const;
const expiresAt = new Date("2027-02-22T10:11:12.345Z");

/** As zot 2.1.20 sends it. */
const details = {
  createdAt: "2026-11-24T16:00:00.123456789Z",
  expirationDate: "2027-02-22T10:11:12Z",
  isExpired: false,
  creatorUa: "zot-access",
  generatedBy: "manual",
  lastUsed: "0001-01-01T00:00:00Z",
  label: "ci",
  scopes: [],
  uuid: "4f9c",
};

let server: FastifyInstance;
let url: string;
let client: ZotClient;

beforeEach(() => {
  server = fastify();
});
afterEach(() => server.close());

async function start(): Promise<void> {
  url = await server.listen({ host: "127.0.0.1", port: 0 });
  client = new ZotClient(`${url}/`, { timeoutMs: 60_000 });
}

test("a minted key comes with its uuid and expiry; zot is sent a full RFC 3339 time", async () => {
  const seen: unknown[] = [];
  server.post("/zot/auth/apikey", (request, reply) => {
    seen.push(request.headers.authorization, request.body);
    return reply.code(201).send({ ...details, apiKey: "zak_new" });
  });
  await start();
  expect(await client.mintApiKey(basic, { label: "ci", expiresAt })).toEqual({
    uuid: "4f9c",
    label: "ci",
    createdAt: "2026-11-24T16:00:00.123456789Z",
    expiresAt: "2027-02-22T10:11:12Z",
    isExpired: false,
    key: "zak_new",
  });
  expect(seen).toEqual([
    `Basic ${Buffer.from("zot-ci:zak_live").toString("base64")}`,
    { label: "ci", scopes: [], expirationDate: "2027-02-22T10:11:12Z" },
  ]);
});

test("a session is sent as zot's own UI sends it", async () => {
  server.get("/zot/auth/apikey", (request) =>
    request.headers.cookie === session.cookie && request.headers["x-zot-api-client"] === "zot-ui"
      ? {
          apiKeys: [{ ...details, expirationDate: "0001-01-01T00:00:00Z", lastUsed: "2026-11-24T17:00:00Z" }],
        }
      : { apiKeys: null },
  );
  await start();
  expect(await client.listApiKeys(session)).toEqual([
    {
      uuid: "4f9c",
      label: "ci",
      createdAt: "2026-11-24T16:00:00.123456789Z",
      isExpired: false,
      lastUsed: "2026-11-24T17:00:00Z",
    },
  ]);
  expect(await client.listApiKeys(basic)).toEqual([]);
});

test("revoking names the key in the query", async () => {
  const ids: unknown[] = [];
  server.delete("/zot/auth/apikey", (request) => {
    ids.push(request.query);
    return "";
  });
  await start();
  await client.revokeApiKey(basic, "4f9c&x");
  expect(ids).toEqual([{ id: "4f9c&x" }]);
});

test("ping tells the status and the host's clock, also where the credential is dead", async () => {
  server.get("/v2/", (request, reply) =>
    reply
      .code(request.headers.authorization === undefined ? 200 : 401)
      .header("date", "Tue, 24 Nov 2026 16:53:58 GMT")
      .send(""),
  );
  await start();
  const date = new Date("2026-11-24T16:53:58Z");
  expect(await client.ping()).toEqual({ status: 200, date });
  expect(await client.ping(basic)).toEqual({ status: 401, date });
});

test.each([
  [400, "compare the host's clock"],
  [401, "expired, revoked or another user's"],
  [404, "http.auth.apikey"],
  [500, "log in again"],
])("a refused mint with %i says what to do next", async (status, hint) => {
  server.post("/zot/auth/apikey", (_, reply) => reply.code(status).send("zak_echo"));
  await start();
  const error = await client.mintApiKey(basic, { label: "ci", expiresAt }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(StatusError);
  expect(error).toMatchObject({ status, where: `${url}/zot/auth/apikey` });
  expect(String(error)).toContain(hint);
  expect(String(error)).not.toMatch(/zak_/);
});

test("an answer that is not zot's is an error that does not show it", async () => {
  server.post("/zot/auth/apikey", (_, reply) => reply.code(201).send({ apiKey: "zak_half" }));
  server.get("/zot/auth/apikey", (_, reply) => reply.type("text/html").send("<html>zak_page</html>"));
  await start();
  const calls = [() => client.mintApiKey(basic, { label: "ci", expiresAt }), () => client.listApiKeys(basic)];
  for (const call of calls) {
    const error = await call().catch((e: unknown) => e);
    expect(error).toBeInstanceOf(FormError);
    expect(String(error)).not.toMatch(/zak_/);
  }
});

test("a registry that is down and one that is silent are told apart, both without the credential", async () => {
  server.get("/v2/", () => new Promise(() => undefined));
  await start();
  const silent = await new ZotClient(url, { timeoutMs: 50 }).ping(basic).catch((e: unknown) => e);
  expect(silent).toBeInstanceOf(TimeoutError);
  await server.close();
  const down = await client.ping(basic).catch((e: unknown) => e);
  expect(down).toBeInstanceOf(UnreachableError);
  expect(down).toMatchObject({ code: "ECONNREFUSED" });
  expect(`${String(silent)} ${String(down)}`).not.toMatch(/zak_/);
});

test("a cookie that cannot be a header does not show up in the error, nor in its cause", async () => {
  await start();
  const error: unknown = await client
    .listApiKeys({ kind: "session", cookie: "session=s3cret\n" + "x: y" })
    .catch((e: unknown) => e);
  expect(error).toBeInstanceOf(UnsendableError);
  expect(inspect(error, { depth: 10 })).not.toContain("s3cret");
});
