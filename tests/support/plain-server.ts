import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface PlainServer {
  readonly url: string;
  /** Method and address of every request, as they came. */
  readonly requests: string[];
  stop(): Promise<void>;
}

/** A server on loopback that answers as it is told to, in forms that no stand-in would send. */
export async function startPlainServer(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<PlainServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method ?? ""} ${request.url ?? ""}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
