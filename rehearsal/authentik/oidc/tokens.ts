import { createPrivateKey, createPublicKey } from "node:crypto";
import { exportJWK, type JWK, type JWTPayload, SignJWT } from "jose";
import { parseDuration } from "../duration";
import type { User } from "../objects";
import type { KeyPair, Provider } from "../oauth-objects";
import { generateId, type Store } from "../store";
import type { Grant } from "./grants";

/** Claims of the managed scope mappings; their Python expressions are the seeds'. */
function claimsOf(store: Store, user: User, scopes: readonly string[]): JWTPayload {
  const groups = user.groups.flatMap((pk) => store.groups.get(pk)?.name ?? []);
  const { name, username, email } = user;
  return {
    ...(scopes.includes("email") && { email, email_verified: false }),
    ...(scopes.includes("profile") && {
      name,
      given_name: name,
      preferred_username: username,
      nickname: username,
      groups,
    }),
  };
}

export function userInfo(store: Store, provider: Provider, user: User, grant: Grant): JWTPayload {
  return {
    sub: subjectOf(provider, user),
    ...claimsOf(store, user, grant.scopes),
    ...(grant.nonce !== undefined && { nonce: grant.nonce }),
  };
}

function subjectOf(provider: Provider, user: User): string {
  switch (provider.sub_mode) {
    case "user_id":
      return String(user.pk);
    case "user_uuid":
      return user.uuid;
    case "user_email":
      return user.email;
    case "user_username":
      return user.username;
    default:
      return user.uid;
  }
}

export function issuerOf(origin: string, provider: Provider, slug: string): string {
  return provider.issuer_mode === "global" ? `${origin}/` : `${origin}/application/o/${slug}/`;
}

/** The body of a successful answer of the token endpoint; hands the tokens out. */
export async function tokenResponse(store: Store, grant: Grant, issuer: string): Promise<object> {
  const provider = store.providers.get(grant.provider);
  const user = store.users.get(grant.user);
  if (!provider || !user) throw new Error("a grant outlived its provider or its user");
  const lifetimeMs = parseDuration(provider.access_token_validity) ?? 0;
  const payload = idTokenPayload(store, provider, user, grant, issuer, lifetimeMs);
  const access = await sign(store, provider, {
    ...payload,
    azp: provider.client_id,
    uid: generateId(40),
    scope: grant.scopes.join(" "),
  });
  store.grants.accessTokens.set(access, { ...grant, expires: Date.now() + lifetimeMs });
  const refresh = generateId(128);
  const refreshable = grant.scopes.includes("offline_access");
  if (refreshable) {
    const refreshMs = parseDuration(provider.refresh_token_validity) ?? 0;
    store.grants.refreshTokens.set(refresh, { ...grant, expires: Date.now() + refreshMs });
  }
  return {
    access_token: access,
    token_type: "Bearer",
    scope: grant.scopes.join(" "),
    expires_in: lifetimeMs / 1000,
    id_token: await sign(store, provider, payload),
    ...(refreshable && { refresh_token: refresh }),
  };
}

function idTokenPayload(
  store: Store,
  provider: Provider,
  user: User,
  grant: Grant,
  issuer: string,
  lifetimeMs: number,
): JWTPayload {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: issuer,
    sub: subjectOf(provider, user),
    aud: provider.client_id,
    exp: now + lifetimeMs / 1000,
    iat: now,
    jti: generateId(40),
    auth_time: grant.authTime,
    acr: "goauthentik.io/providers/oauth2/default",
    ...(grant.method === "password" && { amr: ["pwd"] }),
    ...(grant.nonce !== undefined && { nonce: grant.nonce }),
    // Of a login by client credentials there is no session.
    ...(grant.sessionId !== "" && { sid: grant.sessionId }),
    ...(provider.include_claims_in_id_token && claimsOf(store, user, grant.scopes)),
  };
}

/** RS256 by the provider's key pair, HS256 by its client secret where it has none. */
async function sign(store: Store, provider: Provider, payload: JWTPayload): Promise<string> {
  const pair = keyPairOf(store, provider);
  const jwt = new SignJWT(payload);
  if (!pair) {
    const secret = new TextEncoder().encode(provider.client_secret);
    return jwt.setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(secret);
  }
  return jwt
    .setProtectedHeader({ alg: "RS256", kid: pair.kid, typ: "JWT" })
    .sign(createPrivateKey(pair.privateKey));
}

export function signingAlgorithm(store: Store, provider: Provider): "RS256" | "HS256" {
  return keyPairOf(store, provider) ? "RS256" : "HS256";
}

/** A shared secret is not published: without a key pair there is no `keys` at all. */
export async function keySet(store: Store, provider: Provider): Promise<{ keys?: JWK[] }> {
  const pair = keyPairOf(store, provider);
  if (!pair) return {};
  const jwk = await exportJWK(createPublicKey(pair.privateKey));
  return { keys: [{ ...jwk, alg: "RS256", use: "sig", kid: pair.kid }] };
}

function keyPairOf(store: Store, { signing_key }: Provider): KeyPair | undefined {
  return signing_key === null ? undefined : store.keyPairs.get(signing_key);
}
