import fc from "fast-check";
import type { AccessControl, Action, RepositoryPolicy } from "../../../systems/zot/access";
import { decide, type Subject } from "../../../systems/zot/decide";
import { globMatches } from "../../../systems/zot/glob";

const group = fc.constantFrom("admins", "artifact-workloads", "guests", "ops");
const action = fc.constantFrom<Action>("read", "create", "update", "delete", "detectManifestCollision");
const segment = fc.constantFrom("a", "b", "team", "x1");
const repository = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
const glob = fc
  .array(fc.constantFrom("a", "b", "team", "*", "**", "t*", "{a,b}"), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join("/"));
const subject: fc.Arbitrary<Subject> = fc.record(
  { username: fc.constantFrom("ada", "zot-ci"), groups: fc.uniqueArray(group) },
  { requiredKeys: ["groups"] },
);
const policy: fc.Arbitrary<RepositoryPolicy> = fc.record({
  anonymousPolicy: fc.uniqueArray(action),
  defaultPolicy: fc.uniqueArray(action),
  policies: fc.array(
    fc.record({
      users: fc.uniqueArray(fc.constantFrom("ada", "zot-ci")),
      groups: fc.uniqueArray(group),
      actions: fc.uniqueArray(action),
    }),
    { maxLength: 2 },
  ),
});
const control: fc.Arbitrary<AccessControl> = fc.record({ repositories: fc.dictionary(glob, policy) });
test("whoever is not logged in gains nothing by a group", () => {
  fc.assert(
    fc.property(control, repository, action, fc.uniqueArray(group), (ac, name, what, groups) => {
      expect(decide(ac, { groups }, name, what)).toBe(decide(ac, { groups: [] }, name, what));
    }),
  );
});

test("a further glob changes nothing for the repositories that it does not match", () => {
  fc.assert(
    fc.property(control, glob, policy, subject, repository, action, (ac, extra, rights, who, name, what) => {
      fc.pre(!globMatches(extra, name));
      const more: AccessControl = { ...ac, repositories: { ...ac.repositories, [extra]: rights } };
      expect(decide(more, who, name, what)).toBe(decide(ac, who, name, what));
    }),
  );
});

test("a further group never takes a right away", () => {
  fc.assert(
    fc.property(control, subject, group, repository, action, (ac, who, extra, name, what) => {
      fc.pre(decide(ac, who, name, what));
      expect(decide(ac, { ...who, groups: [...who.groups, extra] }, name, what)).toBe(true);
    }),
  );
});

test("a further policy of a glob never takes a right away, there or anywhere", () => {
  const extra = fc.record({
    users: fc.uniqueArray(fc.constantFrom("ada", "zot-ci")),
    actions: fc.uniqueArray(action),
  });
  const rights = fc.constantFrom<Action>("read", "create", "update", "delete");
  fc.assert(
    fc.property(control, extra, fc.nat(), subject, repository, rights, (ac, more, which, who, name, what) => {
      const globs = Object.keys(ac.repositories);
      const chosen = globs[which % Math.max(globs.length, 1)] ?? "**";
      const before = ac.repositories[chosen] ?? { policies: [] };
      const grown = { ...before, policies: [...(before.policies ?? []), more] };
      fc.pre(chosen in ac.repositories && decide(ac, who, name, what));
      expect(decide({ repositories: { ...ac.repositories, [chosen]: grown } }, who, name, what)).toBe(true);
    }),
  );
});

test("an admin policy adds rights to those whom it names, and changes nothing for anybody else", () => {
  const rights = fc.constantFrom<Action>("read", "create", "update", "delete");
  fc.assert(
    fc.property(
      control,
      fc.uniqueArray(group),
      subject,
      repository,
      rights,
      (ac, groups, who, name, what) => {
        const isNamed = who.username !== undefined && groups.some((each) => who.groups.includes(each));
        const adminPolicy = { groups, actions: [what] };
        expect(decide({ ...ac, adminPolicy }, who, name, what)).toBe(isNamed || decide(ac, who, name, what));
      },
    ),
  );
});
