import { EVERY_REPOSITORY, WHERE_NO_GLOB_MATCHES } from "../access";
import { globMatches } from "../glob";
import { decidingIn, globsOf, type Registry } from "./registry";

/** Repositories for which the same globs decide on both sides, represented by one name. */
export interface Area {
  readonly name: string;
  /** The globs that decide before and after, the more specific one first; none: no glob matches there. */
  readonly globs: readonly string[];
  readonly witness: string;
}

/** More names than any hand-written config produces. */
const MOST_NAMES = 20_000;

/** A name that no glob of a config has literally. */
const ELSEWHERE = ["zot-access-any", "zot-access-other"] as const;

/**
 * The areas into which the globs of two registries divide all repositories. Each is found through a name in it: names
 * are built from the words of all globs, substituted for each other's wildcards, so that every possible overlap is
 * found.
 */
export function areasOf(before: Registry, after: Registry): Area[] {
  const globs = [...new Set([...globsOf(before), ...globsOf(after)])];
  const areas = new Map<string, Area>();
  for (const witness of namesFor(globs)) {
    const [old, next] = [decidingIn(before, witness), decidingIn(after, witness)];
    const key = JSON.stringify([old, next]);
    if (areas.has(key)) continue;
    const both = [...new Set([...next, ...old])].sort((a, b) => b.length - a.length);
    areas.set(key, {
      name: both.find((glob) => glob !== WHERE_NO_GLOB_MATCHES) ?? EVERY_REPOSITORY,
      globs: both,
      witness,
    });
  }
  return [...areas.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Names that distinguish the globs, including the least specific ones. */
export function namesFor(globs: readonly string[]): string[] {
  const paths = globs.flatMap(alternatives).map((glob) => glob.split("/"));
  const words = [...new Set([...paths.flat().flatMap(wordsOf), ...ELSEWHERE])];
  // Below everything that a glob without ** matches.
  const deep = Array.from(
    { length: Math.max(1, ...paths.map(({ length }) => length)) + 1 },
    () => ELSEWHERE[0],
  );
  const concrete = paths.map((path) =>
    path.flatMap((segment) => (segment === "**" ? [] : [wordsOf(segment)[0] ?? "x"])),
  );
  const runs = uniquePaths([
    [],
    ...words.map((word) => [word]),
    ...concrete.flatMap((path) => path.map((_, index) => path.slice(0, index + 1))),
    ...concrete.flatMap((path) => path.map((_, index) => path.slice(index))),
    ELSEWHERE,
    deep,
  ]);
  const names = new Set<string>([ELSEWHERE.join("/"), ...ELSEWHERE, deep.join("/")]);
  for (const path of paths) {
    for (const name of fill(path, words, runs)) {
      if (names.size >= MOST_NAMES) break;
      if (name !== "") names.add(name);
    }
  }
  return [...names];
}

/** Every name for one pattern without braces, its wildcards filled with the words of the others. */
function* fill(
  [segment, ...rest]: readonly string[],
  words: readonly string[],
  runs: readonly (readonly string[])[],
): Generator<string> {
  if (segment === undefined) {
    yield "";
    return;
  }
  const choices =
    segment === "**"
      ? runs
      : [...new Set([...wordsOf(segment), ...words.filter((word) => matchesSegment(segment, word))])].map(
          (word) => [word],
        );
  for (const choice of choices) {
    for (const tail of fill(rest, words, runs)) yield [...choice, ...(tail === "" ? [] : [tail])].join("/");
  }
}

function matchesSegment(segment: string, word: string): boolean {
  return /[*?[]/.test(segment) && globMatches(segment, word);
}

/** Words for a segment: itself, or with its wildcards filled in several ways. */
function wordsOf(segment: string): string[] {
  if (segment === "**" || segment === "") return [];
  const filled = [
    ["", "x"],
    ["x", "y"],
    ["xy9", "z"],
  ].flatMap(([star = "", one = ""]) =>
    [0, 0.5, 1].map((part) =>
      segment
        .replace(/\[([!^]?)([^\]]+)\]/g, (_all, not: string, members: string) =>
          memberOf(not !== "", members, part),
        )
        .replace(/\*+/g, star)
        .replace(/\?/g, one),
    ),
  );
  return [...new Set(filled)].filter((word) => word !== "" && globMatches(segment, word));
}

const LETTERS = "xq7_-.abcdefghijklmnoprstuvwyz0123456789".split("");

/** Representatives of a character class: the first, one in the middle, the last. */
function memberOf(not: boolean, members: string, part: number): string {
  const pattern = new RegExp(`[${not ? "^" : ""}${members.replace(/[\\\]^]/g, "\\$&")}]`);
  const fitting = LETTERS.filter((each) => pattern.test(each)).sort();
  return fitting[Math.round(part * (fitting.length - 1))] ?? "x";
}

/** `a/{b,c}` as `a/b` and `a/c`. */
function alternatives(glob: string): string[] {
  const match = /^(.*?)\{([^{}]*)\}(.*)$/.exec(glob);
  if (!match) return [glob];
  const [, before = "", inner = "", after = ""] = match;
  return inner.split(",").flatMap((part) => alternatives(before + part + after));
}

function uniquePaths(paths: readonly (readonly string[])[]): (readonly string[])[] {
  return [...new Map(paths.map((path) => [path.join("/"), path])).values()];
}
