import type { z } from "zod";
import { type Peer, StatusError } from "../../../systems/http/errors";
import { readJson } from "../../../systems/http/json";
import { type HttpReply, request } from "../../../systems/http/request";
import type { Side } from "../ask";
import type { Route } from "../system";

const TIMEOUT_MS = 60_000;

/** One request of a comparison's own, to find and to remove what was made. */
export function send(there: Side, peer: Peer, method: string, path: string): Promise<HttpReply> {
  return request({
    peer,
    action: `${method} ${path}`,
    method,
    url: there.url + there.base + path,
    headers: { accept: "application/json", authorization: there.authorization },
    timeoutMs: TIMEOUT_MS,
  });
}

/** @throws StatusError with this hint where it is answered with anything but 200 */
export async function get<T extends z.ZodType>(
  there: Side,
  peer: Peer,
  path: string,
  { schema, hint }: { readonly schema: T; readonly hint: string },
): Promise<z.output<T>> {
  const reply = await send(there, peer, "GET", path);
  const action = `GET ${path}`;
  if (reply.status !== 200) throw new StatusError(action, reply, hint);
  return readJson(reply, { peer, action, schema, expected: `what ${peer.name} sends` });
}

/** Of a route as fastify writes it: `GET /api/v1/repos/:owner/:repo`. */
export function routeOf(served: string): Route {
  const [method = "", path = ""] = served.split(" ");
  return { method, pattern: new RegExp(`^${path.replaceAll(/:\w+/g, "[^/]+")}$`) };
}
