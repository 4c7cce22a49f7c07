import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import fastify from "fastify";

export interface Passed {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** What becomes of an answer; undefined: it is not touched. */
export type Change = (asked: string, answer: Passed, body: unknown) => Passed | undefined;

/** A server that passes on what another one answers, with one thing changed. */
export async function startProxy(url: string, change: Change) {
  const server = fastify({
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 1000 },
    bodyLimit: 1 << 22,
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => {
    done(null, body);
  });
  server.all("/*", async (incoming, reply) => {
    // With the host that was asked, by which a server knows its own address.
    const { connection: _connection, "accept-encoding": _encoding, ...headers } = incoming.headers;
    const passing = request(url + incoming.url, { method: incoming.method, headers });
    passing.end(typeof incoming.body === "string" ? incoming.body : undefined);
    const [answer] = (await once(passing, "response")) as [IncomingMessage];
    const own = ["connection", "content-length", "date", "keep-alive", "set-cookie", "transfer-encoding"];
    const kept = Object.entries(answer.headers).flatMap(([name, value]) =>
      typeof value === "string" && !own.includes(name) ? [[name, value] as const] : [],
    );
    const passed: Passed = {
      status: answer.statusCode ?? 0,
      headers: Object.fromEntries(kept),
      body: await text(answer),
    };
    const changed = change(`${incoming.method} ${incoming.url}`, passed, jsonOf(passed)) ?? passed;
    if (changed.headers["set-cookie"] === undefined)
      for (const cookie of answer.headers["set-cookie"] ?? []) void reply.header("set-cookie", cookie);
    return reply
      .code(changed.status)
      .headers(changed.headers)
      .send(changed.body === "" ? undefined : changed.body);
  });
  await server.listen({ host: "127.0.0.1", port: 0 });
  const { port } = server.server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, stop: () => server.close() };
}

function jsonOf({ body, headers }: Passed): unknown {
  return headers["content-type"]?.startsWith("application/json") === true && body !== ""
    ? JSON.parse(body)
    : undefined;
}
