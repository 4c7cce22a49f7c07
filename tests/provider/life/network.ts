/** A request as it reaches the other side. */
export interface Sent {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  /** Empty: it has none. */
  readonly body: string;
}

/** As much of an answer as the program reads; to make fetch's own and to read it takes longer than all else in a request. */
export class Answered implements Pick<Response, "body" | "headers" | "json" | "ok" | "status"> {
  readonly status: number;
  readonly headers: Headers;

  constructor(
    private readonly text: string,
    { status, headers }: { status: number; headers?: Record<string, string> },
  ) {
    this.status = status;
    this.headers = new Headers(headers);
  }

  get ok(): boolean {
    return this.status >= 200 && this.status <= 299;
  }

  /** In one piece, and of a stream only what the program reads it by. */
  get body(): Response["body"] {
    const { text } = this;
    return {
      async *[Symbol.asyncIterator]() {
        await Promise.resolve();
        yield Buffer.from(text);
      },
    } as unknown as Response["body"];
  }

  json(): Promise<unknown> {
    return Promise.resolve(JSON.parse(this.text) as unknown);
  }
}

/** An answer, or what becomes of a request that gets none. */
export type Fate = Answered | "hangs" | "cut off";
type Server = (request: Sent) => Fate;

/**
 * In the place of `fetch`: requests reach a function instead of a socket, and what hangs is given up at once instead of
 * after its time, so that tens of thousands of them take seconds and none depends on how busy the machine is.
 */
export class Network {
  private readonly controllers = new WeakMap<AbortSignal, AbortController>();
  private readonly real = { fetch: globalThis.fetch, timeout: AbortSignal.timeout.bind(AbortSignal) };

  open(server: Server): void {
    AbortSignal.timeout = () => {
      const controller = new AbortController();
      this.controllers.set(controller.signal, controller);
      return controller.signal;
    };
    globalThis.fetch = async (input, { signal, method = "GET", headers, body } = {}) => {
      if (signal?.aborted) throw signal.reason;
      if (input instanceof Request || (typeof body !== "string" && body !== undefined)) {
        throw new Error("the program sends a request of a kind that this network does not know");
      }
      // Nobody hears of an answer before the next turn.
      await Promise.resolve();
      const fate = server({ method, url: new URL(input), headers: new Headers(headers), body: body ?? "" });
      if (fate instanceof Answered) return fate as Pick<Response, keyof Answered> as Response;
      if (fate === "cut off") {
        throw new TypeError("fetch failed", {
          cause: Object.assign(new Error("cut"), { code: "ECONNRESET" }),
        });
      }
      const controller = signal && this.controllers.get(signal);
      if (!controller) throw new Error(`a request of the program has no time limit: it would hang for ever`);
      controller.abort(new DOMException("timed out", "TimeoutError"));
      throw signal.reason;
    };
  }

  close(): void {
    globalThis.fetch = this.real.fetch;
    AbortSignal.timeout = this.real.timeout;
  }
}
