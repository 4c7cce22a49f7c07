import { type Fact, withToken } from "../fact";

/*
 * The requests of the program and its commands before anything is declared: each look-up with its query, and the
 * answer if there is nothing.
 */
const ABSENT = "00000000-0000-4000-8000-000000000000";
const PAGE = "page=1&page_size=100";
const LOOK_UP = "the look-ups before anything is declared";
const ADOPTION = "adoption: what exists is found, never made once more";
const PEOPLE = "npm run who-can: who is in which group";
const SETTINGS = "npm run adopt -- --write-settings";

const found = (shows: string, needs: string, path: string, results: readonly object[]): Fact => ({
  shows,
  needs,
  ask: `GET ${path}`,
  expect: { status: 200, body: { pagination: { next: 0, count: results.length }, results } },
});

/** A list that others fill: only the keys that are read are certain. */
const listed = (shows: string, needs: string, path: string, keys: string): Fact => ({
  shows,
  needs,
  ask: `GET ${path}`,
  expect: { status: 200, keys },
  compare: "status",
});

const missing = (shows: string, path: string, model: string): Fact => ({
  shows,
  needs: LOOK_UP,
  ask: `GET ${path}`,
  expect: { status: 404, body: { detail: `No ${model} matches the given query.` } },
});

const refused = (shows: string, path: string, key: string): Fact => ({
  shows,
  needs: "that a filter which narrows nothing is noticed",
  ask: `GET ${path}`,
  expect: { status: 400, keys: key },
  compare: "shape",
});

const NO_ACCESS = withToken("{small}");

/** Each list that a command reads whole, as it asks for it. */
const WHOLE_LISTS: readonly Fact[] = (
  [
    ["core/applications/", "pk slug name"],
    ["core/groups/", "pk name"],
    ["core/users/", "pk username"],
    ["core/tokens/", "pk identifier"],
    ["flows/bindings/", "pk target stage order"],
    ["flows/instances/", "pk slug"],
    ["managed/blueprints/", ""],
    ["policies/bindings/", "pk target order"],
    ["providers/oauth2/", "pk name client_id"],
    ["stages/all/", "pk name component"],
  ] as const
).map(([path, keys]) =>
  listed(
    `${path} is listed whole`,
    "what a run of the rehearsal leaves behind",
    `${path}?page_size=100&superuser_full_list=true`,
    keys,
  ),
);

