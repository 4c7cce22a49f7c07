import { checkGlob, GlobError, globMatches } from "../../../systems/zot/glob";

/** Answers of doublestar 4.10.0, the Go library that zot 2.1.15 to 2.1.20 matches with. */
const measured: [glob: string, matching: string[], others: string[]][] = [
  ["**", ["a", "a/b/c"], []],
  ["*", ["a"], ["a/b"]],
  ["blumeops/**", ["blumeops", "blumeops/app", "blumeops/team/app"], ["blumeops-old/app"]],
  ["blumeops/*", ["blumeops/app"], ["blumeops", "blumeops/team/app"]],
  ["blumeops/app", ["blumeops/app"], ["blumeops/apps", "blumeops/app/x"]],
  ["blumeops/app-?", ["blumeops/app-1"], ["blumeops/app-12"]],
  ["**/app", ["app", "a/b/app"], ["a/apps"]],
  ["a/**/app", ["a/app", "a/b/c/app"], ["app"]],
  ["team-*/**", ["team-a/x", "team-a"], ["team/x"]],
  ["*/**", ["a", "a/b"], []],
  ["a*/**", ["ab", "a/b"], ["a"]],
  ["a**", ["ab"], ["ab/c"]],
  ["a/**b", ["a/xb"], ["a/x/b"]],
  ["{a,b}/*", ["a/x", "b/x"], ["c/x"]],
  ["{a/**,b}", ["a/x/y", "b"], ["b/x"]],
  ["[!a]/x", ["b/x"], ["a/x"]],
  ["[^a]/x", ["b/x"], ["a/x"]],
  ["[a-c]x", ["bx"], ["dx"]],
  ["docker.io/**", ["docker.io/library/alpine"], ["dockerxio/library/alpine"]],
  // Braces beside stars: alternatives are pasted into the text, and a name that ends leaves few endings open.
  ["0{*,b}*", ["0", "00", "00/c", "0b"], ["b0"]],
  ["a*{,a}", ["aa", "ab", "aba"], ["a"]],
  ["**{}", ["ab"], ["c/a", "a/b/c"]],
  ["0**{,?}", ["00", "0ab"], ["0"]],
  ["ac?b*{}", ["acbbb"], ["acbb"]],
  ["team{,/**}", ["team", "team/a", "team/a/b"], ["teams", "team-a/x"]],
  ["a{**,b}", ["a", "ab", "ax/y"], ["b"]],
  ["a{/**,b}c", ["abc", "a/c", "a/xc"], ["a/x/c"]],
  ["{a,{b,c}/**}", ["a", "b", "c/x"], ["a/x"]],
  ["{a,b}{c,d}", ["ac", "bd"], ["ab", "a", "acd"]],
  ["{a,b}**", ["a", "ax"], ["ax/y", "c"]],
  ["{,a/}b", ["b", "a/b"], ["ab"]],
  ["*a{**/b}", ["ab", "xax/b"], ["aab"]],
  ["a***", ["ab", "abc"], ["ab/c"]],
  // Classes: they match a slash too, and end where no backslash stands before the bracket.
  ["a[!b]c", ["a/c", "axc"], ["abc"]],
  ["[\\]a-c]x", ["ax", "bx"], ["dx"]],
  ["[a-]x", ["ax"], ["bx"]],
  ["a\\.b", ["a.b"], ["axb"]],
  ["a\\*", [], ["ab", "a"]],
  // Characters count whole, those of two UTF-16 units too.
  ["[é-😀-b]x", ["bx"], ["zx"]],
  ["[a-😀]x", ["ax", "zx", "éx", "😀x"], ["9x"]],
  ["?😀*b", ["é😀b", "😀😀ab"], ["😀b"]],
  // Braces split a class, and what is malformed then ends the other alternatives with it.
  ["{a[,],b}", [], ["a", "b"]],
  ["{b,b?}[!a}]", ["bc"], ["bax", "ba"]],
];

const cases = measured.flatMap(([glob, matching, others]) => [
  ...matching.map((name) => [glob, name, true] as const),
  ...others.map((name) => [glob, name, false] as const),
]);

test.each(cases)("%s against %s: %j", (glob, name, matches) => {
  expect(globMatches(glob, name)).toBe(matches);
});

test.each([
  ["", "is empty"],
  ["Team/**", 'holds "T"'],
  ["[A-Z]x/**", 'holds "A"'],
  ["{a, b}/**", 'holds " "'],
  ["/team/**", "starts"],
  ["team/", "ends"],
  ["a***", "holds ***"],
  ["{a,b", "without its other half"],
  ["a}", "without its other half"],
  ["[]", "without its other half"],
  ["a\\", "without its other half"],
  ["a\\*", "matches no repository name"],
  ["team-/x", "matches no repository name"],
  ["a._b", "matches no repository name"],
  ["a]", "matches no repository name"],
  ["{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}", "more than 1000 ways"],
])("%j is refused: zot refuses it too, it matches no repository, or it is a slip", (glob, reason) => {
  expect(() => checkGlob(glob)).toThrow(GlobError);
  expect(() => checkGlob(glob)).toThrow(reason);
});

test.each(["team{,/**}", "{a,{b,c}}/**", "{a,b}{c,d}", "a\\.b", "v[0-9]/**", "**/app", "a__b/*--c"])(
  "%j is taken, as zot takes it",
  (glob) => {
    expect(() => checkGlob(glob)).not.toThrow();
  },
);
