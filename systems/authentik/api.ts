import { z } from "zod";
import { type Peer, StatusError } from "../http/errors";
import { readJson } from "../http/json";
import { allPages } from "../http/pages";
import { type HttpReply, requestFollowing } from "../http/request";
import { RETRY_DELAYS_MS, withRetry } from "../http/retry";

export const AUTHENTIK: Peer = { name: "Authentik", setting: "authentik.url" };

const TIMEOUT_MS = 15_000;
/** Authentik's maximum page size. */
const PAGE_SIZE = 100;

/** Required in every object of a list. */
const object = z.looseObject({ pk: z.union([z.string().min(1), z.number()]) });
const page = z.looseObject({
  pagination: z.looseObject({ next: z.number() }),
  results: z.array(z.unknown()),
});

export type Query = Readonly<Record<string, string>>;

export interface AuthentikApiOptions {
  readonly retryDelaysMs?: readonly number[];
  /** What an error tells the reader to change; the stack's settings, unless the caller has other sources. */
  readonly from?: Origin;
}

interface Origin {
  readonly address: string;
  readonly token: string;
}

const SETTINGS: Origin = { address: AUTHENTIK.setting, token: "authentik.token" };

/** The read-only part of Authentik's REST API that is needed here. Paths are those below /api/v3/. */
export class AuthentikApi {
  private readonly base: string;
  private readonly from: Origin;
  private readonly peer: Peer;

  constructor(
    url: string,
    private readonly token: string,
    private readonly options: AuthentikApiOptions = {},
  ) {
    this.base = url.replace(/\/+$/, "");
    this.from = options.from ?? SETTINGS;
    this.peer = { ...AUTHENTIK, setting: this.from.address };
  }

  /** All pages of a list. @throws SystemError */
  async list<T extends z.ZodType>(path: string, query: Query, schema: T): Promise<z.output<T>[]> {
    const { items, absent } = await this.pages(path, query, schema);
    return absent ? this.refuse(absent, `list ${path}`) : items;
  }

  /** As `list`; undefined if this server has no such path: some lists depend on the release. @throws SystemError */
  async listIfServed<T extends z.ZodType>(
    path: string,
    query: Query,
    schema: T,
  ): Promise<z.output<T>[] | undefined> {
    const { items, absent } = await this.pages(path, query, schema);
    return absent ? undefined : items;
  }

  /** One object; undefined if there is none. @throws SystemError */
  async find<T extends z.ZodType>(
    path: string,
    schema: T,
    expected: string,
  ): Promise<z.output<T> | undefined> {
    const action = `read ${path}`;
    const reply = await this.get(path, {}, action);
    if (reply.status === 404) return undefined;
    return readJson(reply, { peer: this.peer, action, schema, expected });
  }

  private async pages<T extends z.ZodType>(
    path: string,
    query: Query,
    schema: T,
  ): Promise<{ items: z.output<T>[]; absent: HttpReply | undefined }> {
    const action = `list ${path}`;
    const whole = page.extend({ results: z.array(z.intersection(object, schema)) });
    const form = { peer: this.peer, action, schema: whole, expected: "a page of a list" };
    const seen: { absent?: HttpReply } = {};
    const items = await allPages(
      { peer: this.peer, action, where: this.address(path) },
      async (number) => {
        const paged = { ...query, page: String(number), page_size: String(PAGE_SIZE) };
        const reply = await this.get(path, paged, action);
        if (reply.status === 404) {
          seen.absent = reply;
          return { items: [], next: undefined };
        }
        const { results, pagination } = readJson(reply, form);
        return { items: results, next: pagination.next > 0 ? pagination.next : undefined };
      },
      ({ pk }) => pk,
    );
    return { items, absent: seen.absent };
  }

  /** Answers 200 or 404. */
  private get(path: string, query: Query, action: string): Promise<HttpReply> {
    const url = this.address(path);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return withRetry(async () => {
      const reply = await requestFollowing({
        peer: this.peer,
        action,
        url,
        headers: { Accept: "application/json", Authorization: `Bearer ${this.token}` },
        timeoutMs: TIMEOUT_MS,
      });
      return reply.status === 200 || reply.status === 404 ? reply : this.refuse(reply, action);
    }, this.options.retryDelaysMs ?? RETRY_DELAYS_MS);
  }

  private address(path: string): URL {
    return new URL(`${this.base}/api/v3/${path}`);
  }

  private refuse(reply: HttpReply, action: string): never {
    throw new StatusError(action, reply, hintFor(reply.status, this.from));
  }
}

function hintFor(status: number, { address, token }: Origin): string {
  if (status === 401)
    return `${token} is not a valid token: create a new one and store it where ${token} gets its value`;
  if (status === 403)
    return `the token in ${token} needs the right to see users, groups, applications, flows and bindings, or is not valid`;
  return `see whether ${address} is that of an Authentik server, and its log`;
}
