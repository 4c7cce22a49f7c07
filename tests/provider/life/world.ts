import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Fault, Faults } from "./faults";
import { Registry } from "./registry";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly cookie: string;
  /** Password of HTTP Basic. */
  readonly basic: string | undefined;
  readonly fromUi: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

export const DAY_MS = 86_400_000;
export const FOREIGN_LABELS = ["somebody's laptop", "zot-access/another-stack/zot-ci"];
const START = Date.parse("2026-01-01T00:00:00Z");

/** Everything outside of the program: the registry and its login, 1Password and Forgejo, on one clock, behind faults. */
export class World {
  nowMs = START;
  url = "";
  /** Requests of the current run: `step: METHOD /path`. */
  requests: string[] = [];
  /** What the run is doing, for `requests`. */
  step = "";
  /** The 1Password item's key. */
  item: string | undefined;
  /** Forgejo: repository → value of its secret. */
  readonly secrets = new Map<string, string>();
  readonly registry = new Registry(() => this.nowMs);
  readonly faults = new Faults();
  /** Moments at which CI had a key that did not work. */
  readonly outages: string[] = [];
  private readonly server: Server = createServer((request, response) => void this.serve(request, response));

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    for (const label of FOREIGN_LABELS) this.registry.add(label, this.nowMs + 1000 * DAY_MS);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  get now(): () => Date {
    return () => new Date(this.nowMs);
  }

  pass(days: number): void {
    this.nowMs += days * DAY_MS;
    this.watch("time");
  }

  beginRun(fault: Fault | undefined): void {
    this.requests = [];
    this.faults.arm(fault);
  }

  /** CI's key is what a job would get from Forgejo, or a person from 1Password, at this very moment. */
  private watch(after: string): void {
    for (const [where, key] of [...this.secrets, ["1Password", this.item] as const]) {
      if (key !== undefined && !this.registry.isLive(key)) this.outages.push(`${where} after ${after}`);
    }
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = await read(request);
    const what = `${this.step}: ${asked.method} ${asked.path}`;
    this.requests.push(what);
    response.setHeader("date", this.now().toUTCString());
    let answer: Answer | undefined;
    this.faults.pass(
      request,
      response,
      () => {
        const { status, headers = {}, body } = answer ?? { status: 404 };
        response.writeHead(status, {
          "content-type": "application/json",
          ...headers,
        });
        response.end(body === undefined ? "" : JSON.stringify(body));
      },
      () => {
        answer = this.registry.answer(asked) ?? this.store(asked);
        this.watch(what);
      },
    );
  }

  private store({ method, path, body }: Asked): Answer | undefined {
    if (path === "/item" && method === "PUT") {
      this.item = (body as { password: string }).password;
      return { status: 200 };
    }
    const repository = /^\/api\/v1\/repos\/eblume\/(\w+)\/actions\/secrets/.exec(path)?.[1];
    if (repository === undefined) return undefined;
    if (method === "GET") {
      return { status: 200, body: this.secrets.has(repository) ? [{ name: "ZOT_CI_API_KEY" }] : [] };
    }
    this.secrets.set(repository, (body as { data: string }).data);
    return { status: 204 };
  }
}

async function read(request: IncomingMessage): Promise<Asked> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
  const { authorization = "", cookie = "" } = request.headers;
  const basic = /^Basic (.+)$/.exec(authorization)?.[1];
  return {
    method: request.method ?? "",
    path: pathname,
    query: searchParams,
    body: text === "" ? undefined : (JSON.parse(text) as unknown),
    cookie,
    basic:
      basic === undefined
        ? undefined
        : Buffer.from(basic, "base64")
            .toString()
            .replace(/^zot-ci:/, ""),
    fromUi: request.headers["x-zot-api-client"] === "zot-ui",
  };
}
