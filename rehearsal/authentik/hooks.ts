import type { FastifyInstance, FastifyRequest } from "fastify";
import { refuse } from "./api/refusal";
import { messageOf } from "../../systems/text";

export interface LoggedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly status: number;
}

/** How the whole server misbehaves: cuts connections, never answers, answers as a proxy without a server, or rubbish. */
export type Fault = "none" | "cut" | "hang" | "bad-gateway" | "rubbish";

/** @returns what sets the fault */
export function injectFaults(server: FastifyInstance): (fault: Fault) => void {
  let fault: Fault = "none";
  server.addHook("onRequest", (request, reply, next) => {
    switch (fault) {
      case "none": {
        next();
        return;
      }
      case "cut":
        return void request.raw.socket.destroy();
      case "hang":
        return;
      case "bad-gateway":
        return void reply.code(502).type("text/html").send("<html><h1>502 Bad Gateway</h1></html>");
      case "rubbish":
        return void reply.code(200).type("application/json").send("{");
    }
  });
  return (next) => {
    fault = next;
  };
}

export function logRequests(server: FastifyInstance, requests: LoggedRequest[]): void {
  server.addHook("onResponse", (request, reply, next) => {
    const { pathname } = new URL(request.url, "http://localhost");
    requests.push({ method: request.method, path: pathname, status: reply.statusCode });
    next();
  });
}

/** As Django REST framework names them. */
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/** Every answer of the API says what its address takes; a route that only refuses is one of `config.refuses`. */
export function tellMethods(server: FastifyInstance): void {
  const taken = new Map<string, Set<string>>();
  server.addHook("onRoute", ({ url, method, config }) => {
    const own = taken.get(url) ?? new Set(["OPTIONS"]);
    taken.set(url, own);
    if (config?.refuses !== true || config.takenThere === true)
      for (const each of [method].flat()) own.add(each);
  });
  server.addHook("onRequest", (request, reply, next) => {
    const own = taken.get(request.routeOptions.url ?? "");
    if (own && isApi(request.url)) reply.header("allow", METHODS.filter((each) => own.has(each)).join(", "));
    next();
  });
}

const JSON_TYPES = new Set(["application/json", "application/*", "*/*"]);

/** Below the API everything is JSON: whoever wants something else is refused (rest_framework.negotiation). */
export function negotiate(server: FastifyInstance): void {
  server.addHook("onRequest", (request, _reply, next) => {
    const wanted = (request.headers.accept ?? "*/*")
      .split(",")
      .map((type) => type.split(";")[0]?.trim() ?? "");
    const suits = !isApi(request.url) || wanted.some((type) => JSON_TYPES.has(type));
    next(suits ? undefined : refuse(406, "Could not satisfy the request Accept header."));
  });
}

const isApi = (url: string): boolean => url.startsWith("/api/v3/");

/** JSON as Django REST framework reads it, forms as text outside of the API; other types are refused as it refuses them. */
export function parseBodies(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => {
    try {
      done(null, body === "" ? {} : (JSON.parse(String(body)) as unknown));
    } catch (error) {
      done(refuse(400, `JSON parse error - ${messageOf(error)}`));
    }
  });
  server.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "string" },
    (request, body, done) => {
      if (isApi(request.url)) done(unsupported(request));
      else done(null, body);
    },
  );
  server.addContentTypeParser("*", (request, payload, done) => {
    payload.resume();
    done(unsupported(request));
  });
}

function unsupported({ headers }: FastifyRequest): Error {
  return refuse(415, `Unsupported media type "${headers["content-type"] ?? ""}" in request.`);
}
