import pLimit from "p-limit";
import { z } from "zod";
import { StatusError, SystemError } from "../http/errors";
import { readJson } from "../http/json";
import { allPages } from "../http/pages";
import { pathOf } from "../http/path";
import { type HttpReply, locationOf, request } from "../http/request";
import { withRetry } from "../http/retry";
import { FORGEJO, hintFor, REDIRECTS } from "./forgejo-error";
import { label, type SecretScope, scopeOfPath, secretsPath } from "./scope";

const DEFAULT_TIMEOUT_MS = 15_000;
/** Delays before the retries, unless Forgejo requests its own; in milliseconds. */
const DEFAULT_DELAYS_MS: readonly number[] = [250, 1000, 4000];
/** Concurrent requests to one Forgejo: a small one uses SQLite, which serialises writes. */
const PARALLEL = 8;

/** Forgejo's maximum page size (`[api] MAX_RESPONSE_ITEMS`); a server may have a smaller one. */
const PAGE = 50;

const listed = z.array(z.object({ name: z.string() }));
const found = z.object({
  data: z.array(
    z.looseObject({
      name: z.string(),
      owner: z.looseObject({ login: z.string() }),
      permissions: z.looseObject({ admin: z.boolean().optional() }).nullish(),
    }),
  ),
});
const described = z.object({ has_actions: z.boolean().optional() });

export interface ForgejoOptions {
  /** Limit of each request. */
  readonly timeoutMs?: number;
  readonly retryDelaysMs?: readonly number[];
}

/** Actions secrets, over Forgejo's REST API. Values are write-only. */
export class ForgejoClient {
  private readonly limit = pLimit(PARALLEL);

  constructor(
    private readonly url: string,
    private readonly options: ForgejoOptions = {},
  ) {}

  /**
   * Upper-case names of a scope's secrets. Gitea has no page 0 with the whole list (measured on 1.26.0), and Forgejo
   * 9 returns a repository's whole list on any page, so pages are read until the reported total is reached.
   */
  async listNames(scope: SecretScope, token: string): Promise<Set<string>> {
    const action = `list the Actions secrets of ${label(scope)}`;
    const form = { peer: FORGEJO, action, schema: listed, expected: "a list of secrets" };
    const seen = new Set<string>();
    const where = `${this.url}/api/v1${secretsPath(scope)}`;
    const names = await allPages(
      { peer: FORGEJO, action, where },
      async (page) => {
        const { reply } = await this.send("GET", scope, token, {
          path: `?page=${page}&limit=${PAGE}`,
          action,
        });
        const items = readJson(reply, form)
          .map(({ name }) => name.toUpperCase())
          .filter((name) => !seen.has(name));
        for (const name of items) seen.add(name);
        const total = Number(reply.headers.get("x-total-count") ?? Infinity);
        return { items, next: items.length === 0 || seen.size >= total ? undefined : page + 1 };
      },
      (name) => name,
    );
    return new Set(names);
  }

  /** The repositories whose secrets the token's user may manage. */
  async repositories(token: string): Promise<Required<SecretScope>[]> {
    const action = "list the repositories";
    const form = { peer: FORGEJO, action, schema: found, expected: "a list of repositories" };
    const where = `${this.url}/api/v1/repos/search`;
    const ask = (page: number) =>
      this.limit(async () => {
        const answer = await request({
          peer: FORGEJO,
          action,
          url: `${where}?limit=${PAGE}&page=${page}`,
          headers: { accept: "application/json", authorization: `token ${token}` },
          timeoutMs: this.options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
        });
        if (answer.status === 200) return answer;
        throw new StatusError(action, answer, "see forgejo.token and its scopes");
      });
    const all = await allPages(
      { peer: FORGEJO, action, where },
      async (page) => {
        const delays = this.options.retryDelaysMs ?? DEFAULT_DELAYS_MS;
        const { data } = readJson(await withRetry(() => ask(page), delays), form);
        return { items: data, next: data.length === 0 ? undefined : page + 1 };
      },
      ({ name, owner }) => `${owner.login}/${name}`,
    );
    return all
      .filter(({ permissions }) => permissions?.admin === true)
      .map(({ name, owner }) => ({ owner: owner.login, repository: name }));
  }

