import { differencesOf } from "../../../commands/who-can/differences";
import { listed } from "../../../commands/who-can/keys";
import type { Directory, DirectoryBinding } from "../../../systems/authentik/directory";
import { user } from "./user";

const declared = {
  slug: "zot",
  groups: ["admins", "family"],
  pushers: [{ name: "zot-ci", group: "artifact-workloads" }],
};
const allows = (group: string, more: Partial<DirectoryBinding> = {}): DirectoryBinding => ({
  who: { group },
  enabled: true,
  negate: false,
  ...more,
});
const ci = user("zot-ci", ["artifact-workloads"]);
const bindings = [allows("admins"), allows("artifact-workloads"), allows("family")];
const well: Directory = { users: [ci], groups: ["admins", "artifact-workloads", "family"], bindings };

const found = (changes: Partial<Directory>) =>
  differencesOf(declared, { ...well, ...changes }, []).map((difference) => difference.found);

test("a right that is as declared is no difference", () => {
  expect(found({})).toEqual([]);
});

test.each<[string, Partial<Directory>, string]>([
  [
    "a group that was deleted",
    { groups: ["admins", "artifact-workloads"] },
    "the group family does not exist",
  ],
  ["no CI user", { users: [] }, "no user zot-ci"],
  ["CI out of its group", { users: [user("zot-ci", [])] }, "zot-ci is not in artifact-workloads"],
  ["CI among the admins", { users: [user("zot-ci", [...ci.groups, "admins"])] }, "zot-ci is also in admins"],
  ["CI disabled", { users: [{ ...ci, isActive: false }] }, "zot-ci is disabled"],
  ["CI a superuser", { users: [{ ...ci, isSuperuser: true }] }, "zot-ci is a superuser"],
  [
    "somebody else who pushes",
    { users: [ci, user("ben", ["artifact-workloads"])] },
    "ben is in artifact-workloads",
  ],
  ["no application", { bindings: undefined }, "no application zot"],
  ["an application without bindings", { bindings: [] }, "every user of Authentik may log in"],
  [
    "only disabled bindings",
    { bindings: bindings.map((each) => ({ ...each, enabled: false })) },
    "every user of Authentik may log in",
  ],
  ["a binding that is gone", { bindings: bindings.slice(1) }, "the group admins may not log in"],
  [
    "a group that nobody declared",
    { bindings: [...bindings, allows("guests")] },
    "a binding of the group guests",
  ],
  ["a user bound alone", { bindings: [...bindings, allows("", { who: { user: "max" } })] }, "the user max"],
  [
    "a negated binding",
    { bindings: [...bindings.slice(1), allows("admins", { negate: true })] },
    "admins, negated",
  ],
])("%s", (_, changes, words) => {
  expect(found(changes).join("\n")).toContain(words);
});

test("unknown keys of a pusher are differences, those of this stack and of verify are not", () => {
  const now = new Date("2026-06-01T00:00:00Z");
  const inUse = { uuid: "1", label: "zot-access/prod/zot-ci" };
  const key = (uuid: string, label: string, expiresAt: string | undefined = "2026-08-01T00:00:00Z") =>
    listed(
      "zot-ci",
      {
        uuid,
        label,
        createdAt: "2026-05-30T12:00:00Z",
        isExpired: false,
        ...(expiresAt !== "" && { expiresAt }),
      },
      inUse,
      now,
    );
  const keys = [
    key("1", inUse.label),
    key("2", inUse.label),
    key("3", "zot-access verify: expired key of run 1"),
    key("4", "by hand"),
    key("5", inUse.label, ""),
  ];
  expect(keys.map(({ role, ageDays }) => [role, ageDays])).toEqual([
    ["in use", 1],
    ["replaced", 1],
    ["test key of verify", 1],
    ["other", 1],
    ["replaced", 1],
  ]);
  expect(differencesOf(declared, well, keys).map((difference) => difference.found)).toEqual([
    'zot-ci has a live key "by hand" that this stack did not make',
    'the key "zot-access/prod/zot-ci" of zot-ci never expires',
  ]);
});
