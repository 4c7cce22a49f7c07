import { type Authentik, startAuthentik } from "../../../rehearsal/authentik";
import { Api, type Declared, declareRegistry, TOKEN } from "./client";

const ABSENT = "00000000-0000-4000-8000-000000000000";

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

const FLOW = { name: "f", slug: "f", title: "F", designation: "authentication" };
const REFUSED: [method: "post" | "patch", path: string, body: unknown, errors: object][] = [
  ["post", "core/groups/", {}, { name: ["This field is required."] }],
  ["post", "core/groups/", [], { non_field_errors: ["Invalid data. Expected a dictionary, but got list."] }],
  ["post", "core/groups/", { name: "admins" }, { name: ["Group with this name already exists."] }],
  ["post", "core/groups/", { name: " " }, { name: ["This field may not be blank."] }],
  [
    "post",
    "core/groups/",
    { name: "g", users: [99] },
    { users: ['Invalid pk "99" - object does not exist.'] },
  ],
  ["post", "core/users/", { name: "x" }, { username: ["This field is required."] }],
  ["post", "core/users/", { username: "zot-ci", name: "" }, { username: ["This field must be unique."] }],
  [
    "post",
    "core/users/",
    { username: "u", name: "", groups: ["admins"] },
    { groups: ["“admins” is not a valid UUID."] },
  ],
  [
    "post",
    "core/users/",
    { username: "u", name: "", type: "robot" },
    { type: ['"robot" is not a valid choice.'] },
  ],
  [
    "post",
    "core/users/",
    { username: "u", name: "", path: "/a" },
    { path: ["No leading or trailing slashes allowed."] },
  ],
  [
    "post",
    "core/tokens/",
    { identifier: "zot-ci-app-password" },
    { identifier: ["Token with this identifier already exists."] },
  ],
  ["post", "core/tokens/", { identifier: "t", intent: "recovery" }, { intent: ["Invalid intent recovery"] }],
  [
    "post",
    "flows/instances/",
    { ...FLOW, slug: "a b" },
    { slug: [expect.stringContaining("Enter a valid “slug”")] },
  ],
  [
    "post",
    "flows/instances/",
    { ...FLOW, slug: "zot-ci-authentication" },
    { slug: ["Flow with this slug already exists."] },
  ],
  [
    "post",
    "flows/instances/",
    { ...FLOW, authentication: "some" },
    { authentication: ['"some" is not a valid choice.'] },
  ],
  [
    "post",
    "flows/bindings/",
    { target: "zot-ci-authentication", stage: ABSENT, order: "x" },
    {
      target: ["“zot-ci-authentication” is not a valid UUID."],
      stage: [`Invalid pk "${ABSENT}" - object does not exist.`],
      order: ["A valid integer is required."],
    },
  ],
  ["post", "stages/password/", { name: "p" }, { backends: ["This field is required."] }],
  [
    "post",
    "stages/password/",
    { name: "p", backends: ["x"] },
    { backends: { 0: ['"x" is not a valid choice.'] } },
  ],
  [
    "post",
    "stages/identification/",
    { name: "i" },
    { non_field_errors: ["When no user fields are selected, at least one source must be selected"] },
  ],
  [
    "post",
    "stages/user_login/",
    { name: "l", session_duration: "10 minutes" },
    { session_duration: ["10 minutes is not in the correct format of 'hours=3;minutes=1'."] },
  ],
  [
    "post",
    "providers/oauth2/",
    { name: "zot", client_id: "zot", grant_types: [], redirect_uris: [{ url: "https://a" }] },
    {
      name: ["provider with this name already exists."],
      client_id: ["OAuth2/OpenID Provider with this Client ID already exists."],
      authorization_flow: ["This field is required."],
      invalidation_flow: ["This field is required."],
      grant_types: ["This list may not be empty."],
      redirect_uris: [{ matching_mode: ["This field is required."] }],
    },
  ],
  [
    "post",
    "core/applications/",
    { name: "A", slug: "zot", provider: 99 },
    {
      slug: ["Application with this slug already exists."],
      provider: ['Invalid pk "99" - object does not exist.'],
    },
  ],
  [
    "post",
    "core/applications/",
    { name: "A", slug: "authorize" },
    { slug: [expect.stringContaining("is reserved")] },
  ],
  [
    "patch",
    "core/applications/zot/",
    { meta_launch_url: "registry" },
    { meta_launch_url: ["Enter a valid URL."] },
  ],
];

test.each(REFUSED)(
  "%s %s %j is refused as Django REST framework refuses it",
  async (method, path, body, errors) => {
    expect(await api[method](path, body)).toEqual({ status: 400, body: errors });
  },
);

describe("a binding", () => {
  const bind = (body: object) =>
    api.post("policies/bindings/", { target: declared.application, order: 5, ...body });

  test("binds exactly one of policy, group and user", async () => {
    const one = "'group', 'policy', 'user'";
    expect((await bind({})).body).toEqual({ non_field_errors: [`One of ${one} must be set.`] });
    expect((await bind({ group: declared.writers, user: declared.ciUser })).body).toEqual({
      non_field_errors: [`Only one of ${one} can be set.`],
    });
    expect((await bind({ user: declared.ciUser })).status).toBe(201);
  });

  test("does not take an application's or a flow's slug for its target", async () => {
    expect((await bind({ target: "zot", group: declared.writers })).body).toEqual({
      target: ["“zot” is not a valid UUID."],
    });
  });

  test("takes the key of a flow from the API, not the one of its base class", async () => {
    const flow = await api.only("flows/instances/?slug=zot-ci-authentication");
    const base = flow["policybindingmodel_ptr_id"];
    expect((await bind({ target: base, group: declared.writers })).status).toBe(400);
    expect((await bind({ target: flow["pk"], group: declared.writers })).status).toBe(201);
  });
});

test("one application a provider", async () => {
  const { body } = await api.post("core/applications/", {
    name: "A",
    slug: "a",
    provider: declared.provider,
  });
  expect(body).toEqual({ provider: ["Application with this provider already exists."] });
});

test("a body that is no JSON, or of another type, is refused", async () => {
  const send = (type: string) =>
    fetch(`${authentik.url}/api/v3/core/groups/`, {
      method: "POST",
      headers: { Authorization: `Bearer ${TOKEN}`, "Content-Type": type },
      body: "{",
    });
  const broken = await send("application/json");
  expect([broken.status, await broken.json()]).toEqual([
    400,
    { detail: expect.stringMatching(/^JSON parse error/) as unknown },
  ]);
  const other = await send("text/plain");
  expect([other.status, await other.json()]).toEqual([
    415,
    { detail: 'Unsupported media type "text/plain" in request.' },
  ]);
});
