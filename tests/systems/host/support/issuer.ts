import { createServer, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";

/**
 * How the issuer behaves: `slow` answers after `slowSeconds`, `other` names another issuer, `rubbish` answers 200 with no JSON,
 * `endless` begins the right document and never ends it.
 */
export type IssuerMood = "well" | "slow" | "other" | "rubbish" | "error" | "endless";

export interface Issuer {
  url: string;
  mood: IssuerMood;
  slowSeconds: number;
  /** Requests for the discovery document so far. */
  asked: number;
  /** Bytes that were taken of the longest endless answer, those in the system's buffers among them. */
  longest: number;
  setUp(up: boolean): Promise<void>;
  stop(): Promise<void>;
}

/** The part of an OpenID provider that zot and the host's scripts meet before anybody logs in. */
export async function startIssuer(tls?: { key: string; cert: string }): Promise<Issuer> {
  const answer = (response: ServerResponse, url: string): void => {
    const base = `${tls ? "https" : "http"}://127.0.0.1:${port}`;
    const document = {
      issuer: issuer.mood === "other" ? `${base}/application/o/other/` : issuer.url,
      authorization_endpoint: `${base}/application/o/authorize/`,
      token_endpoint: `${base}/application/o/token/`,
      userinfo_endpoint: `${base}/application/o/userinfo/`,
      jwks_uri: `${issuer.url}jwks/`,
      response_types_supported: ["code"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
    };
    const discovery = url.endsWith("/.well-known/openid-configuration");
    response.statusCode = issuer.mood === "error" ? 503 : discovery || url.endsWith("/jwks/") ? 200 : 404;
    response.setHeader("Content-Type", "application/json");
    if (issuer.mood === "endless") Readable.from(endless(document)).pipe(response);
    else if (issuer.mood === "rubbish") response.end("<html>It works!</html>");
    else response.end(JSON.stringify(discovery ? document : { keys: [] }));
  };
  function* endless(document: object): Generator<string> {
    yield `${JSON.stringify(document)}\n`;
    const filler = " ".repeat(65_536);
    for (let sent = 0; ; sent += filler.length, issuer.longest = Math.max(issuer.longest, sent)) yield filler;
  }
  const handle = (request: { url?: string | undefined }, response: ServerResponse): void => {
    issuer.asked++;
    const url = request.url ?? "";
    if (issuer.mood === "slow") setTimeout(() => answer(response, url), issuer.slowSeconds * 1000).unref();
    else answer(response, url);
  };
  const server: Server = tls ? createTlsServer(tls, handle) : createServer(handle);
  const listen = (at: number) => new Promise<void>((resolve) => server.listen(at, "127.0.0.1", resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const issuer: Issuer = {
    url: `${tls ? "https" : "http"}://127.0.0.1:${port}/application/o/zot/`,
    mood: "well",
    slowSeconds: 30,
    asked: 0,
    longest: 0,
    async setUp(up) {
      if (up !== server.listening) await (up ? listen(port) : close());
    },
    async stop() {
      if (server.listening) await close();
    },
  };
  return issuer;
}
