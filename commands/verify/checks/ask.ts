import type { Peer } from "../../../systems/http/errors";
import { jsonOf } from "../../../systems/http/json";
import { type HttpReply, request } from "../../../systems/http/request";

export interface JsonReply extends HttpReply {
  /** The body as JSON; undefined if it is not JSON. */
  readonly json: unknown;
}

/** One GET; redirects are answers. @throws SystemError, which never shows what was sent */
export async function ask(
  peer: Peer,
  url: string,
  timeoutMs: number,
  headers: Record<string, string> = {},
): Promise<JsonReply> {
  const reply = await request({
    peer,
    action: "get an answer",
    url,
    timeoutMs,
    headers: { "User-Agent": "zot-access-verify", ...headers },
  });
  return { ...reply, json: jsonOf(reply.text) };
}
