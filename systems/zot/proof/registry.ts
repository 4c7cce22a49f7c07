import { FormError, StatusError } from "../../http/errors";
import { jsonOf } from "../../http/json";
import { send, ZOT, type Credential, type ZotReply, type ZotRequest } from "../http";
import type { MatrixIdentity } from "./types";

/** The registry as seen by one identity with one client. */
export class Registry {
  constructor(
    readonly url: string,
    readonly timeoutMs: number,
    private readonly identity?: MatrixIdentity,
    private readonly userAgent = "zot-access-verify",
  ) {}

  ask(
    action: string,
    method: string,
    path: string,
    rest: Pick<ZotRequest, "headers" | "body"> = {},
  ): Promise<ZotReply> {
    return send({
      action,
      method,
      url: this.url + path,
      headers: { "User-Agent": this.userAgent, ...rest.headers },
      ...(rest.body !== undefined && { body: rest.body }),
      credential: this.credential(),
      timeoutMs: this.timeoutMs,
    });
  }

  /** The request, with its body if the status is one of `accepted`. @throws StatusError */
  async demand(
    action: string,
    method: string,
    path: string,
    { accepted, hint, ...rest }: { accepted: number[]; hint: string } & Pick<ZotRequest, "headers" | "body">,
  ): Promise<ZotReply> {
    const reply = await this.ask(action, method, path, rest);
    if (!accepted.includes(reply.status)) {
      throw new StatusError(action, reply, hint);
    }
    return reply;
  }

  /** A list of names under `key`, the format of the catalog and of a repository's tags. */
  async names(action: string, path: string, key: string): Promise<{ names: string[]; next?: string }> {
    const reply = await this.demand(action, "GET", path, {
      accepted: [200],
      hint: "whoever asks may pull: compare zot's config on its host with `pulumi preview`",
    });
    const names = namesIn(reply.text, key);
    if (!names) throw new FormError({ peer: ZOT, action, where: reply.url }, `a list of ${key}`);
    const next = /<([^>]+)>;\s*rel="?next"?/.exec(reply.headers.get("link") ?? "")?.[1];
    return { names, ...(next !== undefined && { next }) };
  }

  private credential(): Credential | undefined {
    const { username, password } = this.identity ?? {};
    return username === undefined ? undefined : { kind: "basic", username, password: password ?? "" };
  }
}

/** The list of names under `key`; undefined if there is none. */
export function namesIn(text: string, key: string): string[] | undefined {
  const json = jsonOf(text);
  if (typeof json !== "object" || json === null) return undefined;
  const names: unknown = Reflect.get(json, key);
  if (names === null) return [];
  return Array.isArray(names) && names.every((name) => typeof name === "string") ? names : undefined;
}
