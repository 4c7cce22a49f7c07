import type { Fact } from "../fact";

/*
 * The rest of the life of each declared object, in the requests of the provider plugin: it reads an object by its
 * address, replaces it completely, and deletes it. A second deletion finds nothing, which counts as success in a
 * destroy.
 */
const REPLACED = "an update: the provider plugin replaces an object whole";
const READ = "a refresh: the provider plugin's client requires these keys";
const STAGE = "pk name component verbose_name verbose_name_plural meta_model_name flow_set";

/** Replaced, and read again: properties that were left out do not keep their old values. */
const replaced = (what: string, path: string, body: object, keys: string): readonly Fact[] => [
  {
    shows: `${what} is replaced whole`,
    needs: REPLACED,
    ask: `PUT ${path}`,
    body,
    expect: { status: 200, keys },
  },
  { shows: `${what} is read after it`, needs: READ, ask: `GET ${path}`, expect: { status: 200, keys } },
];

export const UPDATE_FACTS: readonly Fact[] = [
  ...replaced(
    "a group",
    "core/groups/{writers}/?include_users=false",
    { name: "{ns}-writers", is_superuser: false, users: ["{ci}"], attributes: { by: "{ns}" } },
    "pk num_pk name roles_obj users_obj",
  ),
  ...replaced(
    "a user",
    "core/users/{ci}/",
    {
      username: "{ns}-ci",
      name: "{ns} again",
      type: "service_account",
      is_active: true,
      path: "users",
      groups: ["{writers}"],
      attributes: {},
    },
    "pk username name date_joined is_superuser groups_obj avatar uid uuid password_change_date last_updated",
  ),
  {
    shows: "a token that is put is replaced whole, and stays its user's",
    needs: "an update of CI's app password",
    ask: "PUT core/tokens/{ns}-app-2/",
    body: {
      identifier: "{ns}-app-2",
      user: "{ci}",
      intent: "app_password",
      expiring: false,
      description: "of {ns}",
    },
    expect: {
      status: 200,
      body: { intent: "app_password", expires: null, expiring: false, user_obj: { username: "{ns}-ci" } },
    },
  },
  {
    shows: "a token that is put without its user becomes the asker's",
    needs: "that an update of CI's app password names its user",
    ask: "PUT core/tokens/{ns}-short/",
    body: { identifier: "{ns}-short", intent: "app_password", expiring: false },
    expect: { status: 200, body: { intent: "app_password", expiring: false } },
    // The user of the comparison's token: every admin has another name.
    compare: "shape",
  },
  {
    shows: "a token that is put without its user is not its user's any more",
    needs: "that an update of CI's app password names its user",
    ask: "GET core/tokens/?identifier={ns}-short&user__username={ns}-ci",
    expect: { status: 200, body: { results: [] } },
  },
  {
    shows: "an end of an app password beyond the longest is refused",
    needs: "expiring: false is declared",
    ask: "POST core/tokens/",
    body: { identifier: "{ns}-late", user: "{ci}", intent: "app_password", expires: "2090-01-01T00:00:00Z" },
    expect: { status: 400, keys: "expires" },
    compare: "shape",
  },
  ...replaced(
    "a provider",
    "providers/oauth2/{provider}/",
    {
      name: "{ns}",
      authorization_flow: "{consent}",
      invalidation_flow: "{invalidation}",
      client_id: "{ns}",
      grant_types: ["authorization_code", "refresh_token"],
      redirect_uris: [
        {
          matching_mode: "strict",
          url: "https://registry.example.org/zot/auth/callback/oidc",
          redirect_uri_type: "authorization",
        },
      ],
      signing_key: "{pair}",
      property_mappings: ["{openid}", "{email}", "{profile}"],
      access_token_validity: "minutes=10",
    },
    "pk name component assigned_application_slug assigned_backchannel_application_slug client_secret meta_model_name",
  ),
  {
    shows: "an address for the end of a session that is none is refused",
    needs: "the provider plugin's errors",
    ask: "PATCH providers/oauth2/{provider}/",
    body: { logout_uri: "nowhere" },
    expect: { status: 400, body: { logout_uri: ["Enter a valid URL."] } },
  },
  ...replaced(
    "an application",
    "core/applications/{ns}/",
    { name: "{ns} again", slug: "{ns}", provider: "{provider}", policy_engine_mode: "any" },
    "pk name slug provider_obj backchannel_providers_obj launch_url",
  ),
  ...replaced(
    "a binding",
    "policies/bindings/{binding}/",
    { target: "{application}", group: "{writers}", order: 5, enabled: true, timeout: 30 },
    "pk policy_obj group_obj user_obj target order",
  ),
  ...replaced(
    "a flow",
    "flows/instances/{ns}/",
    {
      name: "{ns} again",
      slug: "{ns}",
      title: "{ns}",
      designation: "authentication",
      authentication: "none",
    },
    "pk policybindingmodel_ptr_id name slug title designation stages policies cache_count export_url",
  ),
  {
    shows: "a slug may be longer than 255 characters",
    needs: "that the settings, not the server, refuse a slug that is too long",
    ask: "POST flows/instances/",
    body: { name: "{ns}", title: "{ns}", slug: `{ns}-${"s".repeat(260)}`, designation: "authentication" },
    expect: { status: 201 },
  },
  ...replaced(
    "a stage's binding",
    "flows/bindings/{session}/",
    { target: "{flow}", stage: "{login}", order: 100, evaluate_on_plan: false, re_evaluate_policies: true },
    "pk policybindingmodel_ptr_id target stage stage_obj order",
  ),
  ...replaced(
    "an identification stage",
    "stages/identification/{identification}/",
    { name: "{ns} identification", user_fields: ["username"], password_stage: "{passwordStage}" },
    `${STAGE} user_fields password_stage`,
  ),
  ...replaced(
    "a password stage",
    "stages/password/{passwordStage}/",
    {
      name: "{ns} password",
      backends: ["authentik.core.auth.TokenBackend"],
      failed_attempts_before_cancel: 3,
    },
    `${STAGE} backends`,
  ),
  ...replaced(
    "a login stage",
    "stages/user_login/{login}/",
    { name: "{ns} session", session_duration: "minutes=10" },
    `${STAGE} session_duration`,
  ),
  {
    shows: "a user is given a password",
    needs: "users that the rehearsal makes in a real server",
    ask: "POST core/users/{other}/set_password/",
    body: { password: "{ns} of a rehearsal 7!" },
    expect: { status: 204, body: null },
  },
];

const deleted = (what: string, path: string): readonly Fact[] => [
  {
    shows: `${what} is deleted: 204`,
    needs: "a destroy",
    ask: `DELETE ${path}`,
    expect: { status: 204, body: null },
  },
  {
    shows: `${what} that is gone is 404`,
    needs: "that a destroy takes it for done",
    ask: `DELETE ${path}`,
    expect: { status: 404, keys: "detail" },
  },
];

export const DELETE_FACTS: readonly Fact[] = [
  ...deleted("a provider", "providers/oauth2/{provider}/"),
  ...deleted("a stage's binding", "flows/bindings/{session}/"),
  ...deleted("a flow", "flows/instances/{ns}/"),
  ...deleted("an identification stage", "stages/identification/{identification}/"),
  ...deleted("a password stage", "stages/password/{passwordStage}/"),
  ...deleted("a login stage", "stages/user_login/{login}/"),
  ...deleted("a token", "core/tokens/{ns}-app-2/"),
  ...deleted("a user", "core/users/{ci}/"),
  ...deleted("a group", "core/groups/{writers}/"),
];
