import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { isUnwell, SystemError } from "../../systems/http/errors";
import { withRetry } from "../../systems/http/retry";

const TIMEOUT_MS = 15_000;
/** Waits before the next tries; together they outlast a restart of a small Forgejo. */
const DELAYS_MS: readonly number[] = [1000, 4000, 10_000];
/** The largest page that Forgejo gives (`[api] MAX_RESPONSE_ITEMS`). */
const PAGE = 50;
/** An end for a server that answers every page: more than any repository has that people still use. */
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

/** Forgejo did not do what it was asked. Holds neither a token nor a body. */
export class ForgejoApiError extends SystemError {
  override readonly name = "ForgejoApiError";
  readonly transient: boolean;

  constructor(
    what: string,
    /** undefined: no answer. */
    readonly status: number | undefined,
    hint: string,
  ) {
    super(`${what}: ${status === undefined ? "no answer" : `answered ${status}`}. ${hint}`);
    this.transient = status === undefined || isUnwell(status);
  }
}

const user = z.object({ id: z.int() });
/** Whoever wrote something; null where the account is gone. */
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
    return this.retried(async () => this.parse(path, await this.ask("GET", this.below(path)), schema));
  }

  /**
   * All entries of a list, whether the server gives it in pages of any size or whole.
   *
   * @param isLast that what comes after an entry is not wanted
   */
  async list<T extends { id: number }>(
    path: string,
    schema: z.ZodType<T[]>,
    isLast: (entry: T) => boolean = () => false,
  ): Promise<T[]> {
    const all = new Map<number, T>();
    const joint = path.includes("?") ? "&" : "?";
    for (let page = 1; page <= MOST_PAGES; page++) {
      const found = await this.get(`${path}${joint}limit=${PAGE}&page=${page}`, schema);
      const fresh = found.filter(({ id }) => !all.has(id));
      // A server that does not page gives the same list again; one may be set to smaller pages than it was asked for.
      if (fresh.length === 0) return [...all.values()];
      for (const entry of fresh) all.set(entry.id, entry);
      if (fresh.some(isLast)) return [...all.values()];
    }
    throw new ForgejoApiError(
      `GET ${this.repository.name}${path}`,
      200,
      `The list has more than ${MOST_PAGES} pages: close or delete what nobody needs.`,
    );
  }

  /**
   * Writes, and where the answer leaves it open whether that was done, looks: Forgejo 9 answers 500 to a comment of a job that it
   * has written, and an answer can be lost.
   */
  async write(method: "POST" | "PATCH", path: string, body: object, isThere: () => Promise<boolean>) {
    for (const wait of [...this.delays, undefined]) {
      try {
        await this.ask(method, this.below(path), body);
        return;
      } catch (error) {
        if (!(error instanceof ForgejoApiError && error.transient)) throw error;
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

  /** A job's token may not ask everywhere who it is; then it is a job's, for a person's own may. */
  private async askWho(): Promise<number> {
    try {
      const found = await this.retried(() => this.ask("GET", "/user"));
      return this.parse("/user", found, user).id;
    } catch (error) {
      if (error instanceof ForgejoApiError && [401, 403, 404].includes(error.status ?? 0))
        return ACTIONS_USER;
      throw error;
    }
  }

  private parse<T>(path: string, answer: unknown, schema: z.ZodType<T>): T {
    const parsed = schema.safeParse(answer);
    if (parsed.success) return parsed.data;
    throw new ForgejoApiError(
      `GET ${this.repository.name}${path}`,
      200,
      "The answer is not of the form that Forgejo gives: is GITHUB_API_URL its API?",
    );
  }

  private async retried<T>(ask: () => Promise<T>): Promise<T> {
    return withRetry(ask, this.delays);
  }

  private async ask(method: string, path: string, body?: object): Promise<unknown> {
    const { apiUrl, token } = this.repository;
    const what = `${method} ${path.replace(/^\/repos\//, "")}`;
    const response = await fetch(`${apiUrl}${path}`, {
      method,
      headers: {
        accept: "application/json",
        authorization: `token ${token}`,
        "content-type": "application/json",
      },
      ...(body && { body: JSON.stringify(body) }),
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch(() => undefined);
    const host = new URL(apiUrl).host;
    if (!response?.ok) throw new ForgejoApiError(what, response?.status, hintFor(response?.status, host));
    return response.json().catch(() => undefined);
  }
}

/** What to do about a status. */
function hintFor(status: number | undefined, host: string): string {
  switch (status) {
    case undefined:
      return `Is ${host} reachable from the runner? Run the job again when it is.`;
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
