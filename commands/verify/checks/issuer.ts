import { z } from "zod";
import type { Peer } from "../../../systems/http/errors";
import { ask } from "./ask";
import { type Finding, ok, wrong } from "./check";

const ISSUER: Peer = { name: "the issuer", setting: "oidc.issuer or authentik.url" };

const discoverySchema = z.looseObject({
  issuer: z.string(),
  authorization_endpoint: z.string(),
  jwks_uri: z.url(),
});
const keysSchema = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })) });

/**
 * Checks the issuer as zot does at its start: the discovery document, which must name exactly this issuer, and the
 * keys to verify a token's signature.
 */
export async function lookAtIssuer(issuer: string, timeoutMs: number): Promise<Finding> {
  const address = `${issuer.replace(/\/+$/, "")}/.well-known/openid-configuration`;
  const { status, json } = await ask(ISSUER, address, timeoutMs);
  const document = discoverySchema.safeParse(json);
  if (status !== 200 || !document.success) {
    return wrong(
      `no discovery document there (status ${status})`,
      "zot cannot start with its login: the launcher starts it without, and nobody can log in",
      "see whether the application's slug is that of authentik.slug, and whether Authentik is well",
    );
  }
  if (document.data.issuer !== issuer) {
    return wrong(
      `the document names ${document.data.issuer}, zot is told ${issuer}`,
      "zot compares both byte by byte, including a trailing slash, and refuses every login",
      "leave oidc.issuer out, or write what the document says",
    );
  }
  const keys = keysSchema.safeParse((await ask(ISSUER, document.data.jwks_uri, timeoutMs)).json);
  if (!keys.success || keys.data.keys.length === 0) {
    return wrong(
      "it publishes no key",
      "without a signing key Authentik signs with HS256, and zot refuses the tokens",
      "see whether the provider in Authentik still has its signing key (authentik.signingKey); `pulumi up` sets it",
    );
  }
  return ok(`${issuer}, ${keys.data.keys.length} signing key${keys.data.keys.length === 1 ? "" : "s"}`);
}
