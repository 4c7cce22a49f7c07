import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { isUnwell, type Peer, StatusError, SystemError } from "../../systems/http/errors";
import { readJson } from "../../systems/http/json";
import { allPages } from "../../systems/http/pages";
import { type HttpReply, request } from "../../systems/http/request";
import { withRetry } from "../../systems/http/retry";

const TIMEOUT_MS = 15_000;
/** Delays before the retries; together they outlast a restart of a small Forgejo. */
const DELAYS_MS: readonly number[] = [1000, 4000, 10_000];
/** Forgejo's maximum page size (`[api] MAX_RESPONSE_ITEMS`). */
const PAGE = 50;
/** A limit for a server that answers every page: more than any real repository has. */
const MOST_PAGES = 400;
/** models/user/user_system.go, in Forgejo and in Gitea: the user of every job. No account has an id below 1. */
const ACTIONS_USER = -2;

export interface Repository {
  /** Forgejo's API, e.g. `https://forge.example.org/api/v1`. */
  readonly apiUrl: string;
  /** `owner/name` */
  readonly name: string;
  /** The job's own token; it may write issues and comments of its repository. */
  readonly token: string;
  readonly retryDelaysMs?: readonly number[];
}

const FORGEJO: Peer = { name: "Forgejo", setting: "GITHUB_API_URL" };

const user = z.object({ id: z.int() });
/** The author; null if the account is gone. */
export const author = user.nullish();

/** Requests about one repository, as the user of a token. */
export class ForgejoApi {
  private asked: Promise<number> | undefined;

  constructor(private readonly repository: Repository) {}

  /** The id of the token's own user. */
  me(): Promise<number> {
    return (this.asked ??= this.askWho());
  }

  async get<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    return this.read(this.below(path), schema);
  }

  /**
   * All entries of a list, whether the server pages it or not.
   *
   * @param isLast whether the entries after this one are not wanted
   */
  async list<T extends { id: number }>(
    path: string,
    schema: z.ZodType<T[]>,
    isLast: (entry: T) => boolean = () => false,
  ): Promise<T[]> {
    const seen = new Set<number>();
    const joint = path.includes("?") ? "&" : "?";
    const listing = {
      peer: FORGEJO,
      action: `GET ${this.repository.name}${path}`,
      where: this.address(this.below(path)),
      maxPages: MOST_PAGES,
    };
    return allPages(
      listing,
      async (page) => {
        const found = await this.get(`${path}${joint}limit=${PAGE}&page=${page}`, schema);
        const items = found.filter(({ id }) => !seen.has(id));
        for (const { id } of items) seen.add(id);
        // A server without pages returns the same list again; others may have a smaller page size than requested.
        const ends = items.length === 0 || items.some(isLast);
        return { items, next: ends ? undefined : page + 1 };
      },
      ({ id }) => id,
    );
  }

  /**
   * Writes, and checks the result if the answer is inconclusive: Forgejo 9 answers 500 to a job's comment that it has
   * written, and an answer can be lost.
   */
  async write(method: "POST" | "PATCH", path: string, body: object, isThere: () => Promise<boolean>) {
    for (const wait of [...this.delays, undefined]) {
      try {
        await this.ask(method, this.below(path), body);
        return;
      } catch (error) {
        if (!(error instanceof SystemError && error.transient)) throw error;
        if (await isThere()) return;
        if (wait === undefined) throw error;
        await delay(wait);
      }
    }
  }

  private get delays(): readonly number[] {
    return this.repository.retryDelaysMs ?? DELAYS_MS;
  }

  private below(path: string): string {
    return `/repos/${this.repository.name}${path}`;
  }

  /** A job's token may not always request its own user; a person's token always may. */
  private async askWho(): Promise<number> {
    try {
      return (await this.read("/user", user)).id;
    } catch (error) {
      if (error instanceof StatusError && [401, 403, 404].includes(error.status)) return ACTIONS_USER;
      throw error;
    }
  }

  private async read<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    const reply = await withRetry(() => this.ask("GET", path), this.delays);
    return readJson(reply, {
      peer: FORGEJO,
      action: actionOf("GET", path),
      schema,
      expected: "what Forgejo sends",
    });
  }

  private async ask(method: string, path: string, body?: object): Promise<HttpReply> {
    const action = actionOf(method, path);
    const reply = await request({
      peer: FORGEJO,
      action,
      method,
      url: this.address(path),
      headers: {
        accept: "application/json",
        authorization: `token ${this.repository.token}`,
        "content-type": "application/json",
      },
      body: body && JSON.stringify(body),
      timeoutMs: TIMEOUT_MS,
    });
    if (reply.status >= 200 && reply.status <= 299) return reply;
    throw new StatusError(action, reply, hintFor(reply.status, reply.url.host));
  }

  private address(path: string): string {
    return this.repository.apiUrl + path;
  }
}

function actionOf(method: string, path: string): string {
  return `${method} ${path.replace(/^\/repos\//, "")}`;
}

/** What to do about a status. */
function hintFor(status: number, host: string): string {
  switch (status) {
    case 401:
      return "The token is not valid, or not any more: a job's token ends with the job. Run the job again.";
    case 403:
      return (
        "The token may not do this: it needs the scope write:issue, and a job's token that permission in the repository's settings for " +
        "Actions. A job for a pull request of a fork may only read."
      );
    case 404:
      return "The repository has issues or pull requests switched off, what was asked for was deleted, or the token may not see it.";
    case 413:
    case 422:
      return "Forgejo refuses the text: is it longer than this server takes?";
    case 423:
      return "The repository is archived: unarchive it, or disable the workflow.";
    default:
      if (status >= 300 && status < 400)
        return "The repository was renamed, or GITHUB_API_URL is not Forgejo's own ROOT_URL with its scheme.";
      return isUnwell(status)
        ? `${host} is not well. Run the job again when it is.`
        : "See Forgejo's own log for the reason.";
  }
}
