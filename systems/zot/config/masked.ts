import { isTree, type Tree } from "./read";
import { SECRET_NAME, shownText } from "./secret-text";

/*
 * Secrets in a config, by path: zot's config has passwords in addresses, tokens in headers and keys in driver
 * settings, and no name covers all of them.
 */

/** Maps in which every text may be secret. */
const SECRET_MAP = /^(credentials|headers)$/i;

/** Names in such a map that are not. */
const HARMLESS_NAME = /^(user(name)?|type|file|.*file|content-type|accept|user-agent)$/i;

/** Files of a certificate and its key: `http.tls.key`. */
const FILE_MAP = /^tls$/i;

/**
 * Driver settings go to the driver's library unchanged: zot refuses none, so a misspelt name of a secret is there as
 * well. Only known names are shown.
 */
const DRIVER_MAP = /driver$/i;
const SHOWN_OF_DRIVERS =
  /^(?:name|url|addrs?|region|.*endpoint|bucket|container|rootdirectory|storageclass|object(?:acl|ownership)|useragent|loglevel|realm|account_?name|keyid|type|host|port|db|network|(?:sentinel_?)?user_?name|(?:client|master)_?name|key_?prefix|identity_?suffix|.*tablename|.*(?:file|path)|.*(?:timeout|backoff|time|lifetime|interval|retries|conns|size|secure|verify)|(?:read_only|route_.*|pool_.*|disable_.*|force.*|use.*|v4auth|accelerate|encrypt))$/i;

export interface SecretPlace {
  readonly path: readonly string[];
  /** The value, described by its shape. */
  readonly shape: string;
  /** Must not be shown. */
  readonly value: string;
}

/** The config for users: possible secrets are replaced by their shape. */
export function masked(tree: Tree): Tree {
  return mapLeaves(tree, (value, path) => shown(value, path)) as Tree;
}

/** The paths of plain-text secrets. A value that is only masked as a precaution, such as a username, does not count. */
export function plainSecrets(tree: Tree): SecretPlace[] {
  const places: SecretPlace[] = [];
  mapLeaves(tree, (value, path) => {
    if (typeof value === "string" && isPlainSecret(value, path))
      places.push({ path, shape: shapeOf(value), value });
    return value;
  });
  return places;
}

/**
 * The paths of texts that are masked, completely or partly, including those that are only possibly secret, such as a
 * webhook's address.
 */
export function hiddenTexts(tree: Tree): string[][] {
  const places: string[][] = [];
  mapLeaves(tree, (value, path) => {
    const isHidden = typeof value === "string" && shown(value, path) !== value;
    if (isHidden && !HARMLESS_NAME.test(path.at(-1) ?? "")) places.push([...path]);
    return value;
  });
  return places;
}

/** Values at the same path that differ although they are shown alike. */
export function maskedDifferences(before: Tree, after: Tree): string[] {
  const seen = new Map<string, unknown>();
  mapLeaves(before, (value, path) => {
    seen.set(path.join(".").toLowerCase(), value);
    return value;
  });
  const differ: string[] = [];
  mapLeaves(after, (value, path) => {
    const old = seen.get(path.join(".").toLowerCase());
    if (old !== undefined && old !== value && shown(old, path) === shown(value, path))
      differ.push(path.join("."));
    return value;
  });
  return differ;
}

function mapLeaves(
  value: unknown,
  convert: (value: unknown, path: readonly string[]) => unknown,
  path: readonly string[] = [],
): unknown {
  if (Array.isArray(value))
    return value.map((each, index) => mapLeaves(each, convert, [...path, String(index)]));
  if (!isTree(value)) return convert(value, path);
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, mapLeaves(inner, convert, [...path, name])]),
  );
}

/** The names of a path, without list indexes. */
function names(path: readonly string[]): string[] {
  return path.filter((name) => !/^\d+$/.test(name));
}

/** Names of repositories and routes in the path say nothing about what is below them. */
const NAMED_BY_OTHERS = /^(accesscontrol|subpaths)$/i;

/** Sections of zot's own. */
const SECTION = /^(auth|htpasswd)$/i;

function isSecretPlace(path: readonly string[]): boolean {
  const all = names(path);
  const last = all.at(-1) ?? "";
  const above = all.slice(0, -1);
  if (above.some((name) => SECRET_MAP.test(name))) return true;
  const isBelowSecret =
    !above.some((name) => NAMED_BY_OTHERS.test(name)) &&
    above.some((name) => SECRET_NAME.test(name) && !SECTION.test(name));
  return isBelowSecret || (SECRET_NAME.test(last) && !FILE_MAP.test(all.at(-2) ?? ""));
}

function isUnknownOfDriver(path: readonly string[]): boolean {
  const all = names(path);
  return all.slice(0, -1).some((name) => DRIVER_MAP.test(name)) && !SHOWN_OF_DRIVERS.test(all.at(-1) ?? "");
}

function shown(value: unknown, path: readonly string[]): unknown {
  if (typeof value !== "string" && typeof value !== "number") return value;
  const hides = isSecretPlace(path) || (typeof value === "string" && isUnknownOfDriver(path));
  if (hides) return value === "" ? value : shapeOf(value);
  return typeof value === "string" ? shownText(value).text : value;
}

function shapeOf(value: unknown): string {
  return typeof value === "string" ? `(text of ${value.length} characters)` : `(a ${typeof value})`;
}

/** Long enough for a key, and not made of words. */
const LIKE_A_KEY = /^(?=.*\d)(?=.*[a-z])[\w~.%+=/-]{16,}$/i;

function isPlainSecret(value: string, path: readonly string[]): boolean {
  if (value === "") return false;
  if (isSecretPlace(path)) return !HARMLESS_NAME.test(path.at(-1) ?? "");
  if (isUnknownOfDriver(path) && LIKE_A_KEY.test(value)) return true;
  return shownText(value).heldSecret;
}
