import { type Authentik, startAuthentik } from "../../../rehearsal/authentik";
import { Api, type Declared, declareRegistry, TOKEN } from "./client";

let authentik: Authentik;
let api: Api;
let declared: Declared;

beforeAll(async () => {
  authentik = await startAuthentik({
    bootstrapToken: TOKEN,
    people: [{ username: "ana", password: "ana's password", groups: ["admins"], mfaCode: "123456" }],
  });
  api = new Api(authentik.url);
  declared = await declareRegistry(authentik, "https://registry.example.org");
});

afterAll(() => authentik.stop());

describe("who may ask", () => {
  test.each([
    ["nobody", null, "Authentication credentials were not provided."],
    ["a wrong token", "wrong", "Token invalid/expired"],
  ])("%s is refused", async (_who, token, detail) => {
    const other = new Api(authentik.url, token);
    await expect(other.get("core/users/")).resolves.toEqual({ status: 403, body: { detail } });
  });

  test("an app password is no API token", async () => {
    const other = new Api(authentik.url, declared.appPassword);
    await expect(other.get("core/users/me/")).resolves.toMatchObject({ status: 403 });
  });

  test("a user who is no admin sees themselves and manages nothing", async () => {
    await api.create("core/tokens/", { identifier: "ci-api", user: declared.ciUser, intent: "api" });
    const key = (await api.get("core/tokens/ci-api/view_key/")).body["key"] as string;
    const other = new Api(authentik.url, key);
    expect((await other.get("core/users/me/")).body).toMatchObject({
      user: { username: "zot-ci", groups: [{ name: "artifact-workloads" }] },
    });
    await expect(other.post("core/groups/", { name: "mine" })).resolves.toEqual({
      status: 403,
      body: { detail: "You do not have permission to perform this action." },
    });
  });

  test("an expired token is refused", async () => {
    await api.create("core/tokens/", { identifier: "old", user: declared.ciUser, intent: "app_password" });
    const token = [...authentik.state.tokens.values()].find(({ identifier }) => identifier === "old");
    if (!token) throw new Error("the token was not stored");
    expect(authentik.state.liveToken(token.key, "app_password")).toBe(token);
    token.expires = new Date(Date.now() - 1000).toISOString();
    expect(authentik.state.liveToken(token.key, "app_password")).toBeUndefined();
  });
});

/** shared/facts/authentik.md: a client of the Go kind refuses answers that lack one of these. */
const REQUIRED: [path: string, keys: string][] = [
  [
    "providers/oauth2/?name=zot",
    "pk name component assigned_application_slug assigned_application_name assigned_backchannel_application_slug " +
      "assigned_backchannel_application_name verbose_name verbose_name_plural meta_model_name redirect_uris " +
      "client_id client_secret grant_types signing_key property_mappings authorization_flow invalidation_flow",
  ],
  [
    "core/applications/?slug=zot&superuser_full_list=true",
    "pk provider_obj backchannel_providers_obj launch_url meta_icon_url meta_icon_themed_urls policy_engine_mode",
  ],
  [
    "policies/bindings/?page_size=1",
    "pk policy_obj group_obj user_obj target order negate enabled timeout failure_result",
  ],
  [
    "core/groups/?name=artifact-workloads",
    "pk num_pk parents parents_obj users users_obj roles roles_obj inherited_roles_obj children children_obj attributes",
  ],
  [
    "core/users/?username=zot-ci",
    "pk date_joined is_superuser groups groups_obj roles roles_obj avatar uid uuid password_change_date last_updated " +
      "username name is_active type path email attributes",
  ],
  [
    "core/tokens/?identifier=zot-ci-app-password",
    "pk user_obj identifier intent user description expires expiring",
  ],
  [
    "flows/instances/?slug=zot-ci-authentication",
    "pk policybindingmodel_ptr_id background_url background_themed_urls stages policies cache_count export_url slug",
  ],
  [
    "flows/bindings/?order=100&page_size=1",
    "pk policybindingmodel_ptr_id target stage stage_obj evaluate_on_plan re_evaluate_policies order " +
      "policy_engine_mode invalid_response_action",
  ],
  [
    "stages/identification/?name=zot-ci+identification",
    "pk component flow_set user_fields password_stage sources",
  ],
  [
    "stages/password/?name=zot-ci+app+password",
    "pk component flow_set backends failed_attempts_before_cancel",
  ],
  ["stages/user_login/?name=zot-ci+session", "pk component flow_set session_duration remember_me_offset"],
  [
    "propertymappings/provider/scope/?scope_name=profile",
    "pk name expression component verbose_name verbose_name_plural meta_model_name scope_name managed",
  ],
  [
    "crypto/certificatekeypairs/?name=authentik+Self-signed+Certificate",
    "pk name cert_expiry cert_subject fingerprint_sha1 fingerprint_sha256 private_key_available managed",
  ],
];

