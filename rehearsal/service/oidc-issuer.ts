import { createHash, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from "jose";

export interface TestIssuer {
  /** As it stands in the discovery document, with the slash at its end that Authentik's have too. */
  issuer: string;
  /** Whoever is logged in here, and is sent back with a code at once; undefined: refused with access_denied. */
  user: { sub: string; [claim: string]: unknown } | undefined;
  /** Claims that replace or add to those of the next id tokens; undefined takes one out. */
  idTokenClaims: Record<string, unknown>;
  /** Replaces parts of the discovery document. */
  discovery: Record<string, unknown>;
  /** Sign with this secret (HS256) instead of the key in the jwks. */
  sharedSecret: string | undefined;
  /** `METHOD path` of each request, without queries. */
  requests: string[];
  /** What came to the authorization endpoint last. */
  authorization: URLSearchParams | undefined;
  stop(): Promise<void>;
}

interface Options {
  clientId: string;
  clientSecret: string;
  /** Answer 401 to HTTP Basic at the token endpoint, so that the client has to send its secret in the form. */
  refuseBasic?: boolean;
  port?: number;
}

/** A minimal OpenID provider on loopback that logs everybody in: for tests of what relies on one. */
export async function startIssuer(options: Options): Promise<TestIssuer> {
  const { publicKey, privateKey } = await generateKeyPair("RS256");
  const jwk = { ...(await exportJWK(publicKey)), kid: "test", use: "sig", alg: "RS256" };
  const codes = new Map<string, { redirectUri: string; challenge: string | null; user: JWTPayload }>();
  const accessTokens = new Map<string, JWTPayload>();
  const server = createServer((request, response) => {
    void answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const state: TestIssuer = {
    issuer: `${origin}/application/o/zot/`,
    user: { sub: "1", preferred_username: "zot-ci", groups: ["artifact-workloads"] },
    idTokenClaims: {},
    discovery: {},
    sharedSecret: undefined,
    requests: [],
    authorization: undefined,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", origin);
    state.requests.push(`${request.method ?? ""} ${url.pathname}`);
    switch (url.pathname) {
      case "/application/o/zot/.well-known/openid-configuration": {
        json(response, 200, {
          issuer: state.issuer,
          authorization_endpoint: `${origin}/authorize`,
          token_endpoint: `${origin}/token`,
          userinfo_endpoint: `${origin}/userinfo`,
          jwks_uri: `${origin}/jwks`,
          end_session_endpoint: `${origin}/end-session`,
          ...state.discovery,
        });
        return;
      }
      case "/jwks":
        json(response, 200, { keys: [jwk] });
        break;
      case "/authorize":
        authorize(url.searchParams, response);
        break;
      case "/token":
        return token(request, response);
      case "/userinfo": {
        const user = accessTokens.get((request.headers.authorization ?? "").replace(/^Bearer /, ""));
        json(response, user ? 200 : 401, user ?? { error: "invalid_token" });
        return;
      }
      default:
        json(response, 404, {});
        break;
    }
  }

  function authorize(query: URLSearchParams, response: ServerResponse): void {
    state.authorization = query;
    const back = new URL(query.get("redirect_uri") ?? "");
    back.searchParams.set("state", query.get("state") ?? "");
    if (state.user && query.get("client_id") === options.clientId) {
      const code = randomUUID();
      codes.set(code, {
        redirectUri: query.get("redirect_uri") ?? "",
        challenge: query.get("code_challenge"),
        user: state.user,
      });
      back.searchParams.set("code", code);
    } else back.searchParams.set("error", "access_denied");
    response.writeHead(302, { Location: back.href }).end();
  }

  async function token(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    if (!isClient(request, form)) {
      json(response, 401, { error: "invalid_client" });
      return;
    }
    const grant = codes.get(form.get("code") ?? "");
    codes.delete(form.get("code") ?? "");
    const proof = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    const isProven = grant?.challenge === null || grant?.challenge === proof;
    if (!grant || grant.redirectUri !== form.get("redirect_uri") || !isProven) {
      json(response, 400, { error: "invalid_grant" });
      return;
    }
    const accessToken = randomUUID();
    accessTokens.set(accessToken, grant.user);
    json(response, 200, {
      access_token: accessToken,
      token_type: "Bearer",
      id_token: await idToken(grant.user),
    });
  }

  function isClient({ headers }: IncomingMessage, form: URLSearchParams): boolean {
    const { clientId, clientSecret, refuseBasic = false } = options;
    if (headers.authorization !== undefined) {
      const expected = Buffer.from(`${clientId}:${clientSecret}`).toString("base64");
      return !refuseBasic && headers.authorization === `Basic ${expected}`;
    }
    return form.get("client_id") === clientId && (form.get("client_secret") ?? "") === clientSecret;
  }

  function idToken(user: JWTPayload): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: state.issuer,
      aud: options.clientId,
      iat: now,
      exp: now + 300,
      ...user,
      ...state.idTokenClaims,
    };
    const jwt = new SignJWT(claims);
    return state.sharedSecret === undefined
      ? jwt.setProtectedHeader({ alg: "RS256", kid: "test" }).sign(privateKey)
      : jwt.setProtectedHeader({ alg: "HS256" }).sign(Buffer.from(state.sharedSecret));
  }

  return state;
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(value));
}
