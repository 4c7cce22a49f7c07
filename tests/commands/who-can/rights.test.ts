import { rightsOf } from "../../../commands/who-can/rights";
import type { Question } from "../../../commands/who-can/types";
import type { Directory } from "../../../systems/authentik/directory";
import { grant, homelabAccess } from "../../support/access";
import { user } from "./user";

const access = homelabAccess({ caches: ["docker.io/**"] });

const directory: Directory = {
  users: [
    user("ada", ["admins", "family"]),
    user("ben", ["family"]),
    user("eve", ["admins"], { isActive: false }),
    user("zot-ci", ["artifact-workloads"], { type: "service_account", lastLogin: undefined }),
  ],
  groups: ["admins", "artifact-workloads", "family"],
  bindings: [],
};

function who(question: Question) {
  return rightsOf(access, directory, question).map(({ area, who, may }) => [area, who, may.join(" ")]);
}

test("each glob has its own people, and whoever may no more than pull is part of everybody", () => {
  const admins = (area: string) => [
    [area, "everybody", "pull"],
    [area, "ada", "pull push overwrite delete"],
    [area, "eve", "pull push overwrite delete"],
  ];
  expect(who({})).toEqual([
    ...admins("**"),
    ...admins("blumeops/**"),
    ["blumeops/**", "zot-ci", "pull push"],
    ...admins("docker.io/**"),
  ]);
});

test("for one repository the longest glob alone counts, for one action only who may do it is named", () => {
  expect(who({ verb: "push", repository: "blumeops/app" })).toEqual([
    ["blumeops/app", "ada", "push"],
    ["blumeops/app", "eve", "push"],
    ["blumeops/app", "zot-ci", "push"],
  ]);
  expect(who({ verb: "delete", repository: "blumeops/app" })).toEqual([
    ["blumeops/app", "ada", "delete"],
    ["blumeops/app", "eve", "delete"],
  ]);
  expect(who({ verb: "push", repository: "docker.io/library/alpine" }).map(([, name]) => name)).toEqual([
    "ada",
    "eve",
  ]);
});

test("the reason names group, setting and glob; a disabled account's keys go on, which is said", () => {
  const rights = rightsOf(access, directory, { repository: "blumeops/app" });
  const of = (name: string) => rights.find((right) => right.who === name);
  expect(of("zot-ci")).toMatchObject({
    kind: "service account",
    why: "group artifact-workloads (pushers.zot-ci), glob blumeops/**",
  });
  expect(of("ada")).toMatchObject({ kind: "person", why: "group admins (access.roles[0]), glob **" });
  expect(of("eve")?.note).toContain("existing keys work until they expire");
});

test("users of other logins are listed by name, and whoever is logged in where that gives rights", () => {
  const { caches, grants } = homelabAccess({ open: ["base/**"] });
  const more = [
    grant("authenticated", ["pull"], ["**"], "access.authenticated.pull"),
    grant({ users: ["scanner"] }, ["delete"], ["**"], "access.users[0].in"),
  ];
  const rights = rightsOf({ caches, grants: [...grants, ...more] }, directory, { repository: "team/app" });
  expect(rights.map(({ who, kind, may, why }) => [who, kind, may.join(" "), why])).toEqual([
    ["any login", "any login", "pull", "access.authenticated.pull, glob **"],
    ["ada", "person", "pull push overwrite delete", "group admins (access.roles[0]), glob **"],
    ["eve", "person", "pull push overwrite delete", "group admins (access.roles[0]), glob **"],
    ["scanner", "user", "pull delete", "by name (access.users[0]), glob **"],
  ]);
});

describe("one subject", () => {
  const of = (question: Question) =>
    rightsOf(access, directory, question).map(({ area, kind, may, note, who: name }) => [
      `${kind} ${name}`,
      area,
      may.join(" "),
      note ?? "",
    ]);

  test("has a row for each place, also without rights, with its groups from Authentik", () => {
    expect(of({ subject: { kind: "user", name: "zot-ci" } })).toEqual([
      ["service account zot-ci", "**", "pull", ""],
      ["service account zot-ci", "blumeops/**", "pull push", ""],
      ["service account zot-ci", "docker.io/**", "pull", ""],
    ]);
    const closed = homelabAccess({ open: [], caches: [] });
    const rights = rightsOf(closed, directory, {
      subject: { kind: "user", name: "zot-ci" },
      repository: "cv/app",
    });
    expect(rights).toEqual([
      { area: "cv/app", who: "zot-ci", kind: "service account", may: [], why: "nothing grants it" },
    ]);
  });

  test("may be a group or an unknown user", () => {
    const where = { repository: "blumeops/app" };
    expect(of({ ...where, subject: { kind: "group", name: "artifact-workloads" } })).toEqual([
      ["group artifact-workloads", "blumeops/app", "pull push", ""],
    ]);
    expect(of({ ...where, subject: { kind: "group", name: "admin" } })).toEqual([
      ["group admin", "blumeops/app", "pull", "Authentik has no such group"],
    ]);
    expect(of({ ...where, verb: "delete", subject: { kind: "user", name: "nobody" } })).toEqual([
      ["user nobody", "blumeops/app", "", "neither Authentik nor the settings know this user"],
    ]);
  });
});
