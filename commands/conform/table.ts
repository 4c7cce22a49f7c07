import { accessControl, type AccessControl, type AccessTiers, type Action } from "../../systems/zot/access";

/** One configuration of access, and what it is there to show. */
export interface Case {
  shows: string;
  access: AccessControl;
}

const READ: Action[] = ["read"];
const ALL: Action[] = ["read", "create", "update", "delete"];
const CAREFUL: Action[] = [...ALL, "detectManifestCollision"];

const open = { anonymousPolicy: READ, defaultPolicy: READ };

/** @param zotVersion of the zot that will read them: each wants `metrics` in its own form */
export function cases(zotVersion: string): Case[] {
  return [...tierCases(zotVersion), ...globCases, ...policyCases, ...anonymousCases, ...adminPolicyCases];
}

function tierCases(zotVersion: string): Case[] {
  const writable = [["**"], ["ci/**"], ["team/*", "ci/team/**", "{x1,x2}/*"]];
  return writable.map((writableRepositories) => {
    const tiers: AccessTiers = {
      admins: ["admins"],
      writers: ["writers"],
      writableRepositories,
      anonymousPull: true,
    };
    return {
      shows: `the tiers, CI may push to ${writableRepositories.map((glob) => `\`${glob}\``).join(", ")}`,
      access: accessControl(tiers, zotVersion),
    };
  });
}

const globCases: Case[] = [
  {
    shows: "the longest glob wins alone and inherits nothing",
    access: {
      repositories: {
        "**": { ...open, policies: [{ groups: ["admins", "writers"], actions: CAREFUL }] },
        "ci/**": { defaultPolicy: READ },
        "ci/team/*": { policies: [{ users: ["ci"], actions: ["create"] }] },
        "team/app": { policies: [] },
      },
    },
  },
  {
    shows: "a glob with an empty list closes, one with nothing at all is not there",
    access: {
      repositories: {
        "**": { ...open, policies: [{ groups: ["admins"], actions: ALL }] },
        "ci/**": { anonymousPolicy: [] },
        "team/**": {},
      },
    },
  },
  {
    shows: "longest is by the glob as written, not by what it matches",
    access: {
      repositories: {
        "**": open,
        "{ci,team}/app": { ...open, policies: [{ groups: ["writers"], actions: ["create"] }] },
        "ci/app": { policies: [{ groups: ["admins"], actions: ALL }] },
        "team/*": { policies: [{ groups: ["ops"], actions: ALL }] },
      },
    },
  },
  {
    shows: "the forms of globs",
    access: {
      repositories: {
        "*": { anonymousPolicy: READ },
        "?i/*": { defaultPolicy: READ },
        "[a-z]?/**/app": { anonymousPolicy: ["create"] },
        "te*/**": { policies: [{ users: ["max"], actions: ALL }] },
        "x[!2]/{app,web}": { policies: [{ groups: ["ops"], actions: ["update"] }] },
      },
    },
  },
  {
    shows: "braces beside stars: alternatives are pasted into the text",
    access: {
      repositories: {
        "c{*,x}*": { anonymousPolicy: READ },
        "app*{,app}": { defaultPolicy: READ },
        "{x1,te*}{/**,}": { policies: [{ users: ["max"], actions: ALL }] },
        "{team,ci{,/team}}/*": { policies: [{ groups: ["ops"], actions: ["update"] }] },
      },
    },
  },
];

const policyCases: Case[] = [
  {
    shows: "users and groups in one policy, and rights that add up over several",
    access: {
      repositories: {
        "**": {
          ...open,
          policies: [
            { users: ["max"], groups: ["writers"], actions: ["create"] },
            { users: ["ci"], actions: ["update"] },
            { groups: ["admins"], actions: ["delete"] },
            { users: ["writers"], groups: ["max", "ada"], actions: ["update", "delete"] },
          ],
        },
      },
    },
  },
  {
    shows: "each action alone",
    access: {
      repositories: {
        "**": {
          anonymousPolicy: READ,
          policies: [
            { users: ["ada"], actions: ["create"] },
            { users: ["eve"], actions: ["update"] },
            { users: ["ci"], actions: ["delete"] },
            { users: ["writers"], actions: READ },
            { users: ["max"], actions: ["detectManifestCollision"] },
          ],
        },
      },
    },
  },
  {
    shows: "collisions are looked for where the same user's longest glob says so",
    access: {
      repositories: {
        "**": {
          ...open,
          defaultPolicy: ["read", "delete"],
          policies: [{ groups: ["admins"], actions: CAREFUL }],
        },
        "ci/**": { ...open, policies: [{ groups: ["admins"], actions: ALL }] },
        "team/**": { ...open, defaultPolicy: ["delete", "detectManifestCollision"] },
      },
    },
  },
];

const anonymousCases: Case[] = [
  {
    shows: "the default policy is for whoever is logged in, and for nobody else",
    access: {
      repositories: {
        "**": { defaultPolicy: ["read", "create"] },
        "ci/**": { anonymousPolicy: READ, defaultPolicy: ["delete"] },
      },
    },
  },
  {
    shows: "the anonymous policy is for whoever is not logged in, and for nobody else",
    access: { repositories: { "**": { anonymousPolicy: ALL }, "ci/**": { anonymousPolicy: ["create"] } } },
  },
  {
    shows: "without an anonymous policy anywhere, nothing at all is answered without a login",
    access: {
      repositories: { "**": { defaultPolicy: ALL, policies: [{ users: [""], actions: ALL }] } },
      adminPolicy: { users: [""], actions: ALL },
    },
  },
  {
    shows: 'with an anonymous policy somewhere, the user "" is whoever is not logged in',
    access: {
      repositories: {
        "**": { policies: [{ users: [""], actions: ["read", "create"] }] },
        "ci/**": { anonymousPolicy: READ },
      },
    },
  },
  { shows: "what no glob matches is closed", access: { repositories: { "ci/*": open, "nothing/**": open } } },
];

const adminPolicyCases: Case[] = [
  {
    shows: "the admin policy adds its actions everywhere, to users and to groups",
    access: {
      repositories: { "ci/**": open, "team/**": {} },
      adminPolicy: { users: ["max"], groups: ["admins"], actions: ["create", "delete"] },
    },
  },
  {
    shows: "for whoever the admin policy names, collisions are not looked for",
    access: {
      repositories: {
        "**": { ...open, policies: [{ groups: ["admins", "writers"], actions: CAREFUL }] },
        "ci/**": open,
      },
      adminPolicy: { users: ["max"], groups: ["admins"], actions: CAREFUL },
    },
  },
];
