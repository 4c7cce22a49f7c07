export type Json = Record<string, unknown>;

export interface ClientOptions {
  readonly url: string;
  readonly token: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Authentik answered with another status than 2xx, or with something that the real client cannot read. */
export class AuthentikError extends Error {
  override readonly name = "AuthentikError";

  constructor(
    readonly status: number,
    what: string,
    method: string,
    path: string,
    body: string,
  ) {
    super(`HTTP Error '${what}' during request '${method} ${path}': "${body}"`);
  }
}

export class AuthentikClient {
  private readonly base: string;

  constructor(private readonly options: ClientOptions) {
    const base = options.url.replace(/\/+$/, "");
    this.base = base.endsWith("/api/v3") ? base : `${base}/api/v3`;
  }

  /**
   * @param requiredKeys without which the answer is refused, as by the Go client that is generated from the API's schema.
   * @throws AuthentikError
   */
  async request(
    method: "GET" | "POST" | "PUT" | "DELETE",
    path: string,
    { body, query, requiredKeys = [] }: { body?: Json; query?: Query; requiredKeys?: readonly string[] } = {},
  ): Promise<Json> {
    const url = new URL(`${this.base}/${path}`);
    for (const [name, value] of Object.entries(query ?? {})) {
      for (const one of Array.isArray(value) ? (value as string[]) : [value as string])
        url.searchParams.append(name, one);
    }
    const response = await fetch(url, {
      method,
      headers: {
        accept: "application/json",
        authorization: `Bearer ${this.options.token}`,
        ...this.options.headers,
        ...(body && { "content-type": "application/json" }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const fail = (what: string, shown: string) =>
      new AuthentikError(response.status, what, method, url.pathname, shown);
    if (!response.ok) throw fail(`${response.status} ${response.statusText}`, text);
    if (response.status === 204) return {};
    const answer = parsed(text);
    if (!answer) throw fail("the answer is no JSON object", "");
    requireKeys(answer, requiredKeys, fail);
    return answer;
  }

  /** The first page of a list; the real provider asks for no other. */
  async list(path: string, query: Query, requiredKeys: readonly string[]): Promise<Json[]> {
    const answer = await this.request("GET", path, { query, requiredKeys: ["pagination", "results"] });
    const results = answer.results as Json[];
    const fail = (what: string) => new AuthentikError(200, what, "GET", `/api/v3/${path}`, "");
    for (const result of results) requireKeys(result, requiredKeys, fail);
    return results;
  }
}

export type Query = Readonly<Record<string, string | readonly string[]>>;

function parsed(text: string): Json | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

function requireKeys(
  answer: Json,
  keys: readonly string[],
  fail: (what: string, shown: string) => Error,
): void {
  const missing = keys.find((key) => !(key in answer));
  if (missing !== undefined) throw fail(`no value given for required property ${missing}`, "");
}
