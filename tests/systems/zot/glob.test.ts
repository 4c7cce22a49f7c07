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
  ["team\\/x", 'holds "\\"'],
  ["/team/**", "starts"],
  ["team/", "ends"],
  ["a***", "holds ***"],
  ["{a,{b,c}}", "braces in braces"],
  ["{a,b", "without its other half"],
  ["a]", "without its other half"],
  ["[]", "without its other half"],
  ["a{**,b}", "in the middle of a segment"],
  ["{a,b}{c,d}", "right after }"],
])("%j is refused: zot refuses it too, or reads it in another way than it looks", (glob, reason) => {
  expect(() => checkGlob(glob)).toThrow(GlobError);
  expect(() => checkGlob(glob)).toThrow(reason);
});
