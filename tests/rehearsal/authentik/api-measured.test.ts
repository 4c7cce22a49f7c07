import { type Authentik, startAuthentik } from "../../../rehearsal/authentik";
import { Api, type Declared, declareRegistry, TOKEN } from "./client";

/*
 * What a real Authentik 2026.5 answered to requests that were put to both.
 */
let authentik: Authentik;
let api: Api;
let declared: Declared;

beforeEach(async () => {
  authentik = await startAuthentik({
    bootstrapToken: TOKEN,
    people: [{ username: "bob", password: "bob's password" }],
  });
  api = new Api(authentik.url);
  declared = await declareRegistry(authentik, "https://registry.example.org");
});
afterEach(() => authentik.stop());

const send = (method: string, path: string, headers: Record<string, string> = {}, body?: string) =>
  fetch(`${authentik.url}/api/v3/${path}`, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, ...headers },
    ...(body !== undefined && { body }),
  });

describe("HTTP", () => {
  test.each([
    ["PUT", "core/groups/", "GET, POST, HEAD, OPTIONS"],
    ["POST", "core/groups/x/", "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"],
    ["POST", "stages/all/", "GET, HEAD, OPTIONS"],
  ])("%s %s is refused with what is allowed", async (method, path, allowed) => {
    const { headers, status } = await send(method, path, { "content-type": "application/json" }, "{}");
    expect([status, headers.get("allow")]).toEqual([405, allowed]);
  });

  test("what has no address is a page, not JSON", async () => {
    const { headers, status } = await send("GET", "core/nothing/");
    expect([status, headers.get("content-type")]).toEqual([404, expect.stringMatching(/^text\/html/)]);
  });

  test.each([
    [{ accept: "text/html" }, undefined, 406],
    [{ accept: "text/html, */*;q=0.1" }, undefined, 200],
    [{ "content-type": "application/x-www-form-urlencoded" }, "name=team", 415],
  ])("%j with the body %p is answered with %i", async (headers, body, status) => {
    const method = body === undefined ? "GET" : "POST";
    expect((await send(method, "core/groups/", headers as Record<string, string>, body)).status).toBe(status);
  });
});

describe("the order of a binding", () => {
  const bind = (order: number, group: unknown) =>
    api.create("policies/bindings/", { target: declared.application, group, order });
  const TAKEN = { non_field_errors: ["The fields policy, target, order must make a unique set."] };

  test("may be that of another one at first, and cannot be changed to it", async () => {
    const groups = await Promise.all(["a", "b"].map((name) => api.create("core/groups/", { name })));
    const [first, second] = [await bind(7, groups[0]?.["pk"]), await bind(7, groups[1]?.["pk"])];
    const third = await bind(8, declared.writers);
    const path = ({ pk }: Record<string, unknown>) => `policies/bindings/${String(pk)}/`;
    const whole = (row: Record<string, unknown>, order: number) => ({
      target: declared.application,
      group: row["group"],
      order,
    });
    expect(await api.put(path(third), whole(third, 7))).toEqual({ status: 400, body: TAKEN });
    expect((await api.put(path(third), whole(third, 9))).status).toBe(200);
    // One that stays where it is may change.
    expect((await api.put(path(first), { ...whole(first, 7), enabled: false })).status).toBe(200);
    expect((await api.put(path(second), whole(second, 9))).status).toBe(400);
    await api.delete(path(third));
    expect((await api.put(path(second), whole(second, 9))).status).toBe(200);
  });

  test("decides the order of a list, and between equals the key does", async () => {
    for (const table of [authentik.state.policyBindings]) for (const row of table.values()) row.order = 0;
    const { body } = await api.get(`policies/bindings/?target=${declared.application}`);
    const keys = (body["results"] as { pk: string }[]).map(({ pk }) => pk);
    expect(keys).toEqual([...keys].sort());
    expect(keys).toHaveLength(2);
  });
});

describe("filters", () => {
  test.each([
    ["policies/bindings/?target=00000000-0000-4000-8000-000000000000", "target"],
    ["policies/bindings/?target=zot", "target"],
    ["core/users/?type=robot", "type"],
    ["flows/instances/?designation=none", "designation"],
  ])("GET %s is refused", async (path, field) => {
    const { body, status } = await api.get(path);
    expect([status, Object.keys(body)]).toEqual([400, [field]]);
  });

  test("groups_by_pk, is_superuser, user__username and include_groups narrow and shorten", async () => {
    const names = async (path: string, key: string) =>
      ((await api.get(path)).body["results"] as Record<string, unknown>[]).map((row) => row[key]);
    expect(await names(`core/users/?groups_by_pk=${declared.writers}`, "username")).toEqual(["zot-ci"]);
    expect(await names("core/users/?is_superuser=true", "username")).toEqual(["akadmin"]);
    expect(await names("core/groups/?is_superuser=true", "name")).toEqual(["authentik Admins"]);
    expect(await names("core/tokens/?user__username=zot-ci", "identifier")).toEqual(["zot-ci-app-password"]);
    expect((await api.only("core/users/?username=zot-ci&include_groups=false"))["groups_obj"]).toBeNull();
  });
});

