import { type Authentik, startAuthentik } from "../../../rehearsal/authentik";
import { Api, type Declared, declareRegistry, TOKEN } from "./client";

let authentik: Authentik;
let api: Api;
let declared: Declared;

beforeEach(async () => {
  authentik = await startAuthentik({
    bootstrapToken: TOKEN,
    people: [{ username: "ana", password: "ana's password", groups: ["admins"], mfaCode: "123456" }],
  });
  api = new Api(authentik.url);
  declared = await declareRegistry(authentik, "https://registry.example.org");
});

afterEach(() => authentik.stop());

describe("the life of an object", () => {
  test("is created, read, replaced, patched and deleted, each with its status", async () => {
    const made = await api.post("core/groups/", { name: "team", attributes: { a: 1 } });
    expect(made.status).toBe(201);
    const path = `core/groups/${String(made.body["pk"])}/`;
    expect(await api.get(path)).toMatchObject({ status: 200, body: { name: "team", is_superuser: false } });
    expect(await api.put(path, { name: "crew" })).toMatchObject({
      status: 200,
      body: { name: "crew", attributes: { a: 1 } },
    });
    expect(await api.patch(path, { is_superuser: true })).toMatchObject({
      status: 200,
      body: { name: "crew", is_superuser: true },
    });
    expect(await api.delete(path)).toEqual({ status: 204, body: {} });
    const gone = { status: 404, body: { detail: "No Group matches the given query." } };
    expect(await api.get(path)).toEqual(gone);
    expect(await api.delete(path)).toEqual(gone);
  });

  test("a client secret that was left out is made, and kept by updates", async () => {
    expect(declared.clientSecret).toMatch(/^[A-Za-z0-9]{128}$/);
    const path = `providers/oauth2/${declared.provider}/`;
    const { client_secret: _secret, ...rest } = (await api.get(path)).body;
    expect((await api.put(path, rest)).body["client_secret"]).toBe(declared.clientSecret);
  });

  test("renaming a slug moves the address", async () => {
    await api.patch("core/applications/zot/", { slug: "registry" });
    expect((await api.get("core/applications/zot/")).status).toBe(404);
    expect((await api.get("core/applications/registry/")).body["pk"]).toBe(declared.application);
  });
});

describe("membership is one relation", () => {
  const members = async () =>
    (await api.get(`core/groups/${declared.writers}/?include_users=false`)).body["users"] as number[];

  test("declared on the user, it shows on the group", async () => {
    expect(await members()).toEqual([declared.ciUser]);
  });

  test("a group that is replaced without users loses its members", async () => {
    await api.put(`core/groups/${declared.writers}/`, { name: "artifact-workloads" });
    expect(await members()).toEqual([]);
    expect((await api.get(`core/users/${declared.ciUser}/`)).body["groups"]).toEqual([]);
  });

  test("a user who is patched keeps their groups, one who is replaced without them loses them", async () => {
    await api.patch(`core/users/${declared.ciUser}/`, { name: "CI" });
    expect(await members()).toEqual([declared.ciUser]);
    await api.put(`core/users/${declared.ciUser}/`, { username: "zot-ci", name: "CI" });
    expect(await members()).toEqual([]);
  });
});

describe("what a deletion takes with it", () => {
  const bindings = () => authentik.state.policyBindings.size;

  test("an application its bindings, not its provider", async () => {
    const before = bindings();
    await api.delete("core/applications/zot/");
    expect(bindings()).toBe(before - 2);
    const provider = await api.get(`providers/oauth2/${declared.provider}/`);
    expect(provider.body["assigned_application_slug"]).toBeNull();
  });

  test("a provider leaves its application without one", async () => {
    await api.delete(`providers/oauth2/${declared.provider}/`);
    expect((await api.get("core/applications/zot/")).body["provider"]).toBeNull();
  });

  test("a user their tokens and bindings", async () => {
    const before = bindings();
    await api.delete(`core/users/${declared.ciUser}/`);
    expect(bindings()).toBe(before - 1);
    expect((await api.get("core/tokens/zot-ci-app-password/")).status).toBe(404);
  });

  test("a group its bindings, and with them the door: an application without bindings is open", async () => {
    await api.delete(`core/groups/${declared.writers}/`);
    const { body } = await api.get(`policies/bindings/?target=${declared.application}`);
    expect(body["results"]).toHaveLength(1);
  });

  test("a flow its stage bindings and what was bound to them", async () => {
    const before = bindings();
    await api.delete("flows/instances/zot-ci-authentication/");
    expect((await api.get(`flows/bindings/${declared.sessionBinding}/`)).status).toBe(404);
    expect(bindings()).toBe(before - 1);
  });
});
