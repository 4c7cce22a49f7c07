import { createHash, randomUUID } from "node:crypto";
import type { Provider } from "../config/types";
import { askIssuer, type Question } from "./ask-issuer";
import { type IdTokenClaims, TIMEOUT_MS, verifyIdToken } from "./id-token";
import { messageOf } from "../../../systems/text";

/** The issuer did not play its part: what zot answers with 401, or panics over at its start. */
export class IssuerError extends Error {
  override readonly name = "IssuerError";
}

interface Discovery {
  issuer: string;
  authorization_endpoint: string;
  token_endpoint: string;
  userinfo_endpoint: string;
  jwks_uri: string;
  end_session_endpoint?: string;
}

export interface Claims {
  idToken: IdTokenClaims;
  userinfo: Record<string, unknown>;
}

/** One provider of http.auth.openid: what zitadel/oidc's relying party does for zot (code flow, no nonce). */
export class RelyingParty {
  private constructor(
    readonly provider: Provider,
    readonly redirectUri: string,
    private readonly discovery: Discovery,
  ) {}

  /** @throws IssuerError where the discovery document cannot be had, or is that of another issuer */
  static async discover(provider: Provider, redirectUri: string): Promise<RelyingParty> {
    const url = `${provider.issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
    const discovery = (await getJson(
      url,
      {},
      "OpenID Provider Configuration Discovery has failed",
    )) as unknown as Discovery;
    if (discovery.issuer !== provider.issuer) throw new IssuerError("issuer does not match");
    return new RelyingParty(provider, redirectUri, discovery);
  }

  /** PKCE only without a client secret, as zot does. */
  get usesPkce(): boolean {
    return this.provider.clientSecret === "";
  }

  get endSessionEndpoint(): string | undefined {
    return this.discovery.end_session_endpoint;
  }

  newVerifier(): string {
    return Buffer.from(randomUUID()).toString("base64url");
  }

  authorizationUrl(state: string, verifier?: string): string {
    const { clientId, scopes } = this.provider;
    const query = new URLSearchParams({
      client_id: clientId,
      ...(verifier !== undefined && {
        code_challenge: createHash("sha256").update(verifier).digest("base64url"),
        code_challenge_method: "S256",
      }),
      redirect_uri: this.redirectUri,
      response_type: "code",
      scope: (scopes.includes("openid") ? scopes : ["openid", ...scopes]).join(" "),
      state,
    });
    const endpoint = this.discovery.authorization_endpoint;
    return `${endpoint}${endpoint.includes("?") ? "&" : "?"}${query.toString()}`;
  }

  /** Trades the code for tokens, verifies the id token and asks userinfo. @throws IssuerError */
  async exchange(code: string, verifier?: string): Promise<Claims> {
    const tokens = await this.#tokens(code, verifier).catch(prefix("failed to exchange token"));
    const idToken = await verifyIdToken(tokens.idToken, {
      issuer: this.provider.issuer,
      clientId: this.provider.clientId,
      jwksUri: this.discovery.jwks_uri,
      accessToken: tokens.accessToken,
    }).catch(prefix("failed to exchange token"));
    const userinfo = await this.#userinfo(tokens.accessToken, idToken.sub).catch(prefix("userinfo failed"));
    return { idToken, userinfo };
  }

  /** First with HTTP Basic, then, where the issuer refuses that, with the secret in the form (golang.org/x/oauth2). */
  async #tokens(code: string, verifier?: string): Promise<{ accessToken: string; idToken: string }> {
    const { clientId, clientSecret } = this.provider;
    const form = {
      code,
      ...(verifier !== undefined && { code_verifier: verifier }),
      grant_type: "authorization_code",
      redirect_uri: this.redirectUri,
    };
    const basic = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString(
      "base64",
    );
    const secret: Record<string, string> = clientSecret === "" ? {} : { client_secret: clientSecret };
    const response = await this.#post(form, { Authorization: `Basic ${basic}` }).catch(() =>
      this.#post({ ...form, client_id: clientId, ...secret }, {}),
    );
    if (typeof response.access_token !== "string")
      throw new IssuerError("server response missing access_token");
    if (typeof response.id_token !== "string") throw new IssuerError("id_token missing");
    return { accessToken: response.access_token, idToken: response.id_token };
  }

  #post(form: Record<string, string>, headers: Record<string, string>): Promise<Record<string, unknown>> {
    const question = { headers, form: new URLSearchParams(form) };
    return getJson(this.discovery.token_endpoint, question, "oauth2: cannot fetch token");
  }

  async #userinfo(accessToken: string, subject: string): Promise<Record<string, unknown>> {
    const headers = { Authorization: `Bearer ${accessToken}` };
    const userinfo = await getJson(this.discovery.userinfo_endpoint, { headers }, "http status not ok");
    if (userinfo.sub !== subject)
      throw new IssuerError("sub from userinfo does not match the sub from the id_token");
    return userinfo;
  }
}

async function getJson(url: string, question: Question, problem: string): Promise<Record<string, unknown>> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const { body, status } = await askIssuer(url, question, signal).catch((error: unknown) => {
    throw new IssuerError(`${problem}\nGet "${url}": ${messageOf(signal.aborted ? signal.reason : error)}`);
  });
  if (status < 200 || status > 299) throw new IssuerError(`${problem}\nhttp status not ok: ${status}`);
  try {
    return JSON.parse(body) as Record<string, unknown>;
  } catch {
    throw new IssuerError(`${problem}\nfailed to unmarshal response`);
  }
}

function prefix(text: string): (error: unknown) => never {
  return (error) => {
    throw new IssuerError(`${text}: ${(error as Error).message}`);
  };
}
