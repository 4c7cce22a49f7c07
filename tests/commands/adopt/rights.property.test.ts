import fc from "fast-check";
import { rightsOf } from "../../../commands/adopt/settings/rights";
import { grantsOf } from "../../../config/grants";
import type { RepositoryPolicy } from "../../../systems/zot/access";
import { decide, decidingGlobs, type Subject } from "../../../systems/zot/decide";
import { ACTIONS, isGranted, type Verb, VERBS } from "../../../systems/zot/grants";
import { accessControl, ruleProblems } from "../../../systems/zot/rules";

/*
 * Random rules of a host, and the settings that are written from them: the rules which those come to decide as the host's do, of
 * whatever stays when everybody who is logged in loses what hardening ends.
 */
const NAMES = ["a", "b", "a/x", "a/y", "a/x/z", "b/x", "b/x/y", "c", "c/x/y/z"];
const glob = fc.constantFrom("**", "a/**", "b/**", "a/x/**", "**/x", "*/x", "{a,b}/**", "b/x", "a/x/z");
const actions = fc
  .subarray<Verb>([...VERBS], { minLength: 1 })
  .map((verbs) => verbs.map((verb) => ACTIONS[verb]));
const reads = fc.constantFrom<readonly ["read"] | readonly []>(["read"], []);
const policy: fc.Arbitrary<RepositoryPolicy> = fc
  .record({
    anonymousPolicy: reads,
    defaultPolicy: reads,
    policies: fc.array(fc.record({ groups: fc.subarray(["red", "blue"], { minLength: 1 }), actions }), {
      maxLength: 2,
    }),
  })
  // zot's reader and this one's are held to each other elsewhere: here every glob says something.
  .map((each) => ({
    ...each,
    anonymousPolicy: [...each.anonymousPolicy],
    // Who may pull without a login may with one, in the settings' words.
    defaultPolicy: [...(each.anonymousPolicy.length > 0 ? (["read"] as const) : each.defaultPolicy)],
  }));
const repositories = fc.dictionary(glob, policy, { minKeys: 1, maxKeys: 4 });
const SUBJECTS: readonly Subject[] = [
  { groups: [] },
  { username: "eve", groups: [] },
  { username: "rob", groups: ["red"] },
  { username: "bea", groups: ["blue"] },
];

test("the settings that are written decide as the host's rules do, wherever they can be rendered", () => {
  let rendered = 0;
  fc.assert(
    fc.property(repositories, fc.boolean(), (rules, isAdministered) => {
      const host = {
        repositories: rules,
        ...(isAdministered && { adminPolicy: { groups: ["red"], actions: Object.values(ACTIONS) } }),
      };
      // zot decides these at random.
      if (NAMES.some((name) => decidingGlobs(host, name).length > 1)) return;
      const { access } = rightsOf(
        { http: { auth: { apikey: true }, accessControl: host } },
        { pushers: [], groups: ["red", "blue"], repositories: [] },
      );
      const none = { pull: [], push: [], overwrite: [], delete: [] };
      const grants = grantsOf(
        {
          login: "groups",
          anonymous: Object.assign({ pull: [] as string[] }, mutable(access.anonymous)),
          authenticated: { ...none, ...mutable(access.authenticated ?? {}) },
          roles: mutable(access.roles),
          users: [],
        },
        {},
      );
      const settings = { grants, caches: [] };
      if (ruleProblems(settings).length > 0) return;
      rendered += 1;
      const now = accessControl(settings);
      for (const who of SUBJECTS) {
        for (const name of NAMES) {
          for (const verb of VERBS) {
            const before = decide(host, who, name, ACTIONS[verb]);
            const said = `${JSON.stringify(who)} ${verb} ${name}`;
            expect([said, decide(now, who, name, ACTIONS[verb])]).toEqual([said, before]);
            expect([said, isGranted(settings, who, name, verb)]).toEqual([said, before]);
          }
        }
      }
    }),
    { numRuns: 200 },
  );
  expect(rendered).toBeGreaterThan(50);
});

type Mutable<T> = T extends object ? { -readonly [K in keyof T]: Mutable<T[K]> } : T;

function mutable<T>(value: T): Mutable<T> {
  return structuredClone(value) as Mutable<T>;
}