  /**
   * Whether a repository has Actions; undefined if Forgejo does not report it. Requested once: it is only used for a
   * warning.
   */
  async hasActions(scope: SecretScope, token: string): Promise<boolean | undefined> {
    const { owner, repository = "" } = scope;
    const action = `look whether ${label(scope)} has Actions`;
    try {
      const reply = await this.limit(() =>
        request({
          peer: FORGEJO,
          action,
          url: `${this.url}/api/v1/repos${pathOf(owner, repository)}`,
          headers: { accept: "application/json", authorization: `token ${token}` },
          timeoutMs: this.options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
        }),
      );
      const form = { peer: FORGEJO, action, schema: described, expected: "a repository" };
      return reply.status === 200 ? readJson(reply, form).has_actions : undefined;
    } catch (error) {
      if (error instanceof SystemError) return undefined;
      throw error;
    }
  }

  /**
   * @returns whether the secret existed before: Forgejo answers 201 or 204. After a retry that is unknown, because
   * the first request may have succeeded although its answer was lost.
   */
  async put(scope: SecretScope, token: string, name: string, data: string): Promise<boolean> {
    const { reply, attempts } = await this.send("PUT", scope, token, {
      path: pathOf(name),
      action: `set ${label(scope)}/${name}`,
      body: { data },
    });
    return reply.status !== 201 && attempts === 1;
  }

  /**
   * Deletes a secret; a missing one counts as deleted.
   *
   * @returns the scope's new name, if it was renamed and still has the secret.
   */
  async delete(scope: SecretScope, token: string, name: string): Promise<SecretScope | undefined> {
    const action = `delete ${label(scope)}/${name}`;
    const { reply } = await this.send("DELETE", scope, token, {
      path: pathOf(name),
      action,
      alsoFine: [404, ...REDIRECTS],
    });
    if (!REDIRECTS.includes(reply.status)) return undefined;
    const moved = this.movedTo(locationOf(reply));
    if (moved) return moved;
    throw new StatusError(action, reply, hintFor(reply.status, "DELETE", scope));
  }

  /** A renamed scope answers with a path of the same server (RedirectToRepo in Forgejo's services/context/repo.go). */
  private movedTo(location: URL | undefined): SecretScope | undefined {
    const api = new URL(`${this.url}/api/v1`);
    if (location?.origin !== api.origin || !location.pathname.startsWith(api.pathname)) return undefined;
    return scopeOfPath(location.pathname.slice(api.pathname.length));
  }

  /** All of these requests can be repeated, so transient failures are retried. */
  private async send(
    method: string,
    scope: SecretScope,
    token: string,
    { path, action, body, alsoFine = [] }: SecretsRequest,
  ): Promise<{ reply: HttpReply; attempts: number }> {
    let attempts = 0;
    const attempt = async () => {
      attempts++;
      // Following a redirect to https or to a renamed repository would lose the token, or write to another place.
      const reply = await request({
        peer: FORGEJO,
        action,
        method,
        url: `${this.url}/api/v1${secretsPath(scope)}${path}`,
        headers: {
          accept: "application/json",
          authorization: `token ${token}`,
          ...(body && { "content-type": "application/json" }),
        },
        body: body && JSON.stringify(body),
        timeoutMs: this.options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      });
      const { status } = reply;
      if ((status >= 200 && status <= 299) || alsoFine.includes(status)) return reply;
      throw new StatusError(action, reply, hintFor(status, method, scope));
    };
    const reply = await withRetry(() => this.limit(attempt), this.options.retryDelaysMs ?? DEFAULT_DELAYS_MS);
    return { reply, attempts };
  }
}

interface SecretsRequest {
  /** Path below the scope's secrets. */
  readonly path: string;
  /** For the error message. */
  readonly action: string;
  readonly body?: object;
  /** Other statuses that mean success. */
  readonly alsoFine?: readonly number[];
}
