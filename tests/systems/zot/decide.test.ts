import type { AccessControl, Action } from "../../../systems/zot/access";
import { decide, type Subject } from "../../../systems/zot/decide";
import { accessControl } from "../../../systems/zot/rules";
import { homelabAccess } from "../../support/access";

const rendered = accessControl(homelabAccess());

const anonymous: Subject = { groups: [] };
const ci: Subject = { username: "zot-ci", groups: ["artifact-workloads"] };
const admin: Subject = { username: "ada", groups: ["admins"] };
const guest: Subject = { username: "bob", groups: [] };

const ACTIONS: Action[] = ["read", "create", "update", "delete", "detectManifestCollision"];

/** Measured on zot 2.1.20 (the project's fact sheet on zot, "Access control"): create = new tag, update = existing tag. */
const facts: [who: string, Subject, repository: string, allowed: Action[]][] = [
  ["anonymous", anonymous, "blumeops/app", ["read"]],
  ["anonymous", anonymous, "other/app", ["read"]],
  ["group with read, create", ci, "blumeops/app", ["read", "create"]],
  ["group with read, create", ci, "blumeops", ["read", "create"]],
  ["group with read, create", ci, "other/app", ["read"]],
  ["group with read, create", ci, "docker.io/library/alpine", ["read"]],
  ["admins", admin, "blumeops/app", ACTIONS],
  ["admins", admin, "other/app", ACTIONS],
  ["logged in, no group", guest, "blumeops/app", ["read"]],
  ["logged in, no group", guest, "other/app", ["read"]],
];
test.each(facts)("%s %j may do in %s: %j", (_, who, repository, allowed) => {
  expect(ACTIONS.filter((action) => decide(rendered, who, repository, action))).toEqual(allowed);
});

describe("zot's own rules", () => {
  test("the longest glob wins alone, whatever shorter ones grant", () => {
    const ac: AccessControl = {
      repositories: {
        "**": { policies: [{ users: ["ada"], actions: ["read", "create"] }] },
        "infra/**": { defaultPolicy: ["read"] },
      },
    };
    expect(decide(ac, admin, "infra/app", "create")).toBe(false);
    expect(decide(ac, admin, "app", "create")).toBe(true);
  });

  test("longest is by length as written, not by what is matched", () => {
    const ac: AccessControl = {
      repositories: { "{infra,x}/*": { anonymousPolicy: ["read"] }, "infra/app": { policies: [] } },
    };
    expect(decide(ac, anonymous, "infra/app", "read")).toBe(true);
  });

  test("of equally long globs zot takes either, so both must allow", () => {
    const yes = { anonymousPolicy: ["read" as const] };
    expect(decide({ repositories: { "a/*": yes, "*/b": { policies: [] } } }, anonymous, "a/b", "read")).toBe(
      false,
    );
    expect(decide({ repositories: { "a/*": yes, "*/b": yes } }, anonymous, "a/b", "read")).toBe(true);
  });

  test("a repository that no glob matches is closed to all but the admin policy", () => {
    const ac: AccessControl = {
      repositories: { "infra/*": { anonymousPolicy: ["read"] } },
      adminPolicy: { groups: ["admins"], actions: ["read"] },
    };
    expect(decide(ac, anonymous, "app", "read")).toBe(false);
    expect(decide(ac, guest, "app", "read")).toBe(false);
    expect(decide(ac, admin, "app", "read")).toBe(true);
    expect(decide(ac, admin, "app", "delete")).toBe(false);
  });

  test("the policy of an empty glob holds where no other matches, and nowhere else", () => {
    const ac: AccessControl = {
      repositories: {
        "": { anonymousPolicy: ["read", "create"] },
        "infra/**": { anonymousPolicy: ["read"] },
      },
    };
    expect(decide(ac, anonymous, "app", "create")).toBe(true);
    expect(decide(ac, anonymous, "infra/app", "create")).toBe(false);
    expect(decide(ac, anonymous, "infra/app", "read")).toBe(true);
  });

  test("whoever the admin policy names may delete what several tags share, whatever else is granted", () => {
    const ac: AccessControl = {
      repositories: { "**": { policies: [{ groups: ["admins"], actions: [...ACTIONS] }] } },
      adminPolicy: { users: ["ada"], actions: [...ACTIONS] },
    };
    const colleague: Subject = { username: "eve", groups: ["admins"] };
    expect(decide(ac, colleague, "app", "detectManifestCollision")).toBe(true);
    expect(decide(ac, admin, "app", "detectManifestCollision")).toBe(false);
    expect(decide(ac, admin, "app", "delete")).toBe(true);
  });

  test('the user named "" is whoever is not logged in, once an anonymous policy lets anybody in at all', () => {
    const closed: AccessControl = {
      repositories: { "**": { policies: [{ users: [""], actions: ["create"] }] } },
    };
    const ac = {
      repositories: { ...closed.repositories, "other/**": { anonymousPolicy: ["read" as const] } },
    };
    expect(decide(ac, anonymous, "app", "create")).toBe(true);
    expect(decide(ac, guest, "app", "create")).toBe(false);
    expect(decide(closed, anonymous, "app", "create")).toBe(false);
  });

  test("an entry that says nothing closes nothing, since zot drops it; an empty list does", () => {
    const everything = { "**": { anonymousPolicy: ["read" as const] } };
    expect(decide({ repositories: { ...everything, "infra/**": {} } }, anonymous, "infra/app", "read")).toBe(
      true,
    );
    const closed = { repositories: { ...everything, "infra/**": { anonymousPolicy: [] } } };
    expect(decide(closed, anonymous, "infra/app", "read")).toBe(false);
  });

  test("a user named in a policy needs no group, and the default policy is not for anonymous", () => {
    const ac: AccessControl = {
      repositories: {
        "**": {
          defaultPolicy: ["create"],
          policies: [{ users: ["bob"], groups: ["admins"], actions: ["delete"] }],
        },
      },
    };
    expect(decide(ac, guest, "app", "delete")).toBe(true);
    expect(decide(ac, ci, "app", "create")).toBe(true);
    expect(decide(ac, anonymous, "app", "create")).toBe(false);
  });
});
