import fc from "fast-check";
import { cacheReaches } from "../../../systems/zot/cache-reach";
import { decidingGlobs } from "../../../systems/zot/decide";
import { checkGlob, GlobError, globMatches, matchesAnything } from "../../../systems/zot/glob";
import { commonName } from "../../../systems/zot/glob-names";

const SEGMENTS = ["a", "b", "0", "ab", "a0", "a.b"];
/** Every repository name of up to three of these segments: what a search of names is held to. */
const NAMES = [1, 2, 3].flatMap((length) => namesOf(length));

function namesOf(length: number): string[] {
  if (length === 0) return [""];
  return namesOf(length - 1).flatMap((start) =>
    SEGMENTS.map((segment) => (start === "" ? segment : `${start}/${segment}`)),
  );
}

const plainPart = fc.constantFrom(
  "a",
  "b",
  "0",
  ".",
  "*",
  "*",
  "**",
  "**/",
  "/**",
  "/",
  "?",
  "[ab]",
  "[!a]",
  "[a-z]",
);
/** Without what zot reads less widely than an automaton: braces, classes, *** and a / at the end. */
const plain = fc
  .array(
    plainPart.filter((each) => !each.startsWith("[")),
    { minLength: 1, maxLength: 5 },
  )
  .map((parts) => parts.join("").replace(/\*{3,}/g, "**"))
  .filter((each) => !each.endsWith("/"));
const part = fc.oneof(
  { weight: 3, arbitrary: plainPart },
  fc
    .array(
      fc.array(plainPart, { maxLength: 2 }).map((parts) => parts.join("")),
      { minLength: 1, maxLength: 3 },
    )
    .map((alternatives) => `{${alternatives.join(",")}}`),
);
const glob = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(""));
const cache = fc.constantFrom("a", "b", "a.b", "a/b", "b/a0").map((prefix) => `${prefix}/**`);
const isTaken = (each: string) => {
  try {
    checkGlob(each);
    return true;
  } catch (error) {
    if (error instanceof GlobError) return false;
    throw error;
  }
};

test("where two globs match a same name, they are said to have one in common", () => {
  fc.assert(
    fc.property(glob, glob, (one, other) => {
      fc.pre(NAMES.some((name) => globMatches(one, name) && globMatches(other, name)));
      expect(commonName([one, other])).toBeDefined();
    }),
    { numRuns: 100 },
  );
});

test("a glob without braces and classes has a name exactly where zot matches one, and that very name", () => {
  fc.assert(
    fc.property(plain, fc.constantFrom(...NAMES), (each, name) => {
      const found = commonName([name, each]);
      expect(found).toEqual(globMatches(each, name) ? { name, certain: true } : undefined);
    }),
    { numRuns: 500 },
  );
});

test("whether a name, or all below one, is a repository's is told without the search as with it", () => {
  const text = fc.array(fc.constantFrom("a", "b0", "a", ".", "_", "-", "/", "/**"), { maxLength: 7 });
  let found = 0;
  fc.assert(
    fc.property(text, (parts) => {
      const each = parts.join("");
      const known = commonName([each]) !== undefined;
      found += known ? 1 : 0;
      expect([each, matchesAnything(each)]).toEqual([each, known]);
    }),
    { numRuns: 1000 },
  );
  expect(found).toBeGreaterThan(100);
});

test("a name that is left out is not the answer, and the answer is a name that zot matches", () => {
  fc.assert(
    fc.property(glob, cache, (each, other) => {
      const found = commonName([each], [other]);
      fc.pre(found?.certain === true);
      expect(globMatches(each, found.name)).toBe(true);
      expect(globMatches(other, found.name)).toBe(false);
    }),
  );
});

const places = fc.record({
  writable: fc.uniqueArray(
    fc.oneof(glob, plain).filter((each) => (each === "**" || each.length > 2) && isTaken(each)),
    { minLength: 1, maxLength: 3 },
  ),
  caches: fc.uniqueArray(cache, { minLength: 1, maxLength: 3 }),
});

test("a glob that is refused for a cache does decide on the repository that is named, alone or at random", () => {
  fc.assert(
    fc.property(places, ({ writable, caches }) => {
      const [reach] = cacheReaches(writable, caches);
      fc.pre(reach !== undefined && globMatches(reach.glob, reach.repository));
      const globs = [...writable, ...caches];
      const repositories = Object.fromEntries(
        globs.map((each) => [each, { defaultPolicy: ["read" as const] }]),
      );
      const deciding = decidingGlobs({ repositories }, reach.repository);
      expect(deciding.some((each) => writable.includes(each))).toBe(true);
      expect(globMatches(reach.caches[0] ?? "", reach.repository)).toBe(true);
    }),
    { numRuns: 60 },
  );
});
