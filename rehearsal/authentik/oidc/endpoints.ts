import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Provider } from "../oauth-objects";
import { errorPage, sendPage } from "../pages";
import { planFlow } from "../flows/plan";
import type { Sessions } from "../sessions";
import { find, type Store } from "../store";
import { leadToLogin } from "./authorize";
import { redeem, TokenError } from "./token-request";
import { issuerOf, keySet, signingAlgorithm, tokenResponse, userInfo } from "./tokens";

const INVALIDATION = "default-invalidation-flow";

const originOf = (request: FastifyRequest): string => `${request.protocol}://${request.host}`;

/** Discovery, keys, tokens, user info and logout (authentik/providers/oauth2/views). */
export function serveEndpoints(server: FastifyInstance, store: Store, sessions: Sessions): void {
  const own = (request: FastifyRequest): Provider | undefined => {
    const { slug } = request.params as { slug: string };
    const application = find(store.applications, (row) => row.slug === slug);
    return store.providers.get(application?.provider ?? 0);
  };

  server.get("/application/o/:slug/.well-known/openid-configuration", (request, reply) => {
    const provider = own(request);
    if (!provider) return sendPage(reply, 404, errorPage("Not Found", ""));
    const { slug } = request.params as { slug: string };
    return reply.send(discovery(store, provider, originOf(request), slug));
  });
  server.get("/application/o/:slug/jwks/", async (request, reply) => {
    const provider = own(request);
    if (!provider) return sendPage(reply, 404, errorPage("Not Found", ""));
    return reply.send(await keySet(store, provider));
  });
  server.get("/application/o/:slug/end-session/", (request, reply) => {
    // It ends what the application has; the login at Authentik goes on.
    const session = sessions.of(request);
    if (session.plan) return sendPage(reply, 200, "<html><body>Logout successful</body></html>");
    const provider = own(request);
    if (!provider) return sendPage(reply, 404, errorPage("Not Found", ""));
    const user = sessions.userOf(session);
    const flow = store.flows.get(provider.invalidation_flow ?? "") ?? store.flowBySlug(INVALIDATION);
    sessions.keep(session, request, reply);
    if (!user) return leadToLogin(store, provider, session, request, reply);
    session.plan = flow && planFlow(store, flow, user);
    return reply.redirect(`/if/flow/${flow?.slug ?? INVALIDATION}/`, 302);
  });

  server.post("/application/o/token/", async (request, reply) => {
    void reply.header("cache-control", "no-store").header("pragma", "no-cache");
    try {
      const grant = redeem(store, request.headers.authorization, new URLSearchParams(formOf(request)));
      const slug = slugOf(grant.provider);
      const provider = store.providers.get(grant.provider);
      if (!provider) throw new TokenError("invalid_client");
      return await reply.send(await tokenResponse(store, grant, issuerOf(originOf(request), provider, slug)));
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      return reply.code(400).send(error.body(request.id));
    }
  });

  const showUserInfo = (request: FastifyRequest, reply: FastifyReply) => {
    const key = /^[Bb]earer\s(.+)$/.exec(request.headers.authorization ?? "")?.[1];
    const grant = key === undefined ? undefined : store.grants.accessTokens.get(key);
    const provider = store.providers.get(grant?.provider ?? 0);
    const user = store.users.get(grant?.user ?? 0);
    if (!grant || !provider || !user || grant.expires <= Date.now()) {
      const problem =
        "The access token provided is expired, revoked, malformed, or invalid for other reasons";
      return bearerError(reply, 401, "invalid_token", problem);
    }
    if (!grant.scopes.includes("openid")) {
      const problem = "The request requires higher privileges than provided by the access token";
      return bearerError(reply, 403, "insufficient_scope", problem);
    }
    return reply.header("cache-control", "no-store").send(userInfo(store, provider, user, grant));
  };
  server.get("/application/o/userinfo/", showUserInfo);
  server.post("/application/o/userinfo/", showUserInfo);

  function slugOf(provider: number): string {
    return find(store.applications, (row) => row.provider === provider)?.slug ?? "";
  }
}

function bearerError(reply: FastifyReply, status: number, code: string, description: string): FastifyReply {
  return reply
    .code(status)
    .header("www-authenticate", `error="${code}", error_description="${description}"`)
    .type("text/html; charset=utf-8")
    .send();
}

function formOf(request: FastifyRequest): string {
  return typeof request.body === "string" ? request.body : "";
}

function discovery(store: Store, provider: Provider, origin: string, slug: string): object {
  const scopes = provider.property_mappings.flatMap((pk) => store.scopes.get(pk)?.scope_name ?? []);
  return {
    issuer: issuerOf(origin, provider, slug),
    authorization_endpoint: `${origin}/application/o/authorize/`,
    token_endpoint: `${origin}/application/o/token/`,
    userinfo_endpoint: `${origin}/application/o/userinfo/`,
    end_session_endpoint: `${origin}/application/o/${slug}/end-session/`,
    jwks_uri: `${origin}/application/o/${slug}/jwks/`,
    response_types_supported: ["code"],
    response_modes_supported: ["query"],
    grant_types_supported: ["authorization_code", "refresh_token"],
    id_token_signing_alg_values_supported: [signingAlgorithm(store, provider)],
    subject_types_supported: ["public"],
    token_endpoint_auth_methods_supported: ["client_secret_post", "client_secret_basic"],
    acr_values_supported: ["goauthentik.io/providers/oauth2/default"],
    scopes_supported: scopes.includes("openid") ? scopes : [...scopes, "openid"],
    request_parameter_supported: false,
    claims_supported: ["sub", "iss", "aud", "exp", "iat", "auth_time", "acr", "amr", "nonce"],
    claims_parameter_supported: false,
    code_challenge_methods_supported: ["plain", "S256"],
  };
}
