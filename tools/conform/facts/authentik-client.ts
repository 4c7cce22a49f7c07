import { browser, type Fact, NOBODY } from "../fact";
import { DELETE_FACTS, UPDATE_FACTS } from "./authentik-plugin";
import { PEOPLE_FACTS } from "./authentik-people";
import { READ_FACTS } from "./authentik-reads";
import { BLUEPRINT_FACTS, ONE_OBJECT_FACTS, PAGE_FACTS } from "./authentik-rest";

/*
 * Assumptions about flows, stages, the OAuth2 provider, its application and bindings, and the result of a login with
 * them.
 */
const KNOWS_GRANT_TYPES = ["2026.5", "2026.8"];
const ABSENT = "00000000-0000-4000-8000-000000000000";
const CALLBACK = "https://registry.example.org/zot/auth/callback/oidc";

const FLOWS: readonly Fact[] = [
  {
    shows: "the flows that every installation has are found by their slugs",
    needs: "authentik.flows: the defaults of the settings",
    ask: "GET flows/instances/?slug=default-provider-authorization-implicit-consent",
    keep: { consent: "results.0.pk" },
    expect: { status: 200, keys: "pk slug policybindingmodel_ptr_id stages policies cache_count export_url" },
    compare: "shape",
  },
  {
    shows: "the flow that ends a login at a provider",
    needs: "authentik.flows: the defaults of the settings",
    ask: "GET flows/instances/?slug=default-provider-invalidation-flow",
    keep: { invalidation: "results.0.pk" },
    expect: { status: 200, body: { pagination: { count: 1 } } },
    compare: "shape",
  },
  {
    shows: "a flow is made with its defaults",
    needs: "the resource Flow of CI's login",
    ask: "POST flows/instances/",
    body: {
      name: "{ns}",
      title: "{ns}",
      slug: "{ns}",
      designation: "authentication",
      authentication: "none",
    },
    keep: { flow: "pk" },
    expect: {
      status: 201,
      body: {
        policy_engine_mode: "any",
        denied_action: "message_continue",
        compatibility_mode: false,
        layout: "stacked",
        stages: [],
      },
    },
  },
  {
    shows: "a flow's slug is unique",
    needs: "adoption: a flow that exists is found, never made once more",
    ask: "POST flows/instances/",
    body: { name: "{ns}", title: "{ns}", slug: "{ns}", designation: "authentication" },
    expect: { status: 400, body: { slug: ["Flow with this slug already exists."] } },
  },
  {
    shows: "a slug with a blank is refused",
    needs: "the rules for authentik.slug",
    ask: "POST flows/instances/",
    body: { name: "{ns}", title: "{ns}", slug: "{ns} x", designation: "authentication" },
    expect: { status: 400, keys: "slug" },
    compare: "shape",
  },
  {
    shows: "an unknown designation in a filter is refused",
    needs: "that a filter which narrows nothing is noticed",
    ask: "GET flows/instances/?designation=none",
    expect: { status: 400, keys: "designation" },
    compare: "shape",
  },
  {
    shows: "a password stage takes app passwords alone",
    needs: "the resource StagePassword of CI's login",
    ask: "POST stages/password/",
    body: { name: "{ns} password", backends: ["authentik.core.auth.TokenBackend"] },
    keep: { passwordStage: "pk" },
    expect: { status: 201, keys: "pk component flow_set backends failed_attempts_before_cancel" },
  },
  {
    shows: "a password stage needs a backend",
    needs: "the provider plugin's errors",
    ask: "POST stages/password/",
    body: { name: "{ns} x", backends: [] },
    expect: { status: 400, body: { backends: ["This list may not be empty."] } },
  },
  {
    shows: "an identification stage carries the password stage",
    needs: "the resource StageIdentification of CI's login: one request carries both",
    ask: "POST stages/identification/",
    body: { name: "{ns} identification", user_fields: ["username"], password_stage: "{passwordStage}" },
    keep: { identification: "pk" },
    expect: { status: 201, keys: "pk component flow_set user_fields password_stage sources" },
  },
  {
    shows: "an identification stage needs a field",
    needs: "the provider plugin's errors",
    ask: "POST stages/identification/",
    body: { name: "{ns} x" },
    expect: {
      status: 400,
      body: {
        non_field_errors: ["When no user fields are selected, at least one source must be selected"],
      },
    },
  },
  {
    shows: "a login stage says how long a session lives",
    needs: "the resource StageUserLogin of CI's login",
    ask: "POST stages/user_login/",
    body: { name: "{ns} session", session_duration: "minutes=10" },
    keep: { login: "pk" },
    expect: { status: 201, body: { session_duration: "minutes=10" }, keys: "remember_me_offset" },
  },
  {
    shows: "a duration in other words is refused",
    needs: "the provider plugin's errors",
    ask: "POST stages/user_login/",
    body: { name: "{ns} x", session_duration: "10 minutes" },
    expect: {
      status: 400,
      body: { session_duration: ["10 minutes is not in the correct format of 'hours=3;minutes=1'."] },
    },
  },
  {
    shows: "a stage is bound to a flow by the flow's key",
    needs: "the resource FlowStageBinding",
    ask: "POST flows/bindings/",
    body: { target: "{flow}", stage: "{identification}", order: 10 },
    expect: {
      status: 201,
      body: {
        stage_obj: { component: "", meta_model_name: "authentik_flows.stage", flow_set: [{ slug: "{ns}" }] },
      },
    },
  },
  {
    shows: "a flow's slug is no target, and an order is a number",
    needs: "FlowStageBinding.target is flow.uuid, not flow.id",
    ask: "POST flows/bindings/",
    body: { target: "{ns}", stage: ABSENT, order: "x" },
    expect: {
      status: 400,
      body: {
        target: ["“{ns}” is not a valid UUID."],
        stage: ['Invalid pk "{uuid}" - object does not exist.'],
        order: ["A valid integer is required."],
      },
    },
  },
  {
    shows: "the login stage is judged when its turn comes",
    needs: "that nobody but CI's account gets a session by CI's flow",
    ask: "POST flows/bindings/",
    body: {
      target: "{flow}",
      stage: "{login}",
      order: 100,
      evaluate_on_plan: false,
      re_evaluate_policies: true,
    },
    keep: { session: "pk", sessionTarget: "policybindingmodel_ptr_id" },
    expect: { status: 201, body: { invalid_response_action: "retry", policy_engine_mode: "any" } },
  },
  {
    shows: "what is bound to a stage's binding is not found by the binding's own key",
    needs: "adoption of the binding that lets CI's account alone in",
    ask: "GET policies/bindings/?target={session}",
    expect: { status: 400, keys: "target" },
    compare: "shape",
  },
  {
    shows: "a user is bound to a stage's binding",
    needs: "that nobody but CI's account gets a session by CI's flow",
    ask: "POST policies/bindings/",
    body: { target: "{session}", user: "{ci}", order: 0 },
    expect: { status: 201, keys: "pk policy_obj group_obj user_obj target order negate enabled timeout" },
  },
  {
    shows: "it is found by the key that policies know the stage's binding by",
    needs: "adoption of the binding that lets CI's account alone in",
    ask: "GET policies/bindings/?target={sessionTarget}",
    expect: { status: 200, body: { pagination: { count: 1 }, results: [{ target: "{session}" }] } },
  },
];

