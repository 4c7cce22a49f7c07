import { isTree, type Tree } from "./read";

/*
 * Secrets in a config, by where they stand: zot's config takes passwords in addresses, tokens in headers and keys in the settings
 * of drivers, and no name tells all of them.
 */

/** Names whose value is a secret. What ends otherwise (`keyFile`, `tokenURL`, `secretName`) says where one is. */
const SECRET_NAME = /(secret|password|passwd|pwd|passphrase|token|key|credentials?|authorization|cookie)$/i;

/** Maps in which every text may be one. */
const SECRET_MAP = /^(credentials|headers)$/i;

/** What such a map also holds. */
const HARMLESS_NAME = /^(user(name)?|type|file|.*file|content-type|accept|user-agent)$/i;

/** Files of a certificate and its key: `http.tls.key`. */
const FILE_MAP = /^tls$/i;

export interface SecretPlace {
  readonly path: readonly string[];
  /** What stands there, shown by its shape. */
  readonly shape: string;
}

/** The config for people to read: what may be a secret is shown by its shape. */
export function masked(tree: Tree): Tree {
  return mapLeaves(tree, (value, path) => shown(value, path)) as Tree;
}

/** Where secrets stand in plain text. A value that is merely masked to be sure, such as a user's name, is none. */
export function plainSecrets(tree: Tree): SecretPlace[] {
  const places: SecretPlace[] = [];
  mapLeaves(tree, (value, path) => {
    if (isPlainSecret(value, path)) places.push({ path, shape: shapeOf(value) });
    return value;
  });
  return places;
}

/** Values at the same place that differ although they are shown alike. */
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

/** The names of a path, without the places in lists. */
function names(path: readonly string[]): string[] {
  return path.filter((name) => !/^\d+$/.test(name));
}

function isSecretPlace(path: readonly string[]): boolean {
  const all = names(path);
  const last = all.at(-1) ?? "";
  if (all.slice(0, -1).some((name) => SECRET_MAP.test(name))) return true;
  return SECRET_NAME.test(last) && !FILE_MAP.test(all.at(-2) ?? "");
}

function shown(value: unknown, path: readonly string[]): unknown {
  if (typeof value !== "string" && typeof value !== "number") return value;
  if (isSecretPlace(path)) return value === "" ? value : shapeOf(value);
  return typeof value === "string" ? maskedText(value) : value;
}

function shapeOf(value: unknown): string {
  return typeof value === "string" ? `(text of ${value.length} characters)` : `(a ${typeof value})`;
}

const URL_TEXT = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?$/is;

/** A part of a path that looks drawn by lot, as in the addresses of webhooks. */
const RANDOM = /^(?=.*\d)(?=.*[a-z])[\w-]{20,}$/i;

/** Without what an address may carry: user and password, the values of its query, tokens in its path. */
function maskedText(text: string): string {
  const url = URL_TEXT.exec(text);
  if (url) {
    const [, scheme = "", authority = "", path = "", query = "", fragment = ""] = url;
    const at = authority.lastIndexOf("@");
    return [
      scheme,
      at < 0 ? authority : `(masked)@${authority.slice(at + 1)}`,
      path.replace(/[^/]+/g, (segment) => (RANDOM.test(segment) ? "(masked)" : segment)),
      query.replace(/([?&;])([^=&;]*)(=[^&;]*)?/g, (_all, before: string, name: string, value?: string) =>
        value === undefined ? `${before}(masked)` : `${before}${name}=(masked)`,
      ),
      fragment === "" ? "" : "#(masked)",
    ].join("");
  }
  if (/^(bearer|basic)\s+\S{8,}$/i.test(text)) return `${text.split(/\s/, 1)[0] ?? ""} (masked)`;
  // A data source name: user:password@host
  return text.replace(/^[^\s/@:]*:[^\s@]+@/, "(masked)@");
}

function isPlainSecret(value: unknown, path: readonly string[]): boolean {
  if (typeof value !== "string" || value === "") return false;
  if (isSecretPlace(path)) return !HARMLESS_NAME.test(path.at(-1) ?? "");
  const url = URL_TEXT.exec(value);
  if (!url) return maskedText(value) !== value;
  const [, , authority = "", , query = ""] = url;
  const userInfo = authority.includes("@") ? authority.slice(0, authority.lastIndexOf("@")) : "";
  return (
    userInfo.includes(":") ||
    RANDOM.test(userInfo) ||
    query
      .slice(1)
      .split(/[&;]/)
      .some((each) => SECRET_NAME.test(each.split("=", 1)[0] ?? "") && each.includes("="))
  );
}
