import { browser, type Fact, NOBODY } from "../fact";

/*
 * What the rehearsal, the stand-in's own tests and operators ask beside the resources of the program: short forms, actions on one object,
 * parts of an object that are changed, blueprints and roles, and pages for people.
 */
const ABSENT = "00000000-0000-4000-8000-000000000000";
const REHEARSAL = "what the rehearsal makes in a real server, and takes away there";
const PART = "what people change in part while the program declares the whole";
const PAGES = "what a person's browser meets at a login";

const gone = (shows: string, ask: string, model: string, needs = REHEARSAL): Fact => ({
  shows,
  needs,
  ask,
  expect: { status: 404, body: { detail: `No ${model} matches the given query.` } },
});

const changed = (what: string, path: string, body: object): Fact => ({
  shows: `${what} is changed in part`,
  needs: PART,
  ask: `PATCH ${path}`,
  body,
  expect: { status: 200, body },
});

const named = (what: string, path: string, name: string): Fact => ({
  shows: `${what} is found by its name`,
  needs: REHEARSAL,
  ask: `GET ${path}?name=${name.replaceAll(" ", "+")}`,
  expect: { status: 200, body: { pagination: { count: 1 }, results: [{ name }] } },
});

export const WHOLE_SERVER_FACTS: readonly Fact[] = [
  {
    shows: "a server that is alive says so without a login",
    needs: "the wait for a server that starts",
    ask: "GET /-/health/live/",
    as: NOBODY,
    expect: { status: 200 },
  },
  {
    shows: "a server that is ready says so without a login",
    needs: "the wait for a server that starts",
    ask: "GET /-/health/ready/",
    as: NOBODY,
    expect: { status: 200 },
  },
  {
    shows: "the provider plugin's first request is answered to whoever asks",
    needs: "the provider plugin: it asks whether errors are to be reported",
    ask: "GET root/config/",
    expect: { status: 200, keys: "error_reporting capabilities cache_timeout cache_timeout_flows" },
    compare: "status",
  },
];

