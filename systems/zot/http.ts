import type { Peer } from "../http/errors";
import { type HttpReply, type HttpRequest, request } from "../http/request";

export type { HttpReply as ZotReply } from "../http/request";

export const ZOT: Peer = { name: "zot", setting: "registryUrl" };

export type Credential =
  | { kind: "basic"; username: string; password: string }
  /** The Cookie header that a browser would send after the login, e.g. `session=…; user=…`. */
  | { kind: "session"; cookie: string };

export interface ZotRequest extends Omit<HttpRequest, "peer"> {
  readonly credential?: Credential | undefined;
}

/**
 * One request; redirects are answers and are not followed. There are no retries.
 *
 * @throws SystemError
 */
export function send({ credential, headers, ...rest }: ZotRequest): Promise<HttpReply> {
  return request({ ...rest, peer: ZOT, headers: { ...authHeaders(credential), ...headers } });
}

/** zot only accepts a session with this header of its own UI (zot's pkg/api/constants). */
function authHeaders(credential: Credential | undefined): Record<string, string> {
  switch (credential?.kind) {
    case undefined:
      return {};
    case "basic":
      return {
        Authorization: `Basic ${Buffer.from(`${credential.username}:${credential.password}`).toString("base64")}`,
      };
    case "session":
      return { Cookie: credential.cookie, "X-ZOT-API-CLIENT": "zot-ui" };
  }
}
