/** Differences between Authentik releases in their API of OAuth2 providers. */
export interface Dialect {
  /** `grant_types` of a provider: without them 2026.5 and newer refuse every login. */
  readonly grantTypes: boolean;
  /** `redirect_uri_type` of a redirect URI. */
  readonly redirectUriTypes: boolean;
}

/**
 * The first release whose answers have all that the provider plugin 2026.5.0 requires of groups, users, applications
 * and flows.
 */
export const OLDEST = "2025.12";

/**
 * Whether a release is that one or newer; undefined for an unknown format. Its release candidates count as the
 * release, because their differences are unknown: 2026.5.0-rc1 has no `grant_types`, without which a later one may
 * refuse every login.
 */
export function isSince(version: string, release: string): boolean | undefined {
  const [own, other] = [version, release].map((text) => /^v?(\d+)\.(\d+)(?=[.-]|$)/.exec(text));
  if (!own || !other) return undefined;
  const [years, months] = [1, 2].map((part) => Number(own[part]) - Number(other[part]));
  return years === 0 ? (months ?? 0) >= 0 : (years ?? 0) > 0;
}

/**
 * What the server knows. Any existing provider shows it; without one the release decides, and if that is unknown,
 * every property is sent: a server ignores unknown ones.
 *
 * @param provider in the format of Authentik's REST API
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
