/** An answer, or what becomes of a request that gets none. */
export type Fate = Response | "hangs" | "cut off";
type Server = (request: Request) => Promise<Fate>;

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
    globalThis.fetch = async (input, init = {}) => {
      // A request keeps a signal of its own, so the caller's is looked at here.
      const { signal, ...rest } = init;
      if (signal?.aborted) throw signal.reason;
      const fate = await server(new Request(input, rest));
      if (fate instanceof Response) return fate;
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
