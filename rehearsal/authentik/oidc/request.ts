import type { Provider } from "../oauth-objects";
import { find, type Store } from "../store";

/** An authorization request that was checked. */
export interface AuthorizationRequest {
  readonly provider: number;
  readonly redirectUri: string;
  readonly state: string | undefined;
  readonly nonce: string | undefined;
  readonly scopes: readonly string[];
  readonly challenge: string | undefined;
  readonly challengeMethod: string;
  readonly prompts: readonly string[];
}

/** Told to the person, since there is no address that could be trusted with it. */
export class BadRequestPage extends Error {
  constructor(
    readonly title: string,
    readonly description: string,
  ) {
    super(title);
  }
}

const DESCRIPTIONS = {
  invalid_request: "The request is otherwise malformed",
  unsupported_response_type:
    "The authorization server does not support obtaining an authorization code using this method",
  request_not_supported: "The provider does not support use of the request parameter",
  login_required: "The Authorization Server requires End-User authentication",
  consent_required: "The Authorization Server requires End-Userconsent",
} as const;

/** Told to the client, by a redirect to its address (RFC 6749 section 4.1.2.1). */
export class AuthorizeError extends Error {
  readonly location: string;

  constructor(redirectUri: string, code: keyof typeof DESCRIPTIONS, state: string | undefined) {
    super(code);
    const description = encodeURIComponent(DESCRIPTIONS[code]);
    const stateParameter = state ? `&state=${state}` : "";
    this.location = `${redirectUri}?error=${code}&error_description=${description}${stateParameter}`;
  }
}

const IMPLICIT = ["id_token", "id_token token"];
const HYBRID = ["code token", "code id_token", "code id_token token"];

/**
 * Checks in the order of authentik/providers/oauth2/views/authorize.py.
 *
 * @throws BadRequestPage, AuthorizeError
 */
export function readAuthorizationRequest(store: Store, query: URLSearchParams): AuthorizationRequest {
  const provider = find(store.providers, ({ client_id }) => client_id === query.get("client_id"));
  if (!provider) {
    throw new BadRequestPage("Client ID Error", "The client identifier (client_id) is missing or invalid.");
  }
  const redirectUri = query.get("redirect_uri") ?? "";
  checkRedirectUri(provider, redirectUri);
  const state = query.get("state") ?? undefined;
  const fail = (code: keyof typeof DESCRIPTIONS) => new AuthorizeError(redirectUri, code, state);

  const grantType = grantTypeOf(query.get("response_type") ?? "");
  if (grantType === undefined) throw fail("unsupported_response_type");
  if (!mayGrant(store, provider, grantType)) throw fail("invalid_request");
  if (grantType !== "authorization_code") throw fail("unsupported_response_type");
  const challenge = query.get("code_challenge") ?? undefined;
  const challengeMethod = query.get("code_challenge_method") ?? "plain";
  if (challenge !== undefined && challengeMethod !== "plain" && challengeMethod !== "S256") {
    throw fail("invalid_request");
  }
  if (query.has("request")) throw fail("request_not_supported");

  const scopes = grantedScopes(store, provider, words(query.get("scope")));
  const prompts = words(query.get("prompt"));
  return {
    provider: provider.pk,
    redirectUri,
    state,
    nonce: query.get("nonce") ?? undefined,
    scopes,
    challenge,
    challengeMethod,
    prompts,
  };
}

/** Before grant types could be told, every provider granted all of them. */
export function mayGrant({ flavour }: Store, { grant_types }: Provider, grantType: string): boolean {
  return (
    flavour.lacks["providers/oauth2"]?.includes("grant_types") === true || grant_types.includes(grantType)
  );
}

function grantTypeOf(responseType: string): string | undefined {
  if (responseType === "code") return "authorization_code";
  if (IMPLICIT.includes(responseType)) return "implicit";
  return HYBRID.includes(responseType) ? "hybrid" : undefined;
}

function checkRedirectUri(provider: Provider, redirectUri: string): void {
  const allowed = provider.redirect_uris.filter(
    ({ redirect_uri_type }) => redirect_uri_type === "authorization",
  );
  // A provider without addresses takes the first that somebody comes with.
  if (allowed.length === 0 && redirectUri !== "") {
    provider.redirect_uris.push({
      matching_mode: "strict",
      url: redirectUri,
      redirect_uri_type: "authorization",
    });
    return;
  }
  if (isAllowedRedirect(provider, redirectUri)) return;
  throw new BadRequestPage(
    "Redirect URI Error",
    "The request fails due to a missing, invalid, or mismatching redirection URI (redirect_uri).",
  );
}

/** To the letter, or by a pattern that has to cover all of it. */
export function isAllowedRedirect({ redirect_uris }: Provider, redirectUri: string): boolean {
  if (/^(javascript|data|vbscript):/i.test(redirectUri)) return false;
  return redirect_uris.some(({ matching_mode, url, redirect_uri_type }) => {
    if (redirect_uri_type !== "authorization") return false;
    return matching_mode === "strict" ? url === redirectUri : new RegExp(`^(?:${url})$`).test(redirectUri);
  });
}

/** Those asked for that the provider has a mapping of; all it has where none was asked for. */
export function grantedScopes(store: Store, provider: Provider, asked: readonly string[]): string[] {
  const known = provider.property_mappings.flatMap((pk) => store.scopes.get(pk)?.scope_name ?? []);
  return asked.length === 0 ? known : asked.filter((scope) => known.includes(scope));
}

function words(text: string | null): string[] {
  return [...new Set((text ?? "").split(/\s+/).filter((word) => word !== ""))];
}
