import { setTimeout as delay } from "node:timers/promises";

/** A request that Forgejo refused or did not answer. Holds no body: Forgejo may echo what it was sent. */
export class ForgejoError extends Error {
  override readonly name = "ForgejoError";

  constructor(
    readonly status: number | undefined,
    what: string,
    hint: string,
  ) {
    super(`${what}: ${status === undefined ? "no answer" : `Forgejo answered ${status}`}. ${hint}`);
  }
}

export interface RepositoryRef {
  readonly owner: string;
  readonly repository: string;
}

const RETRY_DELAYS_MS = [250, 1000, 4000];
const REQUEST_TIMEOUT_MS = 15_000;

/** Actions secrets of repositories, over Forgejo's REST API. Values go in and can never be read back. */
export class ForgejoClient {
  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  /** Upper-case names of a repository's secrets; `page=0` makes Forgejo send them all at once. */
  async listNames(ref: RepositoryRef): Promise<Set<string>> {
    const response = await this.send(
      "GET",
      `${secretsPath(ref)}?page=0`,
      `listing the Actions secrets of ${label(ref)}`,
    );
    const list = (await response.json()) as { name: string }[];
    return new Set(list.map(({ name }) => name.toUpperCase()));
  }

  async put(ref: RepositoryRef, name: string, data: string): Promise<void> {
    await this.send("PUT", `${secretsPath(ref)}/${name}`, `setting ${label(ref)}/${name}`, { data });
  }

  /** Deletes a secret; one that is gone already is done. */
  async delete(ref: RepositoryRef, name: string): Promise<void> {
    await this.send(
      "DELETE",
      `${secretsPath(ref)}/${name}`,
      `deleting ${label(ref)}/${name}`,
      undefined,
      [404],
    );
  }

  private async send(
    method: string,
    path: string,
    what: string,
    body?: object,
    alsoFine: number[] = [],
  ): Promise<Response> {
    for (let attempt = 0; ; attempt++) {
      const response = await this.attempt(method, path, body);
      if (response && (response.ok || alsoFine.includes(response.status))) return response;
      const wait = RETRY_DELAYS_MS[attempt];
      if (wait === undefined || (response && !isPassing(response.status))) {
        throw new ForgejoError(response?.status, what, hintFor(response?.status, method));
      }
      await delay(wait);
    }
  }

  private async attempt(method: string, path: string, body?: object): Promise<Response | undefined> {
    try {
      return await fetch(`${this.url}/api/v1${path}`, {
        method,
        headers: {
          accept: "application/json",
          authorization: `token ${this.token}`,
          ...(body && { "content-type": "application/json" }),
        },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
    } catch {
      return undefined;
    }
  }
}

function secretsPath({ owner, repository }: RepositoryRef): string {
  return `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(repository)}/actions/secrets`;
}

export function label({ owner, repository }: RepositoryRef): string {
  return `${owner}/${repository}`;
}

function isPassing(status: number): boolean {
  return status === 429 || status >= 500;
}

function hintFor(status: number | undefined, method: string): string {
  switch (status) {
    case undefined:
      return "Is forgejo.url right, and does it answer from here?";
    case 400:
      return "It refuses the secret's name; see docs/settings.md for the rules.";
    case 401:
      return "forgejo.token is not a valid token: make a new one and store it where the setting points.";
    case 403:
      return method === "GET"
        ? "forgejo.token's user must own the repository, and the token needs the scope write:repository."
        : "forgejo.token needs the scope write:repository, and its user must own the repository.";
    case 404:
      return "The repository does not exist, forgejo.token may not see it, or it has Actions switched off.";
    case 422:
      return "It refuses the value: an Actions secret may not be empty.";
    default:
      return "It was tried several times; run the command again when Forgejo is well.";
  }
}
