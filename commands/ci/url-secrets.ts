import { unescapedUrl } from "./unescaped";

/** Query parameters of a backend's or a proxy's address that only say how to reach it; unknown ones are secret. */
const HARMLESS =
  /^(?:sslmode|sslrootcert|region|endpoint|profile|awssdk|s3forcepathstyle|use_path_style|hostname_immutable|disable_?ssl|disable_?https|no_tmp_dir|metadata|application_name|connect_timeout|target_session_attrs|search_path|prefix|domain|protocol|localemu|storage_account)$/i;

/**
 * The secrets of an address: its password, and the values of its query, as written and decoded. Other parsers may end
 * the address earlier, for instance at a `#` in a password, and their errors show the pieces, so each piece is a
 * secret too.
 */
export function secretsInUrl(url: string): string[] {
  const [, rest] = /^[a-z][a-z0-9+.-]*:\/\/([^]*)$/i.exec(url.trim()) ?? [];
  if (rest === undefined) return [];
  const passwords = ats(rest).flatMap((at) => passwordIn(rest.slice(0, at)));
  const pieces = passwords.flatMap((password) => piecesOf(password));
  const found = [...passwords, ...pieces].flatMap((password) => [
    password,
    unescapedUrl(password, "userinfo"),
  ]);
  const query = /\?([^#]*)/.exec(rest)?.[1] ?? "";
  const values = query.split("&").flatMap((parameter) => {
    const [, name = "", value = ""] = /^([^=]*)=([^]*)$/.exec(parameter) ?? [];
    const meant = [value, unescapedUrl(value, "query"), unescapedUrl(value, "userinfo")];
    // The endpoint of a store is itself an address.
    return HARMLESS.test(name) ? meant.flatMap(secretsInUrl) : meant;
  });
  return [...new Set([...found, ...values])].filter((text) => text !== "");
}

/** Where the userinfo may end: at the first `@` for some parsers, at the last one of the authority for others. */
function ats(rest: string): number[] {
  const query = rest.indexOf("?");
  const found = [...rest.matchAll(/@/g)].map(({ index }) => index);
  const authority = found.filter((at) => query === -1 || at < query);
  return authority.length > 0 ? authority : found.slice(0, 1);
}

/** A user without a password is a token if it is long enough: `https://TOKEN@host`. */
const TOKEN_LENGTH = 20;

function passwordIn(userinfo: string): string[] {
  const colon = userinfo.indexOf(":");
  if (colon !== -1) return [userinfo.slice(colon + 1)];
  return userinfo.length >= TOKEN_LENGTH ? [userinfo] : [];
}

/**
 * The parts of a password that others take for the end of an address, for its port, or for a wrong escape, which Go's
 * errors quote.
 */
function piecesOf(password: string): string[] {
  const wrong = password.match(/%(?![0-9a-f]{2})[^]{0,2}/gi) ?? [];
  const parts = password.split(/[/?#@:[\]]/);
  return parts.length > 1 || wrong.length > 0 ? [...parts, ...wrong] : [];
}
