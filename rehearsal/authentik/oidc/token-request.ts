import { createHash } from "node:crypto";
import type { Provider } from "../oauth-objects";
import { find, type Store } from "../store";
import type { AuthorizationCode, Grant } from "./grants";
import { passesPolicies } from "../policies";
import { grantedScopes, isAllowedRedirect, mayGrant } from "./request";

const DESCRIPTIONS = {
  invalid_client:
    "Client authentication failed (e.g., unknown client, no client authentication included, or unsupported " +
    "authentication method)",
  invalid_grant:
    "The provided authorization grant or refresh token is invalid, expired, revoked, does not match the redirection " +
    "URI used in the authorization request, or was issued to another client",
  unsupported_grant_type: "The authorization grant type is not supported by the authorization server",
  invalid_scope:
    "The requested scope is invalid, unknown, malformed, or exceeds the scope granted by the resource owner",
} as const;

/** An error of the token endpoint (RFC 6749 section 5.2); the status is 400 for all of them. */
export class TokenError extends Error {
  constructor(readonly code: keyof typeof DESCRIPTIONS) {
    super(code);
  }

  body(requestId: string): object {
    return { error: this.code, error_description: DESCRIPTIONS[this.code], request_id: requestId };
  }
}

/**
 * What the client may have for a code or a refresh token; either is used up by it. Checks in the order of
 * authentik/providers/oauth2/views/token.py.
 *
 * @throws TokenError
 */
export function redeem(store: Store, authorization: string | undefined, form: URLSearchParams): Grant {
  const { id, secret } = clientAuth(authorization, form);
  const provider = find(store.providers, ({ client_id }) => client_id === id);
  if (!provider) throw new TokenError("invalid_client");
  const grantType = form.get("grant_type") ?? "";
  if (!mayGrant(store, provider, grantType)) throw new TokenError("invalid_grant");
  const asUser = grantType === "client_credentials" && form.has("username");
  // A user's name and app password stand in for the client's secret (authentik/providers/oauth2/views/token.py).
  if (provider.client_type === "confidential" && provider.client_secret !== secret && !asUser) {
    throw new TokenError("invalid_client");
  }
  if (asUser) return grantUser(store, provider, form);
  switch (grantType) {
    case "authorization_code":
      return redeemCode(store, provider, form);
    case "refresh_token":
      return redeemRefreshToken(store, provider, form);
    default:
      throw new TokenError("unsupported_grant_type");
  }
}

function clientAuth(
  authorization: string | undefined,
  form: URLSearchParams,
): { id: string; secret: string } {
  const basic = /^Basic\s(.+)$/.exec(authorization ?? "")?.[1];
  if (basic === undefined)
    return { id: form.get("client_id") ?? "", secret: form.get("client_secret") ?? "" };
  const [id = "", ...secret] = Buffer.from(basic, "base64").toString("utf8").split(":");
  return { id, secret: secret.join(":") };
}

function grantUser(store: Store, provider: Provider, form: URLSearchParams): Grant {
  const user = store.userByName(form.get("username") ?? "");
  const token = store.liveToken(form.get("password") ?? "", "app_password");
  const application = store.applicationOf(provider);
  const isLetIn =
    user?.is_active === true &&
    token?.user === user.pk &&
    application !== undefined &&
    passesPolicies(store, application.pk, application.policy_engine_mode, user);
  if (!isLetIn) throw new TokenError("invalid_grant");
  const now = Date.now();
  return {
    provider: provider.pk,
    user: user.pk,
    scopes: grantedScopes(store, provider, (form.get("scope") ?? "").split(/\s+/).filter(Boolean)),
    nonce: undefined,
    authTime: Math.floor(now / 1000),
    method: "token",
    sessionId: "",
    expires: now,
  };
}

function redeemCode(store: Store, provider: Provider, form: URLSearchParams): Grant {
  const raw = form.get("code") ?? "";
  if (raw === "") throw new TokenError("invalid_grant");
  if (!isAllowedRedirect(provider, form.get("redirect_uri") ?? "")) throw new TokenError("invalid_client");
  const code = store.grants.codes.get(raw);
  if (!code || code.expires <= Date.now() || code.provider !== provider.pk)
    throw new TokenError("invalid_grant");
  if (!store.users.has(code.user)) throw new TokenError("invalid_grant");
  if (!isProven(code, form.get("code_verifier") ?? undefined)) throw new TokenError("invalid_grant");
  store.grants.codes.delete(raw);
  return code;
}

/** PKCE (RFC 7636); a verifier without a challenge is refused, too. */
function isProven({ challenge, challengeMethod }: AuthorizationCode, verifier: string | undefined): boolean {
  if (challenge === undefined) return verifier === undefined;
  if (verifier === undefined) return false;
  if (challengeMethod !== "S256") return verifier === challenge;
  return createHash("sha256").update(verifier).digest("base64url") === challenge;
}

function redeemRefreshToken(store: Store, provider: Provider, form: URLSearchParams): Grant {
  const raw = form.get("refresh_token") ?? "";
  const token = store.grants.refreshTokens.get(raw);
  if (!token || token.expires <= Date.now() || token.provider !== provider.pk)
    throw new TokenError("invalid_grant");
  const asked = (form.get("scope") ?? "").split(/\s+/).filter((scope) => scope !== "");
  if (asked.some((scope) => !token.scopes.includes(scope))) throw new TokenError("invalid_scope");
  store.grants.refreshTokens.delete(raw);
  return token;
}