const PROVIDER = {
  name: "{ns}",
  authorization_flow: "{consent}",
  invalidation_flow: "{invalidation}",
  client_id: "{ns}",
  grant_types: ["authorization_code", "refresh_token"],
  redirect_uris: [{ matching_mode: "strict", url: CALLBACK, redirect_uri_type: "authorization" }],
};

const CLIENT: readonly Fact[] = [
  {
    shows: "the scope mappings that every installation has are found by what manages them",
    needs: "the claims of a login",
    ask: "GET propertymappings/provider/scope/?managed=goauthentik.io/providers/oauth2/scope-profile",
    keep: { profile: "results.0.pk" },
    expect: {
      status: 200,
      keys: "pk name expression component verbose_name meta_model_name scope_name managed",
    },
    compare: "shape",
  },
  {
    shows: "the scope mapping of the email address",
    needs: "the claims of a login",
    ask: "GET propertymappings/provider/scope/?managed=goauthentik.io/providers/oauth2/scope-email",
    keep: { email: "results.0.pk" },
    expect: { status: 200 },
    compare: "shape",
  },
  {
    shows: "the scope mapping of every login",
    needs: "the claims of a login",
    ask: "GET propertymappings/provider/scope/?managed=goauthentik.io/providers/oauth2/scope-openid",
    keep: { openid: "results.0.pk" },
    expect: { status: 200 },
    compare: "shape",
  },
  {
    shows: "the key pair that every installation has is found by its name",
    needs: "authentik.signingKey: the default of the settings",
    ask: "GET crypto/certificatekeypairs/?name=authentik+Self-signed+Certificate",
    keep: { pair: "results.0.pk" },
    expect: {
      status: 200,
      keys: "pk name cert_expiry cert_subject fingerprint_sha1 private_key_available managed",
    },
    compare: "shape",
  },
  {
    shows: "a provider is made with its defaults and a secret of its own",
    needs: "the resource ProviderOauth2; what it leaves out stays as Authentik has it",
    ask: "POST providers/oauth2/",
    body: { ...PROVIDER, signing_key: "{pair}", property_mappings: ["{openid}", "{email}", "{profile}"] },
    keep: { provider: "pk", secret: "client_secret" },
    expect: {
      status: 201,
      body: {
        client_type: "confidential",
        access_code_validity: "minutes=1",
        access_token_validity: "hours=1",
        refresh_token_validity: "days=30",
        include_claims_in_id_token: true,
        sub_mode: "hashed_user_id",
        issuer_mode: "per_provider",
      },
      keys: "pk component assigned_application_slug assigned_application_name verbose_name verbose_name_plural meta_model_name",
    },
  },
  {
    shows: "since 2026.5 a provider has grant types, and a redirect URI a type",
    needs: "the dialect that the program finds out before it declares anything",
    ask: "GET providers/oauth2/{provider}/",
    only: KNOWS_GRANT_TYPES,
    expect: {
      status: 200,
      body: {
        grant_types: ["authorization_code", "refresh_token"],
        redirect_uris: [{ matching_mode: "strict", url: CALLBACK, redirect_uri_type: "authorization" }],
      },
    },
  },
  {
    shows: "before 2026.5 grant types are ignored, wrong ones too",
    needs: "the dialect: they would show as drift for ever",
    ask: "PATCH providers/oauth2/{provider}/",
    only: ["2025.10", "2026.2"],
    body: { grant_types: ["nonsense"] },
    expect: { status: 200, body: { redirect_uris: [{ matching_mode: "strict", url: CALLBACK }] } },
  },
  {
    shows: "since 2026.5 a wrong grant type is refused",
    needs: "the dialect",
    ask: "PATCH providers/oauth2/{provider}/",
    only: KNOWS_GRANT_TYPES,
    body: { grant_types: ["nonsense"] },
    expect: { status: 400, keys: "grant_types" },
  },
  {
    shows: "names and client ids are unique, flows and a matching mode must be given",
    needs: "adoption: a client that exists is found, never made once more",
    ask: "POST providers/oauth2/",
    body: { name: "{ns}", client_id: "{ns}", redirect_uris: [{ url: "https://a" }] },
    expect: {
      status: 400,
      body: {
        name: ["provider with this name already exists."],
        client_id: ["OAuth2/OpenID Provider with this Client ID already exists."],
        authorization_flow: ["This field is required."],
        invalidation_flow: ["This field is required."],
        redirect_uris: [{ matching_mode: ["This field is required."] }],
      },
    },
  },
  {
    shows: "an application is made by name, slug and provider, with its defaults",
    needs: "the resource Application",
    ask: "POST core/applications/",
    body: { name: "{ns}", slug: "{ns}", provider: "{provider}" },
    keep: { application: "pk" },
    expect: {
      status: 201,
      body: {
        policy_engine_mode: "any",
        launch_url: "https://registry.example.org",
        open_in_new_tab: false,
      },
      keys: "pk provider_obj backchannel_providers_obj launch_url",
    },
  },
  {
    shows: "an application's slug is unique, and its provider exists",
    needs: "adoption: an application that exists is found, never made once more",
    ask: "POST core/applications/",
    body: { name: "{ns}", slug: "{ns}", provider: 999999 },
    expect: {
      status: 400,
      body: {
        slug: ["Application with this slug already exists."],
        provider: ['Invalid pk "999999" - object does not exist.'],
      },
    },
  },
  {
    shows: "a provider has one application",
    needs: "adoption: the client is found through its application",
    ask: "POST core/applications/",
    body: { name: "{ns}-2", slug: "{ns}-2", provider: "{provider}" },
    expect: { status: 400, body: { provider: ["Application with this provider already exists."] } },
  },
  {
    shows: "a slug that Authentik's own addresses have is refused",
    needs: "the rules for authentik.slug",
    ask: "POST core/applications/",
    body: { name: "{ns}", slug: "authorize" },
    expect: { status: 400, keys: "slug" },
    compare: "shape",
  },
  {
    shows: "an address that is none is refused",
    needs: "the provider plugin's errors",
    ask: "PATCH core/applications/{ns}/",
    body: { meta_launch_url: "registry" },
    expect: { status: 400, body: { meta_launch_url: ["Enter a valid URL."] } },
  },
  {
    shows: "an application is found by its slug where all are asked for",
    needs: "adoption",
    ask: "GET core/applications/?slug={ns}&superuser_full_list=true",
    expect: { status: 200, body: { pagination: { count: 1 }, results: [{ slug: "{ns}" }] } },
  },
];

