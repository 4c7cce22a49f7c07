import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { servedRoutes } from "./routes";

/** A request as a stand-in remembers it; bodies, queries and headers may hold secrets and are left out. */
export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

/** Picks the requests that a fault hits; all of them when left out. */
export type RequestFilter = (request: { method: string; path: string }) => boolean;

export interface StandIn {
  /** Base URL on loopback, without a slash at its end. */
  readonly url: string;
  readonly requests: readonly LoggedRequest[];
  readonly routes: readonly string[];
  /** Answers the next requests with an error of the service's own shape, without doing what they ask. */
  failNext(status: number, times?: number, filter?: RequestFilter): void;
  /** Answers every request this much later, until told otherwise. */
  slowDown(milliseconds: number): void;
  stop(): Promise<void>;
}

interface Fault {
  readonly status: number;
  readonly filter: RequestFilter;
  left: number;
}

/**
 * Log, faults and life of a stand-in that answers over HTTP. Call it before the service's own hooks are added: a fault
 * hits whoever asks, with or without a valid token, as one in front of the real service would.
 */
export class StandInControls {
  readonly requests: LoggedRequest[] = [];
  private readonly faults: Fault[] = [];
  private readonly routes: readonly string[];
  private slowness = 0;

  constructor(
    private readonly app: FastifyInstance,
    private readonly errorBody: (status: number) => object,
  ) {
    this.routes = servedRoutes(app);
    app.addHook("onRequest", async (request, reply) => {
      if (this.slowness > 0) await delay(this.slowness);
      const status = this.nextFault(request);
      if (status !== undefined) await reply.code(status).send(this.errorBody(status));
    });
    // Go clients announce JSON on requests without a body too, which fastify's own parser refuses.
    app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
      if (body === "") done(null, undefined);
      else void app.getDefaultJsonParser("error", "ignore")(request, String(body), done);
    });
    app.addHook("onResponse", (request, reply, done) => {
      this.requests.push({ method: request.method, path: pathOf(request), status: reply.statusCode });
      done();
    });
  }

  /** @param port of 127.0.0.1; 0 takes any free one. */
  async listen(port: number): Promise<StandIn> {
    await this.app.listen({ host: "127.0.0.1", port });
    const address = this.app.server.address() as AddressInfo;
    return {
      url: `http://127.0.0.1:${address.port}`,
      requests: this.requests,
      routes: this.routes,
      failNext: (status, times = 1, filter = () => true) => {
        this.faults.push({ status, left: times, filter });
      },
      slowDown: (milliseconds) => {
        this.slowness = milliseconds;
      },
      stop: () => this.app.close(),
    };
  }

  private nextFault(request: FastifyRequest): number | undefined {
    const asked = { method: request.method, path: pathOf(request) };
    const fault = this.faults.find(({ left, filter }) => left > 0 && filter(asked));
    if (!fault) return undefined;
    fault.left -= 1;
    return fault.status;
  }
}

function pathOf(request: FastifyRequest): string {
  return request.url.split("?", 1)[0] ?? "";
}

/** The token of an `Authorization` header of one of these schemes. */
export function tokenOf(request: FastifyRequest, ...schemes: string[]): string | undefined {
  const [scheme, token] = (request.headers.authorization ?? "").split(" ", 2);
  return scheme && token && schemes.includes(scheme.toLowerCase()) ? token : undefined;
}
