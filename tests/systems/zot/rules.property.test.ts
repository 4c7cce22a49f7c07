import fc from "fast-check";
import { decide, type Subject } from "../../../systems/zot/decide";
import { globContains, globMatches } from "../../../systems/zot/glob";
import {
  type Access,
  ACTIONS,
  type Grant,
  type Grantee,
  isGranted,
  type Verb,
  VERBS,
} from "../../../systems/zot/grants";
import { accessControl, ruleProblems } from "../../../systems/zot/rules";

/*
 * The rendered rules, read by the model of zot's own decision, against what the list of grants says: the union of all grants that
 * match a repository, whichever globs overlap, tie or lie within each other.
 */
const SEGMENTS = ["a", "b", "ab", "b0", "a.b", "xa"];
const NAMES = [1, 2, 3].flatMap((length) => namesOf(length));

function namesOf(length: number): string[] {
  if (length === 0) return [""];
  return namesOf(length - 1).flatMap((start) =>
    SEGMENTS.map((segment) => (start === "" ? segment : `${start}/${segment}`)),
  );
}

const word = fc.constantFrom(
  "a",
  "b",
  "ab",
  "*",
  "a*",
  "*b",
  "?",
  "?b",
  "[ab]",
  "[!a]",
  "{a,b}",
  "{a,b0}",
  "**",
);
const path = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join("/"));
const glob = fc.oneof(
  { weight: 3, arbitrary: path },
  fc.constantFrom("**", "a/**", "b/**", "{a,b}/**", "a/b/**", "**/b", "a.b/**"),
  fc.tuple(path, path).map(([one, other]) => `{${one},${other}}`),
  path.map((each) => `{${each},${each}}`),
);
const globs = fc.uniqueArray(glob, { minLength: 1, maxLength: 3 });
const names = fc.uniqueArray(fc.constantFrom("one", "two", "three"), { minLength: 1, maxLength: 2 });
const to: fc.Arbitrary<Grantee> = fc.oneof(
  fc.constantFrom<Grantee>("anonymous", "authenticated"),
  names.map((groups) => ({ groups })),
  names.map((users) => ({ users })),
);
const may = fc.subarray<Verb>([...VERBS], { minLength: 1 });
const grant: fc.Arbitrary<Omit<Grant, "from">> = fc
  .record({ to, may, in: globs, except: fc.option(globs), pusher: fc.boolean() })
  .map(({ except, pusher, ...rest }) => ({
    ...rest,
    ...(except && { except }),
    ...(pusher && typeof rest.to === "object" && { pusher: "one" }),
  }));
const access: fc.Arbitrary<Access> = fc.record({
  grants: fc
    .array(grant, { maxLength: 4 })
    .map((all) => all.map((each, index) => ({ ...each, from: `access.roles[${index}].in` }))),
  caches: fc.uniqueArray(fc.constantFrom("a.b/**", "a/**", "b/ab/**"), { maxLength: 2 }),
});
const subject: fc.Arbitrary<Subject> = fc.oneof(
  fc.constant<Subject>({ groups: [] }),
  fc.record({
    username: fc.constantFrom("one", "two", "nobody"),
    groups: fc.subarray(["one", "two", "three"]),
  }),
);

test("rules that are rendered allow what the grants add up to, in every repository, and nothing else", () => {
  let [rendered, excepted] = [0, 0];
  fc.assert(
    fc.property(
      access,
      fc.array(subject, { minLength: 3, maxLength: 3 }),
      fc.constantFrom(...VERBS),
      (settings, people, verb) => {
        if (ruleProblems(settings).length > 0) return;
        rendered += 1;
        if (settings.grants.some(({ except }) => except)) excepted += 1;
        const control = accessControl(settings);
        for (const who of people) {
          // Without an anonymous rule anywhere zot asks all to log in, which gives nobody less.
          for (const name of NAMES) {
            if (decide(control, who, name, ACTIONS[verb]) !== isGranted(settings, who, name, verb))
              throw new Error(`${name}: ${JSON.stringify(who)} ${verb} with ${JSON.stringify(control)}`);
          }
        }
      },
    ),
    { numRuns: 600 },
  );
  // Most random sets overlap in a way that zot cannot say.
  expect(rendered).toBeGreaterThan(30);
  expect(excepted).toBeGreaterThan(5);
});

test("whatever is accepted, no pusher writes below a cache", () => {
  fc.assert(
    fc.property(access, ({ grants, caches }) => {
      const settings = { caches, grants: grants.filter(({ pusher }) => pusher !== undefined) };
      if (caches.length === 0 || ruleProblems(settings).length > 0) return;
      const control = accessControl(settings);
      const below = NAMES.filter((name) => caches.some((cache) => globMatches(cache, name)));
      for (const name of below) {
        for (const action of ["create", "update", "delete"] as const) {
          const who = { username: "one", groups: ["one", "two", "three"] };
          expect([name, decide(control, who, name, action)]).toEqual([name, false]);
        }
      }
    }),
    { numRuns: 200 },
  );
});

test("a glob that is said to hold another matches every name that the other does", () => {
  let held = 0;
  fc.assert(
    fc.property(glob, glob, (outer, inner) => {
      if (!globContains(outer, inner)) return;
      held += 1;
      expect(NAMES.filter((name) => globMatches(inner, name) && !globMatches(outer, name))).toEqual([]);
    }),
    { numRuns: 2000 },
  );
  expect(held).toBeGreaterThan(80);
});

test.each([
  ["a/**", "a"],
  ["a/**", "a/b/*"],
  ["a/**", "{a/b,a/b}"],
  ["{a,b}/**", "b/ab/**"],
  ["{a/b,a/b}", "a/b"],
  ["*/b", "a/b"],
  ["**/b", "a/**/b"],
  ["a/*", "{a/b,a/ab}"],
])("%s is known to hold %s", (outer, inner) => {
  expect(globContains(outer, inner)).toBe(true);
});