const taken = { non_field_errors: ["The fields policy, target, order must make a unique set."] };

const BINDINGS: readonly Fact[] = [
  {
    shows: "a group is bound to an application",
    needs: "the resource PolicyBinding; its keys are those that the provider plugin's client requires",
    ask: "POST policies/bindings/",
    body: { target: "{application}", group: "{writers}", order: 0 },
    keep: { binding: "pk" },
    expect: {
      status: 201,
      body: { enabled: true, negate: false, timeout: 30, failure_result: false, policy: null, user: null },
    },
  },
  {
    shows: "a second binding may have the order of the first",
    needs: "orders that do not shift with the list of groups",
    ask: "POST policies/bindings/",
    body: { target: "{application}", user: "{ci}", order: 10 },
    keep: { second: "pk" },
    expect: { status: 201 },
  },
  {
    shows: "a binding does not move onto an order that is taken",
    needs: "orders that do not shift with the list of groups",
    ask: "PUT policies/bindings/{second}/",
    body: { target: "{application}", user: "{ci}", order: 0 },
    expect: { status: 400, body: taken },
  },
  {
    shows: "bindings come by their order",
    needs: "the orders that the program gives",
    ask: "GET policies/bindings/?target={application}&ordering=order",
    expect: { status: 200, body: { results: [{ pk: "{binding}" }, { pk: "{second}" }] } },
  },
  {
    shows: "a binding binds something",
    needs: "the provider plugin's errors",
    ask: "POST policies/bindings/",
    body: { target: "{application}", order: 5 },
    expect: { status: 400, body: { non_field_errors: ["One of 'group', 'policy', 'user' must be set."] } },
  },
  {
    shows: "a binding binds one thing",
    needs: "the provider plugin's errors",
    ask: "POST policies/bindings/",
    body: { target: "{application}", order: 5, group: "{writers}", user: "{ci}" },
    expect: {
      status: 400,
      body: { non_field_errors: ["Only one of 'group', 'policy', 'user' can be set."] },
    },
  },
  {
    shows: "an application's slug is no target",
    needs: "PolicyBinding.target is application.uuid, not application.id",
    ask: "POST policies/bindings/",
    body: { target: "{ns}", order: 5, group: "{writers}" },
    expect: { status: 400, body: { target: ["“{ns}” is not a valid UUID."] } },
  },
  {
    shows: "a target that does not exist is refused in a filter",
    needs: "that a filter which narrows nothing is noticed",
    ask: `GET policies/bindings/?target=${ABSENT}`,
    expect: { status: 400, keys: "target" },
    compare: "shape",
  },
];

