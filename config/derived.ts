import type { Settings } from "./schema";

/** zot's callback for the authorization code. Source: zot's routes, provider name `oidc`. */
export const OIDC_CALLBACK_PATH = "/zot/auth/callback/oidc";

export function redirectUrls({ registryUrl, oidc }: Pick<Settings, "registryUrl" | "oidc">): string[] {
  return oidc.redirectUrls ?? [`${registryUrl}${OIDC_CALLBACK_PATH}`];
}

/** Authentik's issuer of one provider; zot compares it byte by byte, so the trailing slash counts. */
export function issuerUrl({ authentik, oidc }: Pick<Settings, "authentik" | "oidc">): string {
  return oidc.issuer ?? `${authentik.url}/application/o/${authentik.slug}/`;
}

/** Title of the note beside a key's item. */
export function noteTitle(itemTitle: string): string {
  return `${itemTitle}: about this item`;
}
