import { createHash, randomBytes } from "node:crypto";
import type { AddressInfo } from "node:net";
import fastify, { type FastifyReply, type FastifyRequest } from "fastify";
import { createRemoteJWKSet, jwtVerify } from "jose";

/** The client of the registry at Authentik, known only once the registry has an address. */
export interface Client {
  issuer: string;
  clientId: string;
  clientSecret: string;
}

/** As much of zot as a login meets: its two login addresses, by OIDC discovery, with PKCE. Not a registry. */
export interface LoginRegistry {
  url: string;
  client: Client | undefined;
  /** What zot's login answers with instead of the redirect to the issuer. */
  loginRedirect: string | undefined;
  /** Claims of those who are logged in, by session. */
  sessions: Map<string, Record<string, unknown>>;
  stop(): Promise<void>;
}

export async function startLoginRegistry(): Promise<LoginRegistry> {
  const server = fastify({ forceCloseConnections: true });
  const pending = new Map<string, { verifier: string; nonce: string }>();
  const registry: LoginRegistry = {
    url: "",
    client: undefined,
    loginRedirect: undefined,
    sessions: new Map(),
    stop: () => server.close(),
  };
  const callback = () => `${registry.url}/zot/auth/callback/oidc`;

  server.get("/zot/auth/login", async (_request, reply) => {
    if (registry.loginRedirect !== undefined) return reply.redirect(registry.loginRedirect, 302);
    if (!registry.client) return reply.code(404).send("404 page not found\n");
    const { authorization_endpoint } = await discover(registry.client);
    const [state, verifier, nonce] = [random(), random(), random()];
    pending.set(state, { verifier, nonce });
    const query = new URLSearchParams({
      client_id: registry.client.clientId,
      redirect_uri: callback(),
      response_type: "code",
      scope: "openid email profile",
      state,
      nonce,
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
    });
    // zot sets both, the second one Secure whatever the scheme is (zitadel's relying party).
    void reply.header("set-cookie", `statecookie=${state}; HttpOnly; Path=/zot/auth/callback`);
    void reply.header("set-cookie", `state=${state}; HttpOnly; Secure; Path=/; SameSite=Lax`);
    return reply.redirect(`${authorization_endpoint}?${query.toString()}`, 302);
  });

  server.get("/zot/auth/callback/oidc", async (request, reply) => {
    const { code, state = "" } = request.query as { code?: string; state?: string };
    const attempt = pending.get(state);
    if (!registry.client || !attempt || code === undefined || !hasState(request, state)) {
      return reply.code(401).send("");
    }
    const claims = await redeem(registry.client, code, attempt.verifier, callback());
    if (claims?.["nonce"] !== attempt.nonce) return reply.code(401).send("");
    return logIn(registry, claims, reply);
  });
  await server.listen({ host: "127.0.0.1", port: 0 });
  registry.url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  return registry;
}

function logIn(registry: LoginRegistry, claims: Record<string, unknown>, reply: FastifyReply): FastifyReply {
  const session = random();
  registry.sessions.set(session, claims);
  void reply.header("set-cookie", `session=${session}; HttpOnly; Path=/`);
  void reply.header("set-cookie", `user=${String(claims["preferred_username"])}; Path=/`);
  return reply.redirect("/v2/", 302);
}

async function redeem(client: Client, code: string, verifier: string, redirectUri: string) {
  const { token_endpoint, jwks_uri } = await discover(client);
  const basic = Buffer.from(`${client.clientId}:${client.clientSecret}`).toString("base64");
  const response = await fetch(token_endpoint, {
    method: "POST",
    headers: { Authorization: `Basic ${basic}` },
    body: new URLSearchParams({
      grant_type: "authorization_code",
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    }),
  });
  if (!response.ok) return undefined;
  const { id_token } = (await response.json()) as { id_token: string };
  const keys = createRemoteJWKSet(new URL(jwks_uri), { timeoutDuration: 60_000 });
  const { payload } = await jwtVerify(id_token, keys, {
    issuer: client.issuer,
    audience: client.clientId,
    algorithms: ["RS256"],
  });
  return payload;
}

export interface Discovery {
  issuer: string;
  authorization_endpoint: string;
  token_endpoint: string;
  userinfo_endpoint: string;
  jwks_uri: string;
}

/** Refuses an issuer that does not call itself so to the letter, as zot's library does. */
export async function discover({ issuer }: Pick<Client, "issuer">): Promise<Discovery> {
  const document = (await (await fetch(`${issuer}.well-known/openid-configuration`)).json()) as Discovery;
  if (document.issuer !== issuer) throw new Error(`the issuer is ${document.issuer}, not ${issuer}`);
  return document;
}

function cookie(request: FastifyRequest, name: string): string | undefined {
  return new RegExp(`(?:^|; )${name}=([^;]*)`).exec(request.headers.cookie ?? "")?.[1];
}

function hasState(request: FastifyRequest, state: string): boolean {
  return cookie(request, "statecookie") === state && cookie(request, "state") === state;
}

const random = (): string => randomBytes(24).toString("base64url");