const EXECUTOR = "/api/v3/flows/executor/{ns}/?query=";
const CI = browser("ci");
const OTHER = browser("another account");
const DENIED = browser("an account that is not bound");
const AUTHORIZE =
  `/application/o/authorize/?client_id={ns}&redirect_uri=${encodeURIComponent(CALLBACK)}` +
  "&response_type=code&scope=openid+email+profile&state=the-state&nonce=the-nonce";
const FORM = { "content-type": "application/x-www-form-urlencoded" };
const REDEEM = `grant_type=authorization_code&redirect_uri=${encodeURIComponent(CALLBACK)}&code={code}`;

/** A flow's answer to a failed login, whatever was wrong. */
const FAILED = { non_field_errors: [{ string: "Failed to authenticate.", code: "invalid" }] };

/** @param errors all of them; if left out, any errors */
const askedAgain = (shows: string, body: Readonly<Record<string, unknown>>, errors?: object): Fact => ({
  shows,
  needs: "the error of a login that fails",
  ask: `POST ${EXECUTOR}`,
  as: CI,
  body,
  expect: {
    status: 200,
    body: { component: "ak-stage-identification", ...(errors && { response_errors: errors }) },
    ...(!errors && { keys: "response_errors" }),
  },
  compare: "status",
});

const LOGIN: readonly Fact[] = [
  {
    shows: "a client's discovery has the issuer with its slash at the end",
    needs: "zot's issuer, and npm run verify",
    ask: "GET /application/o/{ns}/.well-known/openid-configuration",
    as: NOBODY,
    expect: {
      status: 200,
      body: {
        issuer: "{url}/application/o/{ns}/",
        authorization_endpoint: "{url}/application/o/authorize/",
        token_endpoint: "{url}/application/o/token/",
        userinfo_endpoint: "{url}/application/o/userinfo/",
        jwks_uri: "{url}/application/o/{ns}/jwks/",
      },
    },
    compare: "status",
  },
  {
    shows: "an unknown client has no discovery",
    needs: "npm run verify: the issuer",
    ask: "GET /application/o/{ns}-none/.well-known/openid-configuration",
    as: NOBODY,
    expect: { status: 404 },
    compare: "status",
  },
  {
    shows: "a client with a key pair publishes one key",
    needs: "npm run verify: the issuer",
    ask: "GET /application/o/{ns}/jwks/",
    as: NOBODY,
    expect: { status: 200, body: { keys: [{ kty: "RSA", alg: "RS256", use: "sig" }] } },
    compare: "status",
  },
  {
    shows: "authorize leads whoever is not logged in to the login, with the way back",
    needs: "zot's login",
    ask: `GET ${AUTHORIZE}`,
    as: browser("stranger"),
    headers: { accept: "text/html" },
    expect: { status: 302, headers: { type: "text/html" } },
    compare: "status",
  },
  {
    shows: "CI's flow asks for a user name, and takes the password with it",
    needs: "the login of CI's account",
    ask: `GET ${EXECUTOR}`,
    as: CI,
    expect: { status: 200, body: { component: "ak-stage-identification", password_fields: true } },
    compare: "status",
  },
  askedAgain(
    "a wrong password comes back as the same question, with errors",
    { component: "ak-stage-identification", uid_field: "{ns}-ci", password: "wrong" },
    FAILED,
  ),
  askedAgain(
    "an unknown user name comes back as the same question, in the same words",
    { component: "ak-stage-identification", uid_field: "{ns}-nobody", password: "wrong" },
    FAILED,
  ),
  askedAgain("nothing at all comes back as the same question, with errors", {}),
  askedAgain("another stage's answer comes back as the same question, with errors", {
    component: "ak-stage-password",
    password: "{password}",
  }),
  {
    shows: "a browser that is not logged in is told nothing of users: 403",
    needs: "that a login stage which was skipped is noticed",
    ask: "GET /api/v3/core/users/me/",
    as: CI,
    expect: { status: 403 },
  },
  {
    shows: "the key of another account's app password",
    needs: "the next facts",
    ask: "GET core/tokens/{ns}-other/view_key/",
    keep: { others: "key" },
    expect: { status: 200 },
  },
  {
    shows: "another account's app password is right as well",
    needs: "that nobody but CI's account gets a session by CI's flow",
    ask: `POST ${EXECUTOR}`,
    as: OTHER,
    body: { component: "ak-stage-identification", uid_field: "{ns}-other", password: "{others}" },
    expect: { status: 302 },
  },
  {
    shows: "its flow ends as if it were logged in",
    needs: "that a login stage which was skipped is noticed",
    ask: `GET ${EXECUTOR}`,
    as: OTHER,
    expect: { status: 200 },
  },
  {
    shows: "it has no session",
    needs: "that nobody but CI's account gets a session by CI's flow",
    ask: "GET /api/v3/core/users/me/",
    as: OTHER,
    expect: { status: 403 },
  },
  {
    shows: "the other account is let through by the login stage's binding",
    needs: "the next facts",
    ask: "POST policies/bindings/",
    body: { target: "{session}", user: "{other}", order: 1 },
    expect: { status: 201 },
  },
  {
    shows: "then its app password opens the flow",
    needs: "the next facts",
    ask: `POST ${EXECUTOR}`,
    as: DENIED,
    body: { component: "ak-stage-identification", uid_field: "{ns}-other", password: "{others}" },
    expect: { status: 302 },
  },
  {
    shows: "and the flow ends in a redirect",
    needs: "the next facts",
    ask: `GET ${EXECUTOR}`,
    as: DENIED,
    expect: { status: 200, body: { component: "xak-flow-redirect" } },
  },
  {
    shows: "whoever no binding lets in is denied with a page: 200",
    needs: "the error of a login that is denied",
    ask: `GET ${AUTHORIZE}`,
    as: DENIED,
    headers: { accept: "text/html" },
    expect: { status: 200, headers: { type: "text/html" } },
    compare: "status",
  },
  {
    shows: "the right app password leads to the flow itself",
    needs: "the login of CI's account",
    ask: `POST ${EXECUTOR}`,
    as: CI,
    body: { component: "ak-stage-identification", uid_field: "{ns}-ci", password: "{password}" },
    expect: { status: 302 },
  },
  {
    shows: "the flow ends in a redirect",
    needs: "the login of CI's account",
    ask: `GET ${EXECUTOR}`,
    as: CI,
    expect: { status: 200, body: { component: "xak-flow-redirect", to: "/" } },
  },
  {
    shows: "the browser is CI's account's now",
    needs: "that a login stage which was skipped is noticed",
    ask: "GET /api/v3/core/users/me/",
    as: CI,
    expect: { status: 200, body: { user: { username: "{ns}-ci" } } },
    compare: "shape",
  },
  {
    shows: "whoever is logged in answers a flow with Django's token alone",
    needs: "the header X-authentik-CSRF of a login that asks for consent, or sets up a second factor",
    ask: `POST ${EXECUTOR}`,
    as: CI,
    body: { component: "ak-stage-identification", uid_field: "{ns}-ci", password: "{password}" },
    expect: { status: 200, body: { component: "ak-stage-flow-error" } },
  },
  {
    shows: "authorize gives a browser that is logged in its code at once",
    needs: "zot's login without a page",
    ask: `GET ${AUTHORIZE}`,
    as: CI,
    headers: { accept: "text/html" },
    keep: { code: "location.code" },
    expect: { status: 302 },
  },
  {
    shows: "a code is worth an ID token with the groups, and no email address of a service account",
    needs: "zot's user name and groups",
    ask: "POST /application/o/token/",
    as: { kind: "basic", user: "{ns}", password: "{secret}" },
    headers: FORM,
    body: REDEEM,
    keep: { access: "access_token" },
    expect: {
      status: 200,
      body: {
        token_type: "Bearer",
        access_token: { claims: { azp: "{ns}", scope: "email openid profile" } },
        id_token: {
          claims: {
            iss: "{url}/application/o/{ns}/",
            aud: "{ns}",
            nonce: "the-nonce",
            preferred_username: "{ns}-ci",
            groups: ["{ns}-writers"],
            email: "",
          },
        },
      },
    },
  },
  {
    shows: "a code is worth something once",
    needs: "zot's login",
    ask: "POST /application/o/token/",
    as: { kind: "basic", user: "{ns}", password: "{secret}" },
    headers: FORM,
    body: REDEEM,
    expect: { status: 400, body: { error: "invalid_grant" } },
    compare: "status",
  },
  {
    shows: "a wrong client secret gets nothing",
    needs: "zot's login",
    ask: "POST /application/o/token/",
    as: { kind: "basic", user: "{ns}", password: "wrong" },
    headers: FORM,
    body: REDEEM,
    expect: { status: 400, body: { error: "invalid_client" } },
    compare: "status",
  },
  {
    shows: "user info is told to whoever has the access token",
    needs: "zot's groups",
    ask: "GET /application/o/userinfo/",
    as: { kind: "bearer", token: "{access}" },
    expect: { status: 200, body: { preferred_username: "{ns}-ci", groups: ["{ns}-writers"] } },
  },
  ...PAGE_FACTS,
  {
    shows: "a redirect URI that is not the client's is refused with a page",
    needs: "the error for a registryUrl that is not the provider's",
    ask: `GET ${AUTHORIZE.replace("registry.example.org", "other.example.org")}`,
    as: CI,
    headers: { accept: "text/html" },
    expect: { status: 400, headers: { type: "text/html" } },
    compare: "status",
  },
  {
    shows: "authorize gives a code for offline access as well, without consent",
    needs: "zot's login: its scopes may be given",
    ask: `GET ${AUTHORIZE.replace("email+profile", "offline_access")}`,
    as: CI,
    headers: { accept: "text/html" },
    keep: { code: "location.code" },
    expect: { status: 302 },
  },
  {
    shows: "offline access is not given by a provider without the mapping of its scope",
    needs: "zot's login: its scopes may be given",
    ask: "POST /application/o/token/",
    as: { kind: "basic", user: "{ns}", password: "{secret}" },
    headers: FORM,
    body: REDEEM,
    expect: { status: 200 },
  },
  {
    shows: "before 2026.5 an app password is worth an ID token without the client's secret",
    needs: "what docs/operations.md says of CI's app password",
    ask: "POST /application/o/token/",
    as: NOBODY,
    only: ["2025.10", "2026.2"],
    headers: FORM,
    body: "grant_type=client_credentials&client_id={ns}&username={ns}-ci&password={password}&scope=openid+profile",
    expect: {
      status: 200,
      body: { id_token: { claims: { preferred_username: "{ns}-ci", groups: ["{ns}-writers"] } } },
    },
  },
  {
    shows: "end-session leads to the flow that ends a login",
    needs: "the way out that discovery names",
    ask: "GET /application/o/{ns}/end-session/",
    as: CI,
    headers: { accept: "text/html" },
    expect: { status: 302, headers: { type: "text/html" } },
    compare: "status",
  },
  {
    shows: "a provider may have no key pair",
    needs: "the next fact",
    ask: "PATCH providers/oauth2/{provider}/",
    body: { signing_key: null },
    expect: { status: 200, body: { signing_key: null } },
  },
  {
    shows: "then it publishes no keys, and zot can check nothing",
    needs: "authentik.signingKey is declared",
    ask: "GET /application/o/{ns}/jwks/",
    as: NOBODY,
    expect: { status: 200, body: {} },
  },
  {
    shows: "a provider may have a login flow of its own",
    needs: "a client that somebody set up by hand: its login is not the default one",
    ask: "PATCH providers/oauth2/{provider}/",
    body: { authentication_flow: "{flow}" },
    expect: { status: 200, body: { authentication_flow: "{flow}" } },
  },
  {
    shows: "authorize leads whoever is not logged in to the provider's own login flow",
    needs: "a client that somebody set up by hand: its login is not the default one",
    ask: `GET ${AUTHORIZE}`,
    as: browser("another stranger"),
    headers: { accept: "text/html" },
    expect: { status: 302, headers: { type: "text/html" } },
    compare: "status",
  },
  {
    shows: "an account that is switched off gets no session",
    needs: "the hint about an inactive account",
    ask: "PATCH core/users/{ci}/",
    body: { is_active: false },
    expect: { status: 200, body: { is_active: false } },
  },
  {
    shows: "its app password leads to the flow itself",
    needs: "the hint about an inactive account",
    ask: `POST ${EXECUTOR}`,
    as: browser("late"),
    body: { component: "ak-stage-identification", uid_field: "{ns}-ci", password: "{password}" },
    expect: { status: 302 },
  },
  {
    shows: "its flow ends at a refusal",
    needs: "the hint about an inactive account",
    ask: `GET ${EXECUTOR}`,
    as: browser("late"),
    expect: { status: 200, body: { component: "ak-stage-access-denied" } },
    compare: "status",
  },
  {
    shows: "sessions of an account that is switched off are over",
    needs: "what switching off CI's account does",
    ask: "GET /api/v3/core/users/me/",
    as: CI,
    expect: { status: 403 },
  },
];