test.each(REQUIRED)("GET %s holds every key that clients require", async (path, keys) => {
  const { status, body } = await api.get(path);
  expect(status).toBe(200);
  expect(Object.keys(body).sort()).toEqual(["autocomplete", "pagination", "results"]);
  const [row] = body["results"] as object[];
  expect(Object.keys(row ?? {})).toEqual(expect.arrayContaining(keys.split(" ")));
});

test("no answer holds a password, a code or a token's key", async () => {
  const paths = [
    "core/users/",
    "core/tokens/",
    "core/groups/",
    "policies/bindings/",
    "crypto/certificatekeypairs/",
  ];
  const answers = JSON.stringify(await Promise.all(paths.map((path) => api.get(path))));
  for (const secret of ["ana's password", "123456", declared.appPassword, TOKEN, "PRIVATE KEY"]) {
    expect(answers).not.toContain(secret);
  }
});

describe("lists", () => {
  test("are paged, and an absent page is not found", async () => {
    const { body } = await api.get("flows/instances/?page=2&page_size=2&ordering=slug");
    const total = authentik.state.flows.size;
    expect(body["pagination"]).toEqual({
      next: 3,
      previous: 1,
      count: total,
      current: 2,
      total_pages: Math.ceil(total / 2),
      start_index: 3,
      end_index: 4,
    });
    expect(await api.get("flows/instances/?page=99")).toEqual({
      status: 404,
      body: { detail: "Invalid page." },
    });
  });

  test("an empty one has one page", async () => {
    expect((await api.get("core/groups/?name=none")).body).toEqual({
      pagination: {
        next: 0,
        previous: 0,
        count: 0,
        current: 1,
        total_pages: 1,
        start_index: 0,
        end_index: 0,
      },
      results: [],
      autocomplete: {},
    });
  });

  test.each([
    ["flows/instances/?designation=invalidation", 2],
    ["flows/instances/?search=implicit+consent", 1],
    ["propertymappings/provider/scope/?managed=goauthentik.io/providers/oauth2/scope-email", 1],
    ["core/users/?username=ZOT-CI", 0],
    ["core/users/?search=ZOT", 1],
  ])("GET %s holds %i", async (path, count) => {
    expect((await api.get(path)).body["results"]).toHaveLength(count);
  });

  test("applications show what the asker may use, unless everything is asked for", async () => {
    expect((await api.get("core/applications/")).body["results"]).toHaveLength(0);
    expect((await api.get("core/applications/?superuser_full_list=true")).body["results"]).toHaveLength(1);
  });

  test("members can be left out", async () => {
    expect(await api.only("core/groups/?name=artifact-workloads&include_users=false")).toMatchObject({
      users_obj: null,
    });
  });
});

test("the log of requests holds no query", async () => {
  await api.get("core/users/?username=zot-ci");
  expect(authentik.requests.at(-1)).toEqual({ method: "GET", path: "/api/v3/core/users/", status: 200 });
});
