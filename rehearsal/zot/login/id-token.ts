import { createHash } from "node:crypto";
import { now } from "../clock";

export interface IdTokenClaims extends Record<string, unknown> {
  sub: string;
}

export interface Expected {
  issuer: string;
  clientId: string;
  jwksUri: string;
  accessToken: string;
}

/** An issuer that is busy answers late; jose by itself waits for 5 s. */
export const TIMEOUT_MS = 30_000;

/** Seconds that clocks may differ (issuedAtOffset in zot's pkg/api/authn.go); an id token ends that much earlier. */
const OFFSET_SECONDS = 5;

/** Symmetric ones are refused: without a signing key Authentik signs with HS256, and nobody can log in to zot. */
const ALGORITHMS = ["RS256", "ES256", "PS256"];

/**
 * The checks of zitadel/oidc's VerifyIDToken. zot sends no nonce, so a token must not have one.
 *
 * @throws an error that says which check failed
 */
export async function verifyIdToken(token: string, expected: Expected): Promise<IdTokenClaims> {
  // Only a login needs it, and it takes longer to load than the rest of the program.
  const { createRemoteJWKSet, jwtVerify } = await import("jose");
  const keys = createRemoteJWKSet(new URL(expected.jwksUri), { timeoutDuration: TIMEOUT_MS });
  const { payload, protectedHeader } = await jwtVerify(token, keys, {
    issuer: expected.issuer,
    audience: expected.clientId,
    algorithms: ALGORITHMS,
    requiredClaims: ["sub", "exp", "iat"],
    currentDate: new Date(now().getTime() + OFFSET_SECONDS * 1000),
  });
  const { sub = "", iat = 0, aud, azp, nonce, at_hash: atHash } = payload;
  const latest = now().getTime() / 1000 + OFFSET_SECONDS;
  check(iat <= Math.round(latest), "issuedAt of token is in the future");
  check(azp === undefined || azp === expected.clientId, "authorized party is not valid");
  check(!Array.isArray(aud) || aud.length < 2 || azp !== undefined, "authorized party is not set");
  check(nonce === undefined || nonce === "", "nonce does not match");
  check(
    atHash === undefined || atHash === accessTokenHash(expected.accessToken, protectedHeader.alg),
    "at_hash does not correspond to access token",
  );
  return { ...payload, sub };
}

/** OpenID Connect Core 3.1.3.6: the left half of the hash that the signature's algorithm uses. */
function accessTokenHash(accessToken: string, algorithm: string): string {
  const digest = createHash(`sha${algorithm.slice(2)}`)
    .update(accessToken)
    .digest();
  return digest.subarray(0, digest.length / 2).toString("base64url");
}

function check(holds: boolean, problem: string): void {
  if (!holds) throw new Error(problem);
}
