import { readFileSync } from "node:fs";
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import { now } from "../clock";
import type { Zot } from "../zot-state";
import { end, endText, type Call } from "./call";
import { findRoute, type Match, type Route } from "./router";
import { routes } from "./routes";

const READ_TIMEOUT_MS = 60_000;

/** The HTTP server, not yet listening. */
export function httpServer(zot: Zot): Server {
  const table = routes(zot);
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    void answer(zot, table, request, response);
  };
  const { tls } = zot.config;
  const server = tls ? secureServer(tls, listener) : createServer(listener);
  server.requestTimeout = READ_TIMEOUT_MS;
  return server;
}

/** zot looks at the files again for new connections; here they are read at the start alone. */
function secureServer({ cert, key }: { cert: string; key: string }, listener: RequestListener): Server {
  const server = createTlsServer(
    { cert: readFileSync(cert), key: readFileSync(key), minVersion: "TLSv1.2" },
    listener,
  );
  // As Go's server answers who speaks no TLS.
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  return server;
}

async function answer(
  zot: Zot,
  table: Route[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.sendDate = false;
  response.setHeader("Date", now().toUTCString());
  const call = callOf(zot, request, response);
  const clean = cleanPath(call.path);
  const match = findRoute(table, call.method, call.path);
  if (clean !== call.path) {
    response.setHeader("Location", clean);
    end(call, 301);
  } else if ("status" in match) {
    if (match.status === 404) endText(call, 404, "404 page not found");
    else end(call, 405);
  } else await handle({ ...call, vars: match.vars }, match);
}

async function handle(call: Call, { handler }: Exclude<Match, { status: number }>): Promise<void> {
  const { request, response, zot } = call;
  // Gone from the request once the client has gone.
  const { remoteAddress = "", remotePort = 0 } = request.socket;
  try {
    await handler(call);
  } catch (error) {
    zot.log.error("panic recovered", { error: String(error) });
    if (response.headersSent) response.destroy();
    else end(call, 500);
  }
  logRequest(call, `${remoteAddress}:${remotePort}`);
}

function callOf(zot: Zot, request: IncomingMessage, response: ServerResponse): Call {
  const [path = "/", ...query] = (request.url ?? "/").split("?");
  const { method = "GET" } = request;
  return {
    zot,
    request,
    response,
    method,
    path,
    query: new URLSearchParams(query.join("?")),
    vars: {},
    user: { groups: [] },
  };
}

/** mux redirects what has empty or dotted segments. */
function cleanPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split("/").filter((each) => each !== "" && each !== ".")) {
    if (segment === "..") segments.pop();
    else segments.push(segment);
  }
  const clean = `/${segments.join("/")}`;
  return clean !== "/" && /\/\.{0,2}$/.test(path) ? `${clean}/` : clean;
}

/** As zot does: with the query and all headers but Authorization, so that a cookie or a code stands in its log. */
function logRequest({ zot, request, response, method, user }: Call, clientIP: string): void {
  zot.counters.request(method, response.statusCode);
  const headers = Object.entries(request.headersDistinct).map(([name, values]) => [
    name,
    name === "authorization" ? ["******"] : values,
  ]);
  zot.log.info("HTTP API", {
    module: "http",
    ...(user.username !== undefined && { username: user.username }),
    component: "session",
    clientIP,
    method,
    path: request.url,
    statusCode: response.statusCode,
    headers: Object.fromEntries(headers) as unknown,
  });
}