export const ONE_OBJECT_FACTS: readonly Fact[] = [
  changed("a group", "core/groups/{writers}/", { attributes: { by: "{ns} in part" } }),
  named("a blueprint", "managed/blueprints/", "{ns}"),
  named("an identification stage", "stages/identification/", "{ns} identification"),
  named("a password stage", "stages/password/", "{ns} password"),
  named("a login stage", "stages/user_login/", "{ns} session"),
  {
    shows: "an identification stage is not changed in part without its fields",
    needs: PART,
    ask: "PATCH stages/identification/{identification}/",
    body: { case_insensitive_matching: true },
    expect: {
      status: 400,
      body: { non_field_errors: ["When no user fields are selected, at least one source must be selected"] },
    },
  },
  changed("an identification stage", "stages/identification/{identification}/", {
    user_fields: ["username"],
    case_insensitive_matching: true,
  }),
  changed("a password stage", "stages/password/{passwordStage}/", { failed_attempts_before_cancel: 5 }),
  changed("a login stage", "stages/user_login/{login}/", { terminate_other_sessions: false }),
  changed("a flow", "flows/instances/{ns}/", { title: "{ns} in part" }),
  changed("a stage's binding", "flows/bindings/{session}/", { order: 100 }),
  changed("a binding", "policies/bindings/{binding}/", {
    target: "{application}",
    group: "{writers}",
    timeout: 31,
  }),
  {
    shows: "a binding that is changed in part without its target is an error of the server's own: 405",
    needs: PART,
    ask: "PATCH policies/bindings/{binding}/",
    body: { timeout: 32 },
    expect: { status: 405, headers: { type: "text/html" } },
    compare: "status",
  },
  {
    shows: "a stage of any kind is read in its short form",
    needs: "adoption: a stage is found by its name, whatever it is",
    ask: "GET stages/all/{login}/",
    expect: { status: 200, body: { name: "{ns} session", component: "ak-stage-user-login-form" } },
  },
  {
    shows: "a stage that is to go",
    needs: "the next fact",
    ask: "POST stages/password/",
    body: { name: "{ns} spare", backends: ["authentik.core.auth.TokenBackend"] },
    keep: { spareStage: "pk" },
    expect: { status: 201 },
  },
  {
    shows: "a stage of any kind is deleted by its key",
    needs: REHEARSAL,
    ask: "DELETE stages/all/{spareStage}/",
    expect: { status: 204, body: null },
  },
  {
    shows: "a provider of any kind is read by its number",
    needs: "adoption: a provider of another kind under the name is told",
    ask: "GET providers/all/{provider}/",
    expect: { status: 200, body: { name: "{ns}", component: "ak-provider-oauth2-form" } },
  },
  {
    shows: "a provider that is to go",
    needs: "the next fact",
    ask: "POST providers/oauth2/",
    body: {
      name: "{ns} spare",
      authorization_flow: "{consent}",
      invalidation_flow: "{invalidation}",
      client_id: "{ns}-spare",
      redirect_uris: [],
    },
    keep: { spareProvider: "pk" },
    expect: { status: 201 },
  },
  {
    shows: "a provider of any kind is deleted by its number",
    needs: REHEARSAL,
    ask: "DELETE providers/all/{spareProvider}/",
    expect: { status: 204, body: null },
  },
  {
    shows: "a scope mapping is read by its key",
    needs: "the claims of a login",
    ask: "GET propertymappings/provider/scope/{profile}/",
    expect: { status: 200, body: { scope_name: "profile" } },
    compare: "shape",
  },
  gone(
    "a scope mapping that does not exist is not deleted",
    `DELETE propertymappings/provider/scope/${ABSENT}/`,
    "ScopeMapping",
  ),
  {
    shows: "a key pair is read by its key, and shows no private key",
    needs: "authentik.signingKey",
    ask: "GET crypto/certificatekeypairs/{pair}/",
    expect: { status: 200, keys: "pk name private_key_available fingerprint_sha256" },
    compare: "status",
  },
  gone(
    "a key pair that does not exist is not deleted",
    `DELETE crypto/certificatekeypairs/${ABSENT}/`,
    "CertificateKeyPair",
  ),
  gone(
    "a key pair that does not exist has no private key",
    `GET crypto/certificatekeypairs/${ABSENT}/view_private_key/`,
    "CertificateKeyPair",
    "what an admin of Authentik may read",
  ),
  {
    shows: "a token is given a key of one's choice",
    needs: "what npm run verify says of an app password that somebody changed",
    ask: "POST core/tokens/{ns}-other/set_key/",
    body: { key: "{ns} as it was before" },
    expect: { status: 204, body: null },
  },
  {
    shows: "a key that is left out is refused",
    needs: "what npm run verify says of an app password that somebody changed",
    ask: "POST core/tokens/{ns}-other/set_key/",
    body: {},
    expect: { status: 400, keys: "key" },
  },
];

/** More entries than a page has: each binds the same group once more. */
const MANY = 101;
const BINDING = (order: number) => `
- model: authentik_policies.policybinding
  identifiers: {target: !KeyOf flow, order: ${order}}
  attrs: {group: !Find [authentik_core.group, [name, "{ns}-writers"]], enabled: false}`;
const BLUEPRINT = `version: 1
entries:
- model: authentik_flows.flow
  id: flow
  identifiers: {slug: "{ns}-blueprint"}
  attrs: {name: "{ns}", title: "{ns}", designation: authentication}
${Array.from({ length: MANY }, (_each, order) => BINDING(order).slice(1)).join("\n")}
`;

