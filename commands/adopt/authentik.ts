import { z } from "zod";
import type { Row, Systems } from "./candidates";

const TIMEOUT_MS = 15_000;
const row = z.record(z.string(), z.unknown());
const page = z.looseObject({ pagination: z.looseObject({ next: z.number() }), results: z.array(row) });

/** Authentik could not be read. Holds no body. */
export class AuthentikReadError extends Error {
  override readonly name = "AuthentikReadError";
}

/** Authentik's REST API, as far as it can be read; nothing here writes. */
export class AuthentikReader {
  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  readonly systems: Systems["authentik"] = {
    list: (path, query) => this.list(path, query),
    one: async (path) => {
      const body = await this.get(path, {});
      return body === undefined ? undefined : row.parse(body);
    },
  };

  private async list(path: string, query: Readonly<Record<string, string>>): Promise<Row[]> {
    const rows: Row[] = [];
    for (let next = 1; next > 0;) {
      const body = await this.get(path, { ...query, page: String(next), page_size: "100" });
      // A path that this server does not have lists nothing: not every release serves every list.
      if (body === undefined) return rows;
      const parsed = page.safeParse(body);
      if (!parsed.success) throw new AuthentikReadError(`${this.url} does not answer ${path} with a list`);
      rows.push(...parsed.data.results);
      next = parsed.data.pagination.next;
    }
    return rows;
  }

  /** undefined: 404. */
  private async get(path: string, query: Readonly<Record<string, string>>): Promise<unknown> {
    const url = new URL(`${this.url}/api/v3/${path}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const response = await fetch(url, {
      headers: { accept: "application/json", authorization: `Bearer ${this.token}` },
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch(() => {
      throw new AuthentikReadError(`Authentik at ${this.url} did not answer; see authentik.url`);
    });
    if (response.status === 404) return undefined;
    if (response.status !== 200) {
      const hint = [401, 403].includes(response.status)
        ? "authentik.token must be an API token of a user who may see all objects"
        : "see its log";
      throw new AuthentikReadError(
        `Authentik at ${this.url} answered ${response.status} to a read of ${path}; ${hint}`,
      );
    }
    return (await response.json().catch(() => undefined)) ?? {};
  }
}
