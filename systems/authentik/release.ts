/** How an Authentik server of some release talks about OAuth2 providers. */
export interface Dialect {
  /** `grant_types` of a provider: without them 2026.5 and newer refuse every login. */
  readonly grantTypes: boolean;
  /** `redirect_uri_type` of a redirect URI. */
  readonly redirectUriTypes: boolean;
}

/** The first whose answers hold all that the provider plugin 2026.5.0 requires of groups, users, applications and flows. */
export const OLDEST = "2025.12";

/**
 * Whether a release is that one or a newer one; undefined where it is written in no known way. Its candidates count as it does, since
 * what they lack cannot be told: 2026.5.0-rc1 has no `grant_types`, without which a later one may refuse every login.
 */
export function isSince(version: string, release: string): boolean | undefined {
  const [own, other] = [version, release].map((text) => /^v?(\d+)\.(\d+)(?=[.-]|$)/.exec(text));
  if (!own || !other) return undefined;
  const [years, months] = [1, 2].map((part) => Number(own[part]) - Number(other[part]));
  return years === 0 ? (months ?? 0) >= 0 : (years ?? 0) > 0;
}

/**
 * What the server knows. Any provider that exists shows it; before there is one, the release tells, and where that is not told
 * either all is given: a server ignores what it does not know.
 *
 * @param provider as Authentik's REST API shows it
 */
export function dialectOf(
  version: string | undefined,
  provider: Readonly<Record<string, unknown>> | undefined,
): Dialect {
  const since = version === undefined ? true : (isSince(version, "2026.5") ?? true);
  if (!provider) return { grantTypes: since, redirectUriTypes: since };
  const uris: unknown = provider["redirect_uris"];
  const [uri] = Array.isArray(uris) ? (uris as unknown[]) : [];
  const shown = typeof uri === "object" && uri !== null ? "redirect_uri_type" in uri : undefined;
  return { grantTypes: "grant_types" in provider, redirectUriTypes: shown ?? since };
}
