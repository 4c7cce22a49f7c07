import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { askIssuer } from "../../../rehearsal/zot/login/ask-issuer";

/*
 * The requests of the stand-in of zot to its issuer, by the rules of Go's net/http for redirects.
 */

let server: Server;
let url: string;
const seen: string[] = [];

function answer(request: IncomingMessage, response: ServerResponse): void {
  const [, path = "", rest = ""] = /^\/([^/]*)(.*)$/.exec(request.url ?? "") ?? [];
  seen.push(`${request.method ?? ""} /${path} ${request.headers.authorization ?? "-"}`);
  const [status = "", to] = path.split("-");
  if (to === undefined) {
    response.end("here");
    return;
  }
  const port = (server.address() as AddressInfo).port;
  const locations: Record<string, string> = {
    here: "/",
    itself: request.url ?? "",
    elsewhere: `http://localhost:${port}/`,
  };
  response.writeHead(Number(status), { Location: (locations[to] ?? "") + rest }).end("gone");
}

beforeAll(async () => {
  server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  seen.length = 0;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const ask = (path: string, post = false) =>
  askIssuer(
    `${url}/${path}`,
    { headers: { Authorization: "Basic x" }, ...(post && { form: new URLSearchParams({ code: "1" }) }) },
    AbortSignal.timeout(60_000),
  );

test.each([
  ["302-here", false, ["GET /302-here Basic x", "GET / Basic x"]],
  ["302-here", true, ["POST /302-here Basic x", "GET / Basic x"]],
  ["307-here", true, ["POST /307-here Basic x", "POST / Basic x"]],
  ["302-elsewhere", false, ["GET /302-elsewhere Basic x", "GET / -"]],
])("%s, posted: %s", async (path, post, requests) => {
  expect(await ask(path, post)).toEqual({ status: 200, body: "here" });
  expect(seen).toEqual(requests);
});

test("after ten redirects it gives up", async () => {
  await expect(ask("302-itself")).rejects.toThrow("stopped after 10 redirects");
  expect(seen).toHaveLength(10);
});

test("an issuer that never answers is given up when the time is over", async () => {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  try {
    const at = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    await expect(askIssuer(at, {}, AbortSignal.timeout(50))).rejects.toThrow(/abort/i);
  } finally {
    silent.closeAllConnections();
    silent.close();
  }
});