export const BLUEPRINT_FACTS: readonly Fact[] = [
  {
    shows: "a blueprint is read by its key",
    needs: "installations that the rehearsal makes by a blueprint",
    ask: "GET managed/blueprints/{blueprint}/",
    expect: { status: 200, body: { name: "{ns}", enabled: false }, keys: "status last_applied" },
    compare: "shape",
  },
  {
    shows: "a blueprint is replaced whole, and switched on",
    needs: "installations that the rehearsal makes by a blueprint",
    ask: "PUT managed/blueprints/{blueprint}/",
    body: { name: "{ns}", path: "", content: BLUEPRINT, enabled: true },
    expect: { status: 200, body: { name: "{ns}", enabled: true } },
    compare: "shape",
  },
  {
    shows: "a blueprint is applied when it is asked for",
    needs: "installations that the rehearsal makes by a blueprint",
    ask: "POST managed/blueprints/{blueprint}/apply/",
    body: {},
    expect: { status: 200, body: { name: "{ns}" } },
    compare: "status",
  },
  {
    shows: "a blueprint that was applied says so",
    needs: "installations that the rehearsal makes by a blueprint",
    ask: "GET managed/blueprints/{blueprint}/",
    settles: true,
    expect: { status: 200, body: { status: "successful" } },
    compare: "status",
  },
  {
    shows: "what a blueprint has is there",
    needs: "installations that the rehearsal makes by a blueprint",
    ask: "GET flows/instances/{ns}-blueprint/",
    settles: true,
    keep: { blueprintFlow: "policybindingmodel_ptr_id" },
    expect: { status: 200, body: { slug: "{ns}-blueprint", title: "{ns}" } },
    compare: "status",
  },
  {
    shows: "a list gives no larger pages than 100, whatever is asked for",
    needs: "reading all pages",
    ask: "GET policies/bindings/?target={blueprintFlow}&page_size=500",
    settles: true,
    expect: {
      status: 200,
      body: { pagination: { count: MANY, next: 2, total_pages: 2, start_index: 1, end_index: 100 } },
    },
    compare: "status",
  },
  {
    shows: "the rest is on the next page",
    needs: "reading all pages",
    ask: "GET policies/bindings/?target={blueprintFlow}&page_size=100&page=2",
    expect: { status: 200, body: { pagination: { count: MANY, next: 0, start_index: 101, end_index: 101 } } },
    compare: "status",
  },
  {
    shows: "a page has 20 entries where none says how many",
    needs: "reading all pages",
    ask: "GET policies/bindings/?target={blueprintFlow}",
    expect: { status: 200, body: { pagination: { count: MANY, next: 2, total_pages: 6, end_index: 20 } } },
    compare: "status",
  },
  {
    shows: "a blueprint is not changed in part without its content",
    needs: PART,
    ask: "PATCH managed/blueprints/{blueprint}/",
    body: { enabled: false },
    expect: { status: 400, body: { non_field_errors: ["Either path or content must be set."] } },
  },
  {
    shows: "a blueprint is changed in part",
    needs: PART,
    ask: "PATCH managed/blueprints/{blueprint}/",
    body: { enabled: false, content: "version: 1\nentries: []" },
    expect: { status: 200, body: { enabled: false } },
    compare: "shape",
  },
  {
    shows: "a blueprint is deleted: 204",
    needs: "blueprints that the rehearsal makes in a real server",
    ask: "DELETE managed/blueprints/{blueprint}/",
    expect: { status: 204, body: null },
  },
  {
    shows: "what a blueprint made outlives it",
    needs: "adoption: a blueprint is removed, and what it declared is adopted",
    ask: "DELETE flows/instances/{ns}-blueprint/",
    expect: { status: 204, body: null },
  },
];

