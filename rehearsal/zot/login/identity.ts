import type { Provider } from "../config/types";
import type { Claims } from "./relying-party";

/**
 * Who logged in (extractOpenIDIdentity in zot's pkg/api/authn.go): the name comes from userinfo alone, by the mapped claim
 * or else by `email`; groups from userinfo and the id token together.
 *
 * @returns undefined where there is no name: 401
 */
export function identify(
  provider: Provider,
  claims: Claims,
): { username: string; groups: string[] } | undefined {
  const { userinfo, idToken } = claims;
  const mapped = provider.usernameClaim === "" ? "email" : provider.usernameClaim;
  const username = text(userinfo[mapped]) || text(userinfo.email);
  if (username === "") return undefined;
  const claim = provider.groupsClaim === "" ? "groups" : provider.groupsClaim;
  const groups = [...asGroups(userinfo[claim]), ...asGroups(idToken[claim])];
  return { username, groups: [...new Set(groups)].sort() };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function asGroups(value: unknown): string[] {
  const items: unknown[] = Array.isArray(value) ? value : typeof value === "string" ? [value] : [];
  return items
    .filter((each) => each !== null && each !== undefined)
    .map(String)
    .filter((each) => each !== "");
}
