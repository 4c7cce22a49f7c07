import { z } from "zod";

const TIMEOUT_MS = 15_000;
/** Rows of a list that are read at most, in pages of a hundred: whoever has more asks by a filter. */
const MOST_PAGES = 100;
const row = z.record(z.string(), z.unknown());
const page = z.looseObject({ pagination: z.looseObject({ next: z.number() }), results: z.array(row) });

/** An object as Authentik's REST API shows it. */
export type Row = Readonly<Record<string, unknown>>;

/** Authentik's objects, as far as they can be read. Nothing here writes. */
export interface AuthentikObjects {
  /** All pages of a list below /api/v3/. */
  list(path: string, query: Readonly<Record<string, string>>): Promise<readonly Row[]>;
  /** One object; undefined where there is none. */
  one(path: string): Promise<Row | undefined>;
}

/** Authentik could not be read. Holds no body. */
export class AuthentikReadError extends Error {
  override readonly name = "AuthentikReadError";

  constructor(
    message: string,
    /** undefined: no answer, or one that is none of Authentik's. */
    readonly status?: number,
  ) {
    super(message);
  }
}

/** Authentik's REST API over HTTP. */
export class AuthentikReader implements AuthentikObjects {
  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  async one(path: string): Promise<Row | undefined> {
    const body = await this.get(path, {});
    if (body === undefined) return undefined;
    const parsed = row.safeParse(body);
    if (!parsed.success)
      throw new AuthentikReadError(`${this.url} does not answer ${path} with an object; see authentik.url`);
    return parsed.data;
  }

  async list(path: string, query: Readonly<Record<string, string>>): Promise<Row[]> {
    const rows: Row[] = [];
    for (let next = 1; next > 0;) {
      if (next > MOST_PAGES)
        throw new AuthentikReadError(`${this.url} has more than ${MOST_PAGES * 100} objects at ${path}`);
      const body = await this.get(path, { ...query, page: String(next), page_size: "100" });
      // A path that this server does not have lists nothing: not every release serves every list.
      if (body === undefined) return rows;
      const parsed = page.safeParse(body);
      if (!parsed.success) throw new AuthentikReadError(`${this.url} does not answer ${path} with a list`);
      rows.push(...parsed.data.results);
      const { next: after } = parsed.data.pagination;
      if (after > 0 && after <= next)
        throw new AuthentikReadError(
          `${this.url} answers page ${next} of ${path} with page ${after} to follow`,
        );
      next = after;
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
    }).catch((cause: unknown) => {
      throw new AuthentikReadError(
        `Authentik at ${this.url} did not answer (${reasonOf(cause)}); see authentik.url, and whether it is up`,
      );
    });
    if (response.status === 404) return undefined;
    if (response.status !== 200) {
      const hint = [401, 403].includes(response.status)
        ? "authentik.token must be an API token of a user who may see all objects"
        : "see its log";
      throw new AuthentikReadError(
        `Authentik at ${this.url} answered ${response.status} to a read of ${path}; ${hint}`,
        response.status,
      );
    }
    return (await response.json().catch(() => undefined)) ?? {};
  }
}

/** The system's code of a failed connection, such as ECONNREFUSED; fetch wraps it in `cause`. */
function reasonOf(error: unknown): string {
  for (let each = error; typeof each === "object" && each !== null; each = Reflect.get(each, "cause")) {
    const code: unknown = Reflect.get(each, "code");
    if (typeof code === "string") return code;
  }
  return error instanceof Error ? error.name : "unknown reason";
}
