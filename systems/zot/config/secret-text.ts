/*
 * Secrets inside a text of zot's config, whatever its name: user and password of an address, its query, tokens in its
 * path, `name=value` pairs of a connection string, and the text after `Bearer`. In doubt more is masked than
 * necessary.
 */

/**
 * Names whose value is a secret, including those that only say so, or name its format. Other endings (`keyFile`,
 * `tokenURL`, `secretName`) give its location.
 */
export const SECRET_NAME =
  /((secret|password|passwd|pwd|passphrase|token|key|credential|authorization|cookie|signature|dsn|connection_?string)s?([_-]?(value|data|text|string|material|hash|base64|b64|hex|pem|raw|\d+))?|^pass|^auth|^sig|^code|^sas|^jwt|^hmac)$/i;

export interface ShownText {
  readonly text: string;
  /** Whether a certain secret was masked, and not only a possible one. */
  readonly heldSecret: boolean;
}

/** Any address in a text; in a list it ends where the next one begins. */
const ADDRESS = /([a-z][a-z0-9+.-]*:)?\/\/(?:(?![,;|\s]+[a-z][a-z0-9+.-]*:\/\/)[^\s"'`<>])+/gi;

/**
 * A host and port, after which an `@` belongs to the path; a password may contain characters that end an address for
 * other parsers.
 */
const HOST = /^(\[[\da-f:.]+\]|[\w.-]+)$/i;

/** A path segment that looks random, as in the addresses of webhooks. */
const RANDOM = /^(?=.*\d)(?=.*[a-z])[\w~:.%+=-]{20,}$/i;

export function shownText(text: string): ShownText {
  let heldSecret = false;
  const hide = (certain = true) => {
    heldSecret ||= certain;
    return "(masked)";
  };
  if (/-----BEGIN [A-Z ]*PRIVATE KEY/.test(text)) return { text: hide(), heldSecret: true };
  const parts: string[] = [];
  let at = 0;
  for (const { 0: address, index } of text.matchAll(ADDRESS)) {
    parts.push(besideAddresses(text.slice(at, index), hide), shownAddress(address, hide));
    at = index + address.length;
  }
  // The rest of an address whose password has a blank.
  const rest = text.slice(at);
  const end = at > 0 ? rest.lastIndexOf("@") : -1;
  if (end !== -1) return { text: `${hide()}${rest.slice(end)}`, heldSecret };
  parts.push(besideAddresses(rest, hide));
  return { text: parts.join(""), heldSecret };
}

type Hide = (certain?: boolean) => string;

function besideAddresses(text: string, hide: Hide): string {
  return pairs(text, hide)
    .replace(
      /\b(bearer|basic|token)(\s+)[^\s"']{8,}/gi,
      (_all, word: string, blank: string) => `${word}${blank}${hide()}`,
    )
    .replace(
      /^(\s*)[^\s/@:]*:\S+@/,
      // A data source name: user:password@host
      (_all, blank: string) => `${blank}${hide()}@`,
    );
}

/** `password=…`, separated by blanks, semicolons or ampersands. */
function pairs(text: string, hide: Hide): string {
  return text.replace(
    /([\w.-]+)(\s*=\s*)('[^']*'|"[^"]*"|[^\s;&,"']+)/g,
    (all, name: string, sign: string) => (SECRET_NAME.test(name) ? `${name}${sign}${hide()}` : all),
  );
}

function shownAddress(address: string, hide: Hide): string {
  const [, scheme = "", rest = ""] = /^([^/]*\/\/)([^]*)$/.exec(address) ?? [];
  const { host, path } = hostAndPath(rest, scheme, hide);
  const [, folders = "", query = "", fragment = ""] = /^([^?#]*)(\?[^#]*)?(#[^]*)?$/.exec(path) ?? [];
  return [
    scheme,
    host,
    pairs(folders, hide).replace(/[^/]+/g, (segment) => (RANDOM.test(segment) ? hide(false) : segment)),
    query.replace(/([?&;])([^=&;]*)(=[^&;]*)?/g, (_all, before: string, name: string, value?: string) =>
      value === undefined
        ? `${before}${hide(false)}`
        : `${before}${name}=${value === "=" ? "" : hide(SECRET_NAME.test(name))}`,
    ),
    fragment === "" ? "" : `#${hide(false)}`,
  ].join("");
}

/** The userinfo ends at the last `@`, unless the text before it is a web address without a port. */
function hostAndPath(rest: string, scheme: string, hide: Hide): { host: string; path: string } {
  const [authority = ""] = /^[^/?#]*/.exec(rest) ?? [];
  const isClear =
    !authority.includes("@") &&
    (HOST.test(authority) || (/^https?:/i.test(scheme) && /^[^@:]*:\d+$/.test(authority)));
  const at = isClear ? -1 : rest.lastIndexOf("@");
  const user = rest.slice(0, Math.max(0, at));
  const [host, path] = splitAt(rest.slice(at + 1), /[/?#]/);
  const shown = at === -1 ? host : `${hide(user.includes(":") || RANDOM.test(user))}@${host}`;
  return { host: shown, path };
}

function splitAt(text: string, first: RegExp): [string, string] {
  const at = text.search(first);
  return at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at)];
}
