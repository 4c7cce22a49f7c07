import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

export interface GitServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Git's own HTTP server, for those alone who log in as a job does: Basic, with the token as the password. */
export async function startGitServer(folder: string, token: string): Promise<GitServer> {
  const login = `Basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;
  const server = createServer((request, response) => {
    if (request.headers.authorization !== login) {
      response.writeHead(401, { "www-authenticate": 'Basic realm="Forgejo"' }).end();
      return;
    }
    void answer(folder, request).then(({ status, headers, body }) =>
      response.writeHead(status, headers).end(body),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** One request through `git http-backend`, which is a CGI program (RFC 3875). */
async function answer(folder: string, request: IncomingMessage) {
  const { pathname, search } = new URL(request.url ?? "/", "http://git");
  const backend = spawn("git", ["http-backend"], {
    env: {
      PATH: process.env["PATH"],
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers["content-type"],
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"],
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
    },
    stdio: ["pipe", "pipe", "inherit"],
  });
  // Of a GET it reads nothing, and may have ended before there is anything to write.
  backend.stdin.on("error", () => undefined);
  backend.stdin.end(await buffer(request));
  const said = await buffer(backend.stdout);
  const end = said.indexOf("\r\n\r\n");
  const headers = Object.fromEntries(
    said
      .subarray(0, end)
      .toString()
      .split("\r\n")
      .map((line) => line.split(": ", 2) as [string, string]),
  );
  return { status: Number.parseInt(headers["Status"] ?? "200", 10), headers, body: said.subarray(end + 4) };
}
