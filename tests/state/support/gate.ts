import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface Gate {
  readonly url: string;
  /** From now on a PUT waits before the gate. Resolves when one does. */
  hold(): Promise<void>;
  /** Lets whoever waits pass. */
  release(): void;
  stop(): Promise<void>;
}

/** Stands before a server, and stops those who write to it for as long as a test wants them to be in the middle of their work. */
export async function startGate(target: string): Promise<Gate> {
  let arrived: () => void = () => undefined;
  let open = Promise.resolve();
  let release: () => void = () => undefined;
  const pass = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = "GET", url = "", headers } = request;
    const body = await text(request);
    if (method === "PUT") {
      arrived();
      await open;
    }
    const answer = await fetch(`${target}${url}`, {
      method,
      headers: { authorization: headers.authorization ?? "", "content-type": "application/json" },
      ...(body !== "" && { body }),
    });
    response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
  };
  const server = createServer((request, response) => void pass(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hold: () => {
      open = new Promise((resolve) => (release = resolve));
      return new Promise((resolve) => (arrived = resolve));
    },
    release: () => {
      release();
      arrived = () => undefined;
    },
    stop: async () => {
      release();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
