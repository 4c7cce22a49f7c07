import type { IncomingMessage, ServerResponse } from "node:http";
import type { Subject } from "../../../systems/zot/decide";
import { goJson } from "../go";
import type { Zot } from "../zot-state";
import { apiError, type ErrorCode } from "./errors";

/** One request on its way: who asks (once that is known), for what, and the answer. */
export interface Call {
  zot: Zot;
  request: IncomingMessage;
  response: ServerResponse;
  method: string;
  path: string;
  query: URLSearchParams;
  /** What the route's pattern found: name, reference, digest, session. */
  vars: Record<string, string>;
  /** Set by authenticate(); no username: anonymous. */
  user: Subject;
}

export type Handler = (call: Call) => void | Promise<void>;

export function isFromUi({ request }: Call): boolean {
  return request.headers["x-zot-api-client"] === "zot-ui";
}

/** The status alone, with an empty body. */
export function end({ method, response }: Call, status: number): void {
  if (status !== 204 && method !== "HEAD") response.setHeader("Content-Length", 0);
  response.writeHead(status);
  response.end();
}

export function endText({ response }: Call, status: number, text: string): void {
  response.setHeader("Content-Type", "text/plain; charset=utf-8");
  response.setHeader("X-Content-Type-Options", "nosniff");
  response.setHeader("Content-Length", Buffer.byteLength(text) + 1);
  response.writeHead(status);
  response.end(`${text}\n`);
}

export function endData(call: Call, status: number, type: string, data: string | Buffer): void {
  call.response.setHeader("Content-Type", type);
  call.response.setHeader("Content-Length", Buffer.byteLength(data));
  call.response.writeHead(status);
  call.response.end(call.method === "HEAD" ? undefined : data);
}

export function endJson(call: Call, status: number, value: unknown): void {
  endData(call, status, "application/json", goJson(value));
}

export function endError(
  call: Call,
  status: number,
  code: ErrorCode,
  detail: Record<string, string> = {},
): void {
  endJson(call, status, { errors: [apiError(code, detail)] });
}

/** Permissions for browsers, on the routes that zot's UI may use. */
export function allowBrowsers({ zot, response }: Call, methods: string): void {
  response.setHeader("Access-Control-Allow-Methods", methods);
  response.setHeader("Access-Control-Allow-Headers", "Authorization,content-type,X-ZOT-API-CLIENT");
  const origin = zot.config.allowOrigin.trim();
  if (zot.knowsUsers && origin !== "" && origin !== "*")
    response.setHeader("Access-Control-Allow-Credentials", "true");
  allowOrigin({ zot, response });
}

export function allowOrigin({ zot, response }: Pick<Call, "zot" | "response">): void {
  response.setHeader("Access-Control-Allow-Origin", zot.config.allowOrigin || "*");
}
