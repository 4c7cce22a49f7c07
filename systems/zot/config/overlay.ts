import { isTree, keyOf, sameName, type Tree } from "./read";

/** The effect of a part at its path: it replaces or removes the value. */
export type Part =
  | { readonly path: readonly string[]; readonly value: unknown }
  | { readonly path: readonly string[]; readonly gone: true };

/**
 * Overlays parts on an operator's config. Names are compared without case, as zot reads them, and keep their
 * spelling; so does the order of the keys. New keys come last in their map.
 */
export function overlay(base: Tree, parts: readonly Part[]): Tree {
  return parts.reduce(
    (tree, part) => ("gone" in part ? without(tree, part.path) : withValue(tree, part.path, part.value)),
    base,
  );
}

function withValue(tree: Tree, [name, ...rest]: readonly string[], value: unknown): Tree {
  if (name === undefined) return isTree(value) ? value : tree;
  const key = keyOf(tree, name) ?? name;
  const before = tree[key];
  const after = rest.length === 0 ? value : withValue(isTree(before) ? before : {}, rest, value);
  return withoutTwins({ ...tree, [key]: after }, key);
}

function without(tree: Tree, [name, ...rest]: readonly string[]): Tree {
  if (name === undefined) return tree;
  if (rest.length === 0)
    return Object.fromEntries(Object.entries(tree).filter(([key]) => !sameName(key, name)));
  const key = keyOf(tree, name);
  const inner = key === undefined ? undefined : tree[key];
  return key === undefined || !isTree(inner) ? tree : { ...tree, [key]: without(inner, rest) };
}

/** Of two names that differ in case zot uses either, so a part's value stands alone. */
function withoutTwins(tree: Tree, kept: string): Tree {
  return Object.fromEntries(Object.entries(tree).filter(([key]) => key === kept || !sameName(key, kept)));
}

export interface Leaf {
  readonly path: readonly string[];
  readonly value: unknown;
}

/** The values of a config. A list is one value, and so is an empty map. */
export function leavesOf(value: unknown, path: readonly string[] = []): Leaf[] {
  if (!isTree(value) || (path.length > 0 && Object.keys(value).length === 0)) return [{ path, value }];
  return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, [...path, name]));
}

/** One path is the other, or below it. */
export function isBelow(path: readonly string[], top: readonly string[]): boolean {
  return top.every((name, index) => sameName(path[index] ?? "", name));
}
