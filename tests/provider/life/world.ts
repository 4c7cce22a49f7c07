import { connect, type StoredItem } from "./onepassword";
import { type Fault, Faults } from "./faults";
import { Answered, type Fate, type Sent } from "./network";
import { FOREIGN_LABELS, Registry, type StoredKey } from "./registry";

export interface Asked {
  readonly method: string;
  readonly origin: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly cookie: string;
  readonly basic: { readonly username: string; readonly password: string } | undefined;
  readonly fromUi: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

/** What is kept, as plain data, so that it can be copied. */
export interface WorldState {
  /** Program's clock. */
  nowMs: number;
  /** How far the registry's clock is ahead of it. */
  skewMs: number;
  keys: StoredKey[];
  minted: number;
  items: StoredItem[];
  /** Forgejo: `repository/NAME` → value. */
  secrets: Map<string, string>;
}

export const DAY_MS = 86_400_000;
/** How the items and secrets that hold keys are called. */
const ITEM_END = "-apikey";
const SECRET_END = "_API_KEY";
export const ITEM = `zot-ci${ITEM_END}`;
export const SECRET = `ZOT_CI${SECRET_END}`;
const START = Date.parse("2026-01-01T00:00:00Z");

/** Everything outside of the program: the registry and its login, 1Password and Forgejo, behind faults. */
export class World {
  readonly url = "http://life.localhost";
  readonly authentikUrl = "http://authentik.life.localhost";
  readonly things: WorldState;
  /** Requests of the current run: `step: METHOD /path`. */
  requests: string[] = [];
  /** What the run is doing, for `requests`. */
  step = "";
  /** Moments at which somebody had a key that did not work. */
  readonly outages: string[] = [];
  readonly registry: Registry;
  /** An origin where nobody answers. */
  down: string | undefined;
  private readonly faults = new Faults();

  constructor(from?: WorldState) {
    this.things = from ?? { nowMs: START, skewMs: 0, keys: [], minted: 0, items: [], secrets: new Map() };
    this.registry = new Registry(this.things, this.authentikUrl);
    if (!from) for (const label of FOREIGN_LABELS) this.registry.add("zot-ci", label, START + 1000 * DAY_MS);
  }

  /** Program's clock. */
  readonly now = () => new Date(this.things.nowMs);

  pass(days: number): void {
    this.things.nowMs += days * DAY_MS;
    this.watch("time");
  }

  setSkew(days: number): void {
    this.things.skewMs = days * DAY_MS;
    this.watch("a clock that was set");
  }

  beginRun(fault: Fault | undefined): void {
    this.requests = [];
    this.faults.arm(fault);
  }

  /** The keys that a job would get from Forgejo, or a person from 1Password, at this very moment. */
  inUse(): [where: string, key: string][] {
    const items = this.things.items.filter(({ title }) => title.endsWith(ITEM_END));
    return [
      ...items.map(({ title, value }): [string, string] => [
        title === ITEM ? "1Password" : `1Password: ${title}`,
        value,
      ]),
      ...[...this.things.secrets].filter(([place]) => place.endsWith(SECRET_END)),
    ];
  }

  serve(request: Sent): Fate {
    const asked = read(request);
    const what = `${this.step}: ${asked.method} ${asked.path.replace(/[0-9a-f-]{36}/, "{id}")}`;
    this.requests.push(what);
    if (asked.origin === this.down) return "cut off";
    return this.faults.pass(() => {
      const { status, headers, body } = this.registry.answer(asked) ??
        connect(this.things.items, asked) ??
        this.forgejo(asked) ?? { status: 404 };
      this.watch(what);
      const date = new Date(this.things.nowMs + this.things.skewMs).toUTCString();
      const content = body === undefined ? "" : JSON.stringify(body);
      return new Answered(content, { status, headers: { date, ...headers } });
    });
  }

  private watch(after: string): void {
    for (const [where, key] of this.inUse()) {
      if (!this.registry.isLive(key)) this.outages.push(`${where} after ${after}`);
    }
  }

  private forgejo({ method, path, body }: Asked): Answer | undefined {
    const [, repository, name] =
      /^\/api\/v1\/repos\/eblume\/(\w+)\/actions\/secrets\/?(\w*)$/.exec(path) ?? [];
    if (repository === undefined) return undefined;
    const { secrets } = this.things;
    const places = [...secrets.keys()].filter((place) => place.startsWith(`${repository}/`));
    if (method === "GET")
      return { status: 200, body: places.map((place) => ({ name: place.split("/")[1] })) };
    if (method === "DELETE") return { status: secrets.delete(`${repository}/${name}`) ? 204 : 404 };
    secrets.set(`${repository}/${name}`, (body as { data: string }).data);
    return { status: 204 };
  }
}

function read({ method, url, headers, body }: Sent): Asked {
  const basic = /^Basic (.+)$/.exec(headers.get("authorization") ?? "")?.[1];
  const [username = "", password = ""] = Buffer.from(basic ?? "", "base64")
    .toString()
    .split(":");
  return {
    method,
    origin: url.origin,
    path: url.pathname,
    query: url.searchParams,
    body: body === "" ? undefined : (JSON.parse(body) as unknown),
    cookie: headers.get("cookie") ?? "",
    basic: basic === undefined ? undefined : { username, password },
    fromUi: headers.get("x-zot-api-client") === "zot-ui",
  };
}
