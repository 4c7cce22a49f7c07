import { z } from "zod";
import { AUTHENTIK } from "../../systems/authentik/api";
import { readJson } from "../../systems/http/json";
import { pathOf } from "../../systems/http/path";
import { type HttpReply, request } from "../../systems/http/request";
import { KINDS, type Named } from "./objects";

const TIMEOUT_MS = 60_000;
const anything = z.looseObject({});
const listed = z.looseObject({ results: z.array(z.record(z.string(), z.unknown())) });
const pk = z.union([z.string(), z.number()]);

/** An operator's requests to Authentik's REST API: the real one's and the stand-in's alike. Paths are those below /api/v3/. */
export class AuthentikCalls {
  constructor(
    readonly url: string,
    private readonly token: string,
  ) {}

  /** @returns the answer's body; undefined where it has none @throws Error with the answer where it is not well */
  async send(method: string, path: string, body?: object): Promise<unknown> {
    const reply = await this.ask(method, path, body);
    if (reply.status >= 300)
      throw new Error(`Authentik answered ${reply.status} to ${method} ${path}: ${reply.text}`);
    return reply.text === "" ? undefined : this.content(reply, path);
  }

  /** @returns undefined where there is nothing */
  async find(path: string): Promise<unknown> {
    const reply = await this.ask("GET", path);
    return reply.status === 404 ? undefined : this.content(reply, path);
  }

  /** The key of the first object of a list. */
  async first(path: string): Promise<string | number | undefined> {
    const [one] = listed.parse(await this.send("GET", path)).results;
    return one && pk.parse(one["pk"]);
  }

  /** Where the object of that name is; undefined where there is none. */
  async addressOf({ kind, name }: Named): Promise<string | undefined> {
    const fields = KINDS[kind];
    const at = (key: string | number) => `${kind.replace(/\/$/, "")}${pathOf(key)}/`;
    // A list shows what its reader may use; an address shows what there is.
    if (fields.key === fields.name) return (await this.find(at(name))) === undefined ? undefined : at(name);
    const query = new URLSearchParams({ [fields.name]: name }).toString();
    const { results } = listed.parse(await this.send("GET", `${kind}?${query}`));
    const found = results.find((each) => each[fields.name] === name);
    return found && at(pk.parse(found[fields.key]));
  }

  /** @returns whether the object of that name is gone */
  async remove(object: Named): Promise<boolean> {
    const address = await this.addressOf(object);
    if (address === undefined) return true;
    return [204, 404].includes((await this.ask("DELETE", address)).status);
  }

  private ask(method: string, path: string, body?: object): Promise<HttpReply> {
    return request({
      peer: AUTHENTIK,
      action: `${method} ${path}`,
      method,
      url: `${this.url.replace(/\/+$/, "")}/api/v3/${path}`,
      headers: {
        accept: "application/json",
        authorization: `Bearer ${this.token}`,
        ...(body && { "content-type": "application/json" }),
      },
      ...(body && { body: JSON.stringify(body) }),
      timeoutMs: TIMEOUT_MS,
    });
  }

  private content(reply: HttpReply, path: string): unknown {
    return readJson(reply, {
      peer: AUTHENTIK,
      action: `read ${path}`,
      schema: anything,
      expected: "an object",
    });
  }
}