export const PAGE_FACTS: readonly Fact[] = [
  {
    shows: "the first page leads whoever is not logged in to the login",
    needs: PAGES,
    ask: "GET /",
    as: browser("a visitor"),
    headers: { accept: "text/html" },
    expect: {
      status: 302,
      headers: { location: { to: "/flows/-/default/authentication/", query: { next: "/" } } },
    },
    compare: "status",
  },
  {
    shows: "the address of the login leads to the flow that the brand names, with the way back",
    needs: PAGES,
    ask: "GET /flows/-/default/authentication/?next=/if/user/",
    as: browser("a visitor"),
    headers: { accept: "text/html" },
    expect: { status: 302 },
    compare: "status",
  },
  {
    shows: "the end of the session leads to the flow that the brand names",
    needs: PAGES,
    ask: "GET /flows/-/default/invalidation/",
    as: browser("a visitor"),
    headers: { accept: "text/html" },
    expect: { status: 302, headers: { location: { to: "/if/flow/default-invalidation-flow/" } } },
    compare: "status",
  },
  {
    shows: "a flow has a page",
    needs: PAGES,
    ask: "GET /if/flow/{ns}/",
    as: browser("a visitor"),
    headers: { accept: "text/html" },
    expect: { status: 200, headers: { type: "text/html" } },
    compare: "status",
  },
  {
    shows: "an unknown flow has none",
    needs: "the error for a flow that does not exist",
    ask: "GET /if/flow/{ns}-none/",
    as: browser("a visitor"),
    headers: { accept: "text/html" },
    expect: { status: 404, headers: { type: "text/html" } },
    compare: "status",
  },
  {
    shows: "an unknown flow has no executor",
    needs: "the error for a flow that does not exist",
    ask: "GET /api/v3/flows/executor/{ns}-none/?query=",
    as: browser("a visitor"),
    expect: { status: 404 },
    compare: "status",
  },
  {
    shows: "a login that is cancelled leads to the end of the session",
    needs: PAGES,
    ask: "GET /flows/-/cancel/",
    as: browser("a visitor"),
    headers: { accept: "text/html" },
    expect: { status: 302, headers: { type: "text/html" } },
    compare: "status",
  },
  {
    shows: "end-session is answered to a browser that is not logged in as well",
    needs: "the way out that discovery names",
    ask: "GET /application/o/{ns}/end-session/",
    as: browser("a visitor"),
    headers: { accept: "text/html" },
    expect: { status: 302, headers: { type: "text/html" } },
    compare: "status",
  },
  {
    shows: "whoever is within a flow is told that the session ends",
    needs: "the way out that discovery names",
    ask: "GET /application/o/{ns}/end-session/",
    as: browser("a visitor"),
    headers: { accept: "text/html" },
    expect: { status: 200, headers: { type: "text/html" } },
    compare: "status",
  },
  {
    shows: "an unknown application has no end-session",
    needs: "the way out that discovery names",
    ask: "GET /application/o/{ns}-none/end-session/",
    as: browser("another visitor"),
    headers: { accept: "text/html" },
    expect: { status: 404, headers: { type: "text/html" } },
    compare: "status",
  },
  {
    shows: "user info is told to a form as well",
    needs: "zot's groups",
    ask: "POST /application/o/userinfo/",
    as: { kind: "bearer", token: "{access}" },
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: "",
    expect: { status: 200, body: { preferred_username: "{ns}-ci" } },
  },
  {
    shows: "user info is told to nobody with another token",
    needs: "zot's groups",
    ask: "GET /application/o/userinfo/",
    as: { kind: "bearer", token: "wrong" },
    expect: { status: 401 },
  },
];

export const roleFacts = (only: readonly string[]): readonly Fact[] => [
  {
    shows: "a role is found by its name",
    needs: REHEARSAL,
    ask: "GET rbac/roles/?name={ns}",
    only,
    expect: { status: 200, body: { pagination: { count: 1 }, results: [{ name: "{ns}" }] } },
  },
  {
    shows: "a role is read by its key",
    needs: "the rights that the error names",
    ask: "GET rbac/roles/{role}/",
    only,
    expect: { status: 200, body: { pk: "{role}", name: "{ns}" } },
  },
  {
    shows: "a role is replaced whole",
    needs: REHEARSAL,
    ask: "PUT rbac/roles/{role}/",
    only,
    body: { name: "{ns} whole" },
    expect: { status: 200, body: { name: "{ns} whole" } },
  },
  {
    shows: "a role is changed in part",
    needs: REHEARSAL,
    ask: "PATCH rbac/roles/{role}/",
    only,
    body: { name: "{ns}" },
    expect: { status: 200, body: { name: "{ns}" } },
  },
  {
    shows: "a right of no name is given to no role",
    needs: "the rights that the error names",
    ask: "POST rbac/permissions/assigned_by_roles/{role}/assign/",
    only,
    body: { permissions: ["view_group"] },
    expect: { status: 400, keys: "permissions" },
    compare: "shape",
  },
  {
    shows: "a role is deleted: 204",
    needs: REHEARSAL,
    ask: "DELETE rbac/roles/{role}/",
    only,
    expect: { status: 204, body: null },
  },
];
