import { rightsOf } from "../../../commands/who-can/rights";
import type { Question } from "../../../commands/who-can/types";
import type { Directory } from "../../../systems/authentik/directory";
import { accessControl, type AccessTiers } from "../../../systems/zot/access";
import { user } from "./user";

const tiers: AccessTiers = {
  admins: ["admins"],
  writers: ["artifact-workloads"],
  writableRepositories: ["blumeops/**"],
  cacheRepositories: ["docker.io/**"],
  anonymousPull: true,
};

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
  return rightsOf(accessControl(tiers, "2.1.20"), tiers, directory, question).map(({ area, who, may }) => [
    area,
    who,
    may.join(" "),
  ]);
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

test("the reason names group, tier and glob; a disabled account's keys go on, which is said", () => {
  const rights = rightsOf(accessControl(tiers, "2.1.20"), tiers, directory, { repository: "blumeops/app" });
  const of = (name: string) => rights.find((right) => right.who === name);
  expect(of("zot-ci")).toMatchObject({
    kind: "service account",
    why: "group artifact-workloads (writers), glob blumeops/**",
  });
  expect(of("ada")).toMatchObject({ kind: "person", why: "group admins (admins), glob blumeops/**" });
  expect(of("eve")?.note).toContain("keys that exist go on");
});
