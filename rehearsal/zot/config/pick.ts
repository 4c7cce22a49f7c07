import type { Decoded } from "./decode";

/** The value at a path of a decoded tree; undefined where any part of the way is missing. */
export function at(tree: Decoded, ...path: string[]): Decoded {
  let value = tree;
  for (const key of path) {
    if (typeof value !== "object" || Array.isArray(value)) return undefined;
    value = value[key];
  }
  return value;
}

export function text(tree: Decoded, ...path: string[]): string | undefined {
  const value = at(tree, ...path);
  return typeof value === "string" ? value : undefined;
}

export function flag(tree: Decoded, ...path: string[]): boolean | undefined {
  const value = at(tree, ...path);
  return typeof value === "boolean" ? value : undefined;
}

export function number(tree: Decoded, ...path: string[]): number | undefined {
  const value = at(tree, ...path);
  return typeof value === "number" ? value : undefined;
}

export function list(tree: Decoded, ...path: string[]): Decoded[] {
  const value = at(tree, ...path);
  return Array.isArray(value) ? value : [];
}

export function texts(tree: Decoded, ...path: string[]): string[] {
  return list(tree, ...path).filter((each) => typeof each === "string");
}

export function entries(tree: Decoded, ...path: string[]): [string, Decoded][] {
  const value = at(tree, ...path);
  return typeof value === "object" && !Array.isArray(value) ? Object.entries(value) : [];
}
