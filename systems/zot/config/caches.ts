import { GlobError, matchesAnything } from "../glob";
import { leavesOf } from "./overlay";
import { shownText } from "./secret-text";
import { canonical, flagAt, sorted, textAt, textsAt, type Tree, treeAt, treesAt } from "./read";

/** Images of another registry that zot fetches: their source, and their names here. */
export interface Cache {
  readonly urls: readonly string[];
  /** Names here, as a glob. */
  readonly glob: string;
  /** Its other settings, by name. May contain secrets: compare it, never show it. */
  readonly settings: ReadonlyMap<string, string>;
}

/** The pull-through caches of zot's own `sync` section. */
export function cachesOf(config: Tree): Cache[] {
  const sync = treeAt(config, "extensions", "sync");
  if (!sync || flagAt(sync, "enable") === false) return [];
  return treesAt(sync, "registries").flatMap((registry) => {
    const urls = textsAt(registry, "urls").map(withoutCredentials).sort();
    const contents = treesAt(registry, "content");
    const settings = (content: Tree) => new Map([...others(registry), ...others(content)]);
    return contents.length > 0
      ? contents.map((content) => ({ urls, glob: namesHere(content), settings: settings(content) }))
      : [{ urls, glob: "**", settings: settings({}) }];
  });
}

/** Without the addresses and the names here. The prefix shows what is fetched, unless it is part of the names. */
function others(tree: Tree): [string, string][] {
  return leavesOf(canonical(tree))
    .filter(({ path }) => !["urls", "content", "destination"].includes(path[0] ?? ""))
    .map(({ path, value }): [string, string] => [path.join("."), JSON.stringify(sorted(value))])
    .filter(([name, value]) => name !== "prefix" || !['""', '"**"'].includes(value));
}

/** The repositories that are caches, for the access rules. */
export function cacheGlobs(config: Tree): string[] {
  const globs = cachesOf(config).map(({ glob }) => glob);
  return [...new Set(globs)].filter(isUsable);
}

/**
 * The names of zot's pkg/extensions/sync/content.go: the destination, then the upstream name, without its prefix if
 * configured.
 */
function namesHere(content: Tree): string {
  const prefix = trimmed(textAt(content, "prefix") ?? "**");
  const destination = trimmed(textAt(content, "destination") ?? "");
  if (flagAt(content, "stripPrefix") !== true) {
    return joined(destination, prefix === "" ? "**" : prefix);
  }
  return joined(destination, "**");
}

function joined(folder: string, rest: string): string {
  return folder === "" ? rest : `${folder}/${rest}`;
}

function trimmed(path: string): string {
  return path.replace(/^\/+|\/+$/g, "");
}

/** Equal for two addresses that only differ in their credentials. */
function withoutCredentials(url: string): string {
  return shownText(url).text.replace("(masked)@", "").replace(/\/+$/, "");
}

/** A glob that matches no name closes nothing. The access rules judge the rest: none may be left out unnoticed. */
function isUsable(glob: string): boolean {
  try {
    return matchesAnything(glob);
  } catch (error) {
    if (error instanceof GlobError) return true;
    throw error;
  }
}