const ENDS: readonly Fact[] = [
  {
    shows: "an object is deleted with 204",
    needs: "a destroy",
    ask: "DELETE policies/bindings/{second}/",
    expect: { status: 204, body: null },
  },
  {
    shows: "what is deleted is 404",
    needs: "a refresh that drops what somebody deleted",
    ask: "GET policies/bindings/{second}/",
    expect: { status: 404, body: { detail: "No PolicyBinding matches the given query." } },
  },
  {
    shows: "an application goes by its slug",
    needs: "a destroy",
    ask: "DELETE core/applications/{ns}/",
    expect: { status: 204, body: null },
  },
  {
    shows: "bindings go with their application",
    needs: "a destroy that finds its bindings gone",
    ask: "GET policies/bindings/{binding}/",
    expect: { status: 404 },
  },
  {
    shows: "a provider outlives its application",
    needs: "adoption: a provider without an application",
    ask: "GET providers/oauth2/{provider}/",
    expect: { status: 200, body: { assigned_application_slug: "{any}" } },
  },
];

export const CLIENT_FACTS: readonly Fact[] = [
  ...FLOWS,
  ...CLIENT,
  ...BINDINGS,
  ...READ_FACTS,
  ...UPDATE_FACTS,
  ...ONE_OBJECT_FACTS,
  ...LOGIN,
  ...BLUEPRINT_FACTS,
  ...PEOPLE_FACTS,
  ...ENDS,
  ...DELETE_FACTS,
];
