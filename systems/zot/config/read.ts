import { parseAllDocuments } from "yaml";

/*
 * zot's config as zot itself reads it. viper lowers every name of every map, also inside lists, before it fills zot's
 * structs, so `HTTP.AccessControl` is `http.accessControl`, and a glob or a group's name that is a key counts in
 * lower case.
 */

export interface Tree {
  readonly [name: string]: unknown;
}

export type ConfigFormat = "json" | "yaml";

/** A text that is not a config. Contains nothing of the text, which may be secret. */
export class ConfigTextError extends Error {
  override readonly name = "ConfigTextError";
}

/** By the file's name, as zot decides; a name without an extension that says it is read as JSON first. */
export function formatOf(file: string): ConfigFormat {
  return /\.ya?ml$/i.test(file) ? "yaml" : "json";
}

/** @throws ConfigTextError */
export function parseConfig(text: string, format: ConfigFormat): Tree {
  const value = format === "yaml" ? fromYaml(text) : fromJson(text);
  if (!isTree(value)) throw new ConfigTextError("is not a map of zot's settings");
  return value;
}

/** The same, or undefined for a text that zot could not read either. */
export function tryParseConfig(text: string, format: ConfigFormat): Tree | undefined {
  try {
    return parseConfig(text, format);
  } catch (error) {
    if (error instanceof ConfigTextError) return undefined;
    throw error;
  }
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No cause: V8's message quotes the text.
    throw new ConfigTextError("is not valid JSON");
  }
}

function fromYaml(text: string): unknown {
  // zot's reader stops after the first of several.
  const [document] = parseAllDocuments(text, { merge: true, prettyErrors: true });
  if (!document) return null;
  const [error] = document.errors;
  if (error) {
    const line = error.linePos?.[0].line;
    throw new ConfigTextError(`is not valid YAML${line === undefined ? "" : ` (line ${line})`}`);
  }
  try {
    // Through JSON, because YAML's names may be numbers.
    return JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: 1000 }) ?? null));
  } catch {
    throw new ConfigTextError("is not valid YAML (its aliases cannot be resolved)");
  }
}

export function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function sameName(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

/** The key for the name, in its spelling. Of two keys zot uses either; here the last one counts. */
export function keyOf(tree: Tree, name: string): string | undefined {
  return Object.keys(tree).findLast((key) => sameName(key, name));
}

/** The value at a path, with names in any case. */
export function valueAt(tree: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => {
    if (!isTree(value)) return undefined;
    const key = keyOf(value, name);
    return key === undefined ? undefined : value[key];
  }, tree);
}

export function treeAt(tree: unknown, ...path: readonly string[]): Tree | undefined {
  const value = valueAt(tree, ...path);
  return isTree(value) ? value : undefined;
}

/** zot's reader accepts a number or a switch for a text, and an empty text counts as none. */
export function textAt(tree: unknown, ...path: readonly string[]): string | undefined {
  const value = valueAt(tree, ...path);
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

/** One text counts as a list with one entry, as in zot's reader. */
export function textsAt(tree: unknown, ...path: readonly string[]): string[] {
  const value = valueAt(tree, ...path);
  if (Array.isArray(value)) return value.filter((each) => typeof each === "string");
  return typeof value === "string" ? [value] : [];
}

export function treesAt(tree: unknown, ...path: readonly string[]): Tree[] {
  const value = valueAt(tree, ...path);
  if (Array.isArray(value)) return value.filter(isTree);
  return isTree(value) ? [value] : [];
}

/** As strconv.ParseBool, which zot's reader applies to texts. */
export function flagAt(tree: unknown, ...path: readonly string[]): boolean | undefined {
  const value = valueAt(tree, ...path);
  if (typeof value === "boolean") return value;
  if (typeof value === "number") return value !== 0;
  if (typeof value !== "string") return undefined;
  if (/^(1|t|T|TRUE|true|True)$/.test(value)) return true;
  return /^(0|f|F|FALSE|false|False)$/.test(value) ? false : undefined;
}

/** Every name in lower case, as zot has it after reading; null counts as missing. */
export function canonical(tree: Tree): Tree {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(tree)) {
    if (value !== null && value !== undefined) result[name.toLowerCase()] = canonicalValue(value);
  }
  return result;
}

function canonicalValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonicalValue);
  return isTree(value) ? canonical(value) : value;
}

/** With the names of all maps in lower case and sorted: equal texts mean the same to zot. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isTree(value)) return value;
  const entries = Object.entries(canonical(value)).map(([name, inner]): [string, unknown] => [
    name,
    sorted(inner),
  ]);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Paths of names that occur twice in one map and only differ in case: zot uses either of them, at random. */
export function repeatedNames(value: unknown, path: readonly string[] = []): string[][] {
  if (Array.isArray(value))
    return value.flatMap((each, index) => repeatedNames(each, [...path, String(index)]));
  if (!isTree(value)) return [];
  const names = Object.keys(value);
  return names.flatMap((name, index) => [
    ...(names.findIndex((other) => sameName(other, name)) < index ? [[...path, name]] : []),
    ...repeatedNames(value[name], [...path, name]),
  ]);
}

/** A map without any value, at any depth: zot's reader drops it. */
export function isEmpty(value: unknown): boolean {
  return isTree(value) ? Object.values(value).every(isEmpty) : value === null || value === undefined;
}
