import type { AccessControl, Action } from "../../systems/zot/access";
import { type Access, type Grant, VERBS } from "../../systems/zot/grants";
import { accessControl } from "../../systems/zot/rules";

/** One access configuration, and what it demonstrates. */
export interface Case {
  shows: string;
  access: AccessControl;
}

const READ: Action[] = ["read"];
const ALL: Action[] = ["read", "create", "update", "delete"];
const CAREFUL: Action[] = [...ALL, "detectManifestCollision"];

const open = { anonymousPolicy: READ, defaultPolicy: READ };

export function cases(): Case[] {
  return [...grantCases, ...globCases, ...policyCases, ...anonymousCases, ...adminPolicyCases];
}

const grant = (to: Grant["to"], may: Grant["may"], ...globs: string[]): Grant => ({
  to,
  may,
  in: globs,
  from: "table",
});
const pusher = (name: string, ...globs: string[]): Grant => ({
  ...grant({ groups: [name] }, ["pull", "push"], ...globs),
  pusher: name,
});
const everybody = grant("anonymous", ["pull"], "**");
const admins = grant({ groups: ["admins"] }, VERBS, "**");

/** Lists of grants as settings create them, by what each demonstrates. */
const GRANTS: readonly (Access & { readonly shows: string })[] = [
  { shows: "one pusher everywhere", caches: [], grants: [everybody, admins, pusher("writers", "**")] },
  {
    shows: "one pusher in its own place",
    caches: [],
    grants: [everybody, admins, pusher("writers", "ci/**")],
  },
  {
    shows: "one pusher by several globs",
    caches: [],
    grants: [everybody, admins, pusher("writers", "team/*", "ci/team/**", "{x1,x2}/*")],
  },
  {
    shows: "two pushers, none in the other's place",
    caches: [],
    grants: [everybody, admins, pusher("writers", "ci/**"), pusher("ops", "team/**")],
  },
  {
    shows: "a pusher everywhere but in a cache",
    caches: ["team/**"],
    grants: [everybody, admins, pusher("writers", "**")],
  },
  {
    shows: "a private registry: nothing without a login, and a pusher pulls where it pushes",
    caches: [],
    grants: [admins, pusher("writers", "ci/**")],
  },
  {
    shows: "a private registry with a public corner",
    caches: [],
    grants: [grant("anonymous", ["pull"], "team/**"), admins, pusher("writers", "ci/**")],
  },
  {
    shows: "whoever is logged in pulls more than who is not",
    caches: [],
    grants: [grant("anonymous", ["pull"], "app"), grant("authenticated", ["pull"], "**"), admins],
  },
  {
    shows: "roles that add up where one lies within the other",
    caches: [],
    grants: [
      everybody,
      grant({ groups: ["writers"] }, ["pull", "push"], "**"),
      grant({ groups: ["ops"] }, ["pull", "overwrite"], "ci/**"),
      grant({ groups: ["admins"] }, ["delete"], "ci/team/**"),
    ],
  },
  {
    shows: "several roles of one glob, and a group with several roles",
    caches: [],
    grants: [
      everybody,
      grant({ groups: ["admins", "writers"] }, ["pull", "push"], "ci/**"),
      grant({ groups: ["admins"] }, ["overwrite", "delete"], "ci/**"),
      grant({ groups: ["admins"] }, ["push"], "team/**"),
    ],
  },
  {
    shows: "users by name beside groups of the same name",
    caches: [],
    grants: [
      grant("authenticated", ["pull"], "**"),
      grant({ users: ["max", "writers"] }, ["push"], "team/**"),
      grant({ groups: ["writers"] }, ["push"], "ci/**"),
    ],
  },
  {
    shows: "a glob that is written longer, so that it wins within another",
    caches: [],
    grants: [everybody, pusher("writers", "{app,app}"), grant({ groups: ["ops"] }, ["push"], "{*,*}")],
  },
  {
    shows: "a pusher that may overwrite, since the settings say so",
    caches: [],
    grants: [everybody, { ...pusher("writers", "ci/**"), may: ["pull", "push", "overwrite"] }],
  },
  {
    shows: "a group for each namespace, a private one, admins everywhere",
    caches: [],
    grants: [
      grant("anonymous", ["pull"], "team/**"),
      grant("authenticated", ["pull"], "ci/**", "**"),
      admins,
      grant({ groups: ["writers"] }, ["pull", "push", "overwrite"], "ci/**"),
      grant({ groups: ["ops"] }, ["pull", "push"], "team/**"),
    ],
  },
];

const grantCases: Case[] = GRANTS.map(({ shows, ...access }) => ({
  shows: `grants: ${shows}`,
  access: accessControl(access),
}));

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