export const READ_FACTS: readonly Fact[] = [
  ...WHOLE_LISTS,
  {
    shows: "an application is read by its slug",
    needs: LOOK_UP,
    ask: "GET core/applications/{ns}/",
    expect: { status: 200, body: { slug: "{ns}", name: "{ns}", meta_launch_url: "" }, keys: "pk provider" },
  },
  missing("an unknown application is 404", "core/applications/{ns}-none/", "Application"),
  {
    shows: "a provider is read by its number",
    needs: LOOK_UP,
    ask: "GET providers/oauth2/{provider}/",
    expect: {
      status: 200,
      body: { assigned_application_slug: "{ns}", assigned_application_name: "{ns}", client_id: "{ns}" },
      keys: "authorization_flow invalidation_flow signing_key redirect_uris property_mappings",
    },
  },
  missing("an unknown provider is 404", "providers/oauth2/999999/", "OAuth2Provider"),
  found("providers are found by their client id", ADOPTION, `providers/oauth2/?client_id={ns}&${PAGE}`, [
    { client_id: "{ns}" },
  ]),
  found("providers are found by their name", ADOPTION, `providers/oauth2/?name={ns}&${PAGE}`, [
    { name: "{ns}" },
  ]),
  found(
    "no provider has a client id of nobody's",
    ADOPTION,
    `providers/oauth2/?client_id={ns}-none&${PAGE}`,
    [],
  ),
  listed("providers are listed", ADOPTION, `providers/oauth2/?${PAGE}`, "pk name client_id redirect_uris"),
  found(
    "providers of every kind are found by a part of their name",
    ADOPTION,
    `providers/all/?search={ns}&${PAGE}`,
    [{ name: "{ns}", component: "ak-provider-oauth2-form" }],
  ),
  {
    shows: "a flow is read by its slug",
    needs: LOOK_UP,
    ask: "GET flows/instances/{ns}/",
    expect: { status: 200, body: { slug: "{ns}" }, keys: "pk policybindingmodel_ptr_id" },
  },
  missing("an unknown flow is 404", "flows/instances/{ns}-none/", "Flow"),
  found(
    "a flow's bindings come by their order, each with its stage",
    LOOK_UP,
    `flows/bindings/?target={flow}&${PAGE}`,
    [
      { order: 10, stage_obj: { name: "{ns} identification" } },
      { order: 100, stage_obj: { name: "{ns} session" } },
    ],
  ),
  refused("a flow's slug is refused in a filter", "flows/bindings/?target={ns}", "target"),
  refused("a flow that does not exist is refused in a filter", `flows/bindings/?target=${ABSENT}`, "target"),
  found(
    "an application's bindings come by their order, unasked",
    LOOK_UP,
    `policies/bindings/?target={application}&${PAGE}`,
    [
      { pk: "{binding}", group_obj: { name: "{ns}-writers" }, enabled: true, negate: false, order: 0 },
      { pk: "{second}", group_obj: null, order: 10 },
    ],
  ),
  refused("an application's slug is refused in a filter", "policies/bindings/?target={ns}", "target"),
  listed("flows are listed", SETTINGS, `flows/instances/?${PAGE}`, "pk slug designation"),
  listed(
    "the key pairs of an installation are listed",
    SETTINGS,
    `crypto/certificatekeypairs/?${PAGE}`,
    "pk name private_key_available",
  ),
  {
    shows: "a blueprint is made, and switched off",
    needs: "the report of who else owns an object, and blueprints that the rehearsal makes in a real server",
    ask: "POST managed/blueprints/",
    body: { name: "{ns}", path: "", content: "version: 1\nentries: []", enabled: false },
    keep: { blueprint: "pk" },
    expect: { status: 201, body: { name: "{ns}", enabled: false, path: "" } },
    compare: "shape",
  },
  {
    shows: "a blueprint is in their list",
    needs: "the report of who else owns an object",
    ask: `GET managed/blueprints/?search={ns}&${PAGE}`,
    expect: { status: 200, body: { pagination: { count: 1 }, results: [{ name: "{ns}", enabled: false }] } },
    compare: "shape",
  },
  listed(
    "the scope mappings of a scope are found by it",
    "the claims of a login",
    `propertymappings/provider/scope/?scope_name=openid&${PAGE}`,
    "pk scope_name managed",
  ),
  {
    shows: "the scope mapping of a scope that every installation has is one",
    needs: "the claims of a login",
    ask: `GET propertymappings/provider/scope/?scope_name=profile&managed=goauthentik.io/providers/oauth2/scope-profile&${PAGE}`,
    expect: {
      status: 200,
      body: {
        pagination: { count: 1 },
        results: [{ scope_name: "profile", managed: "goauthentik.io/providers/oauth2/scope-profile" }],
      },
    },
    compare: "shape",
  },
  found("a user is found by its name", LOOK_UP, `core/users/?username={ns}-ci&include_groups=false&${PAGE}`, [
    { username: "{ns}-ci", type: "service_account", is_active: true, groups_obj: null },
  ]),
  listed(
    "users are listed",
    PEOPLE,
    `core/users/?${PAGE}`,
    "pk username is_active is_superuser type groups last_login",
  ),
  listed("groups are listed", PEOPLE, `core/groups/?include_users=false&${PAGE}`, "pk name"),
  found(
    "a group is found with its members",
    SETTINGS,
    `core/groups/?name={ns}-writers&include_users=true&${PAGE}`,
    [{ name: "{ns}-writers", users_obj: [{ username: "{ns}-ci" }] }],
  ),
  found(
    "users are found by their type",
    LOOK_UP,
    `core/users/?type=service_account&include_groups=false&search={ns}-ci&${PAGE}`,
    [{ username: "{ns}-ci" }],
  ),
  found(
    "no user of another type is among them",
    LOOK_UP,
    `core/users/?type=external&search={ns}-ci&${PAGE}`,
    [],
  ),
  found(
    "users who are superusers are found",
    "npm run who-can: who is an admin of Authentik",
    `core/users/?is_superuser=true&search={ns}-ci&${PAGE}`,
    [],
  ),
  {
    shows: "a list comes in pages of the size that was asked for",
    needs: "reading all pages",
    ask: "GET core/users/?search={ns}&ordering=username&page=1&page_size=1",
    expect: {
      status: 200,
      body: {
        pagination: {
          next: 2,
          previous: 0,
          count: 2,
          current: 1,
          total_pages: 2,
          start_index: 1,
          end_index: 1,
        },
        results: [{ username: "{ns}-ci" }],
      },
    },
  },
  {
    shows: "its last page names no next one",
    needs: "reading all pages",
    ask: "GET core/users/?search={ns}&ordering=username&page=2&page_size=1",
    expect: {
      status: 200,
      body: {
        pagination: {
          next: 0,
          previous: 1,
          count: 2,
          current: 2,
          total_pages: 2,
          start_index: 2,
          end_index: 2,
        },
        results: [{ username: "{ns}-other" }],
      },
    },
  },
  found(
    "app passwords are found by their intent",
    LOOK_UP,
    `core/tokens/?intent=app_password&search={ns}-app-2&${PAGE}`,
    [{ identifier: "{ns}-app-2", user_obj: { username: "{ns}-ci" } }],
  ),
  {
    shows: "a token is read by its identifier",
    needs: LOOK_UP,
    ask: "GET core/tokens/{ns}-app-2/",
    expect: { status: 200, body: { identifier: "{ns}-app-2", user_obj: { username: "{ns}-ci" } } },
  },
  missing("an unknown token is 404", "core/tokens/{ns}-none/", "Token"),
  {
    shows: "a user without rights lists their own tokens alone",
    needs: "the refusal of a token that is no administrator's",
    ask: `GET core/tokens/?search={ns}&ordering=identifier&${PAGE}`,
    as: NO_ACCESS,
    expect: {
      status: 200,
      body: {
        results: [{ identifier: "{ns}-api" }, { identifier: "{ns}-app-2" }, { identifier: "{ns}-short" }],
      },
    },
  },
  {
    shows: "a user without rights is listed the applications that they may use",
    needs: "that a list is not taken for all that there is",
    ask: "GET core/applications/?search={ns}",
    as: NO_ACCESS,
    expect: { status: 200, body: { results: [{ slug: "{ns}" }] } },
  },
  {
    shows: "no more of them where all are asked for",
    needs: "that an empty list is not taken for an empty server",
    ask: "GET core/applications/?search={ns}&superuser_full_list=true",
    as: NO_ACCESS,
    expect: { status: 200, body: { results: [{ slug: "{ns}" }] } },
  },
  {
    shows: "the list of all stages has short forms",
    needs: "what a run of the rehearsal leaves behind",
    ask: "GET stages/all/?name={ns}+session",
    expect: { status: 200, body: { results: [{ name: "{ns} session" }] } },
  },
];
