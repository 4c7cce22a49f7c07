import { setTimeout as delay } from "node:timers/promises";
import pLimit from "p-limit";
import { z } from "zod";
import { ForgejoError, hintFor, REDIRECTS } from "./forgejo-error";
import { label, type Place, placeOfPath, secretsPath } from "./place";

const DEFAULT_TIMEOUT_MS = 15_000;
/** Waits before the next tries, unless Forgejo names its own; in milliseconds. */
const DEFAULT_DELAYS_MS: readonly number[] = [250, 1000, 4000];
const LONGEST_WAIT_MS = 30_000;
/** Requests at a time to one Forgejo: a small one runs on SQLite, which writes one after the other. */
const PARALLEL = 8;

const listed = z.array(z.object({ name: z.string() }));

export interface ForgejoOptions {
  /** Limit of each request. */
  readonly timeoutMs?: number;
  readonly retryDelaysMs?: readonly number[];
}

/** Actions secrets, over Forgejo's REST API. Values go in and can never be read back. */
export class ForgejoClient {
  private readonly limit = pLimit(PARALLEL);

  constructor(
    private readonly url: string,
    private readonly options: ForgejoOptions = {},
  ) {}

  /** Upper-case names of a place's secrets; `page=0` makes Forgejo send them all at once. */
  async listNames(place: Place, token: string): Promise<Set<string>> {
    const what = `listing the Actions secrets of ${label(place)}`;
    const { response } = await this.send("GET", place, token, { path: "?page=0", what });
    const parsed = listed.safeParse(await response.json().catch(() => undefined));
    if (!parsed.success) {
      throw new ForgejoError(
        response.status,
        what,
        "The answer is no list of secrets: is forgejo.url that of Forgejo?",
      );
    }
    return new Set(parsed.data.map(({ name }) => name.toUpperCase()));
  }

  /**
   * @returns whether there was one of that name before: Forgejo answers 201 or 204. Where it was asked twice that is not
   * known, since the first may have been heard although its answer was lost.
   */
  async put(place: Place, token: string, name: string, data: string): Promise<boolean> {
    const { response, attempts } = await this.send("PUT", place, token, {
      path: `/${name}`,
      what: `setting ${label(place)}/${name}`,
      body: { data },
    });
    return response.status !== 201 && attempts === 1;
  }

  /**
   * Deletes a secret; one that is gone already is done.
   *
   * @returns where it is now, and still is, where Forgejo knows the place under another name since.
   */
  async delete(place: Place, token: string, name: string): Promise<Place | undefined> {
    const what = `deleting ${label(place)}/${name}`;
    const { response } = await this.send("DELETE", place, token, {
      path: `/${name}`,
      what,
      alsoFine: [404, ...REDIRECTS],
    });
    const { status, headers } = response;
    if (!REDIRECTS.includes(status)) return undefined;
    const moved = this.movedTo(headers.get("location"));
    if (moved) return moved;
    throw new ForgejoError(status, what, hintFor(status, "DELETE", place));
  }

  /** What was renamed answers with a path of the same server (RedirectToRepo in Forgejo's services/context/repo.go). */
  private movedTo(location: string | null): Place | undefined {
    const api = new URL(`${this.url}/api/v1`);
    if (location === null || !URL.canParse(location, api.href)) return undefined;
    const { origin, pathname } = new URL(location, api);
    if (origin !== api.origin || !pathname.startsWith(api.pathname)) return undefined;
    return placeOfPath(pathname.slice(api.pathname.length));
  }

  /** All of these may be asked twice, so passing failures are waited out. */
  private async send(
    method: string,
    place: Place,
    token: string,
    request: SecretsRequest,
  ): Promise<{ response: Response; attempts: number }> {
    for (let attempt = 0; ; attempt++) {
      const response = await this.limit(() =>
        this.attempt(method, secretsPath(place) + request.path, token, request.body),
      );
      if (response && (response.ok || request.alsoFine?.includes(response.status)))
        return { response, attempts: attempt + 1 };
      const wait = (this.options.retryDelaysMs ?? DEFAULT_DELAYS_MS)[attempt];
      if (wait === undefined || (response && !mayPass(response.status))) {
        throw new ForgejoError(response?.status, request.what, hintFor(response?.status, method, place));
      }
      await delay(waitOf(response) ?? wait);
    }
  }

  private async attempt(
    method: string,
    path: string,
    token: string,
    body?: object,
  ): Promise<Response | undefined> {
    try {
      return await fetch(`${this.url}/api/v1${path}`, {
        method,
        headers: {
          accept: "application/json",
          authorization: `token ${token}`,
          ...(body && { "content-type": "application/json" }),
        },
        ...(body && { body: JSON.stringify(body) }),
        // Followed, a redirect to https or to a renamed repository would lose the token, or write somewhere else.
        redirect: "manual",
        signal: AbortSignal.timeout(this.options.timeoutMs ?? DEFAULT_TIMEOUT_MS),
      });
    } catch {
      return undefined;
    }
  }
}

interface SecretsRequest {
  /** Below the place's secrets. */
  readonly path: string;
  /** In words, for the error. */
  readonly what: string;
  readonly body?: object;
  /** Statuses that mean success too. */
  readonly alsoFine?: readonly number[];
}

function mayPass(status: number): boolean {
  return status === 429 || status >= 500;
}

/** `Retry-After` in seconds, as far as it is bearable. */
function waitOf(response: Response | undefined): number | undefined {
  const seconds = Number(response?.headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) ? Math.min(seconds * 1000, LONGEST_WAIT_MS) : undefined;
}