describe("tokens", () => {
  const path = "core/tokens/zot-ci-app-password/";
  const admin = () => authentik.state.userByName("akadmin")?.pk;

  test("a PATCH of the description alone makes an app password an API token of whoever sent it", async () => {
    expect((await api.patch(path, { description: "CI" })).body).toMatchObject({
      intent: "api",
      user: admin(),
    });
  });

  test("a PUT without a user gives it to whoever sent it, and nobody can be named in their place", async () => {
    const body = { identifier: "zot-ci-app-password", intent: "app_password", expiring: false };
    const bob = authentik.state.userByName("bob")?.pk;
    expect(await api.put(path, { ...body, user: bob })).toEqual({
      status: 400,
      body: { user: ["User cannot be changed"] },
    });
    expect((await api.put(path, { ...body, user: declared.ciUser })).body).toMatchObject({ expires: null });
    expect((await api.put(path, body)).body).toMatchObject({ user: admin() });
  });

  test("an app password lives half an hour, and no longer by any date", async () => {
    const make = (more: object) =>
      api.post("core/tokens/", { identifier: "t", intent: "app_password", user: declared.ciUser, ...more });
    const late = new Date(Date.now() + 3_600_000).toISOString();
    expect(await make({ expires: late })).toMatchObject({
      status: 400,
      body: { expires: [expect.anything()] },
    });
    const { body } = await make({});
    const minutes = (Date.parse(String(body["expires"])) - Date.now()) / 60_000;
    expect(minutes).toBeGreaterThan(29);
    expect(minutes).toBeLessThanOrEqual(30);
  });
});

test("somebody without rights sees no users, own tokens, and the applications that they may use", async () => {
  const bob = authentik.state.userByName("bob")?.pk;
  await api.create("core/tokens/", { identifier: "bob-api", user: bob, intent: "api" });
  const key = (await api.get("core/tokens/bob-api/view_key/")).body["key"] as string;
  const other = new Api(authentik.url, key);
  const names = async (path: string, name: string) => {
    const { body, status } = await other.get(path);
    return status === 200 ? (body["results"] as Record<string, unknown>[]).map((row) => row[name]) : status;
  };
  await api.create("core/applications/", { name: "Open", slug: "open" });
  expect(await names("core/users/", "username")).toBe(403);
  expect(await names("core/tokens/", "identifier")).toEqual(["bob-api"]);
  expect(await names("core/applications/", "slug")).toEqual(["open"]);
  expect(await names("core/applications/?superuser_full_list=true", "slug")).toEqual(["open"]);
});

test("defaults of a provider, and where an application without an address of its own is launched", async () => {
  const flow = await api.only("flows/instances/?slug=default-provider-invalidation-flow");
  const made = await api.create("providers/oauth2/", {
    name: "p",
    authorization_flow: flow["pk"],
    invalidation_flow: flow["pk"],
    redirect_uris: [{ matching_mode: "strict", url: "https://p.example.org/callback" }],
  });
  expect(made).toMatchObject({ access_token_validity: "hours=1", refresh_token_threshold: "seconds=0" });
  const application = { name: "P", slug: "p", provider: made["pk"] };
  expect(await api.create("core/applications/", application)).toMatchObject({
    launch_url: "https://p.example.org",
  });
});

test("what stands inside of a binding, and in the list of all stages, is the short form", async () => {
  const { body } = await api.get(`policies/bindings/?target=${declared.application}`);
  const [row] = body["results"] as Record<string, Record<string, unknown>>[];
  expect(Object.keys(row?.["group_obj"] ?? {}).sort()).toEqual([
    "attributes",
    "is_superuser",
    "name",
    "num_pk",
    "pk",
  ]);
  const stage = await api.only("stages/all/?name=zot-ci+session");
  expect(Object.keys(stage)).not.toContain("session_duration");
  const path = `flows/bindings/${declared.sessionBinding}/`;
  const bound = { name: "zot-ci session", component: "ak-stage-user-login-form" };
  const binding = (await api.get(path)).body;
  expect(binding["stage_obj"]).toMatchObject(bound);
  // Whoever writes it is told of the base class.
  expect((await api.put(path, binding)).body["stage_obj"]).toMatchObject({ ...bound, component: "" });
});

test("long slugs are taken; a password stage without a backend and an address that is none are not", async () => {
  const slug = "s".repeat(300);
  const flow = { name: "f", title: "f", designation: "authentication", slug };
  expect((await api.post("flows/instances/", flow)).status).toBe(201);
  expect(await api.post("stages/password/", { name: "p", backends: [] })).toEqual({
    status: 400,
    body: { backends: ["This list may not be empty."] },
  });
  expect((await api.patch(`providers/oauth2/${declared.provider}/`, { logout_uri: "nowhere" })).status).toBe(
    400,
  );
});
