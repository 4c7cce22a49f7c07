import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface Proxy {
  readonly url: string;
  /** How often it has cut. */
  readonly cuts: number;
  stop(): Promise<void>;
}

/**
 * Passes bytes on to a port of loopback, until a request matches: then all connections are cut, and new ones are as well until
 * `onCut` calls `up`. It cuts once.
 */
export async function startProxy(
  port: string,
  request: RegExp,
  onCut: (up: () => void) => Promise<void>,
): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let cuts = 0;
  let down = false;
  const cut = () => {
    cuts += 1;
    down = true;
    for (const socket of sockets) socket.destroy();
    void onCut(() => (down = false));
  };
  const server = createServer((client) => {
    if (down) {
      client.destroy();
      return;
    }
    const upstream = connect(Number(port), "127.0.0.1");
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on("data", (chunk: Buffer) => {
      if (cuts === 0 && request.test(chunk.toString("latin1"))) cut();
      else upstream.write(chunk);
    });
    upstream.on("data", (chunk: Buffer) => client.write(chunk));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get cuts() {
      return cuts;
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
