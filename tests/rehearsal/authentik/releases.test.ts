import { type Authentik, startAuthentik } from "../../../rehearsal/authentik";
import { FLAVOURS, type Release, RELEASES } from "../../../rehearsal/authentik/flavours";
import { Api, declareRegistry, TOKEN } from "./client";

/*
 * What differs from release to release, by the schemas that Authentik publishes: who asks an older one gets what it knows.
 */
const running: Authentik[] = [];
afterEach(async () => {
  for (const authentik of running.splice(0)) await authentik.stop();
});

async function start(release: Release) {
  const authentik = await startAuthentik({ bootstrapToken: TOKEN, release });
  running.push(authentik);
  const declared = await declareRegistry(authentik, "https://registry.example.org");
  return { api: new Api(authentik.url), authentik, declared };
}

test.each(RELEASES)("%s tells its version to whoever has a token", async (release) => {
  const { api, authentik } = await start(release);
  expect((await api.get("admin/version/")).body["version_current"]).toBe(FLAVOURS[release].version);
  expect((await new Api(authentik.url, null).get("admin/version/")).status).toBe(403);
});

test.each<[Release, boolean]>([
  ["2026.2", false],
  ["2026.5", true],
  ["2026.8", true],
])("%s knows of grant types and of the types of redirect URIs: %p", async (release, known) => {
  const { api, declared } = await start(release);
  const { body } = await api.get(`providers/oauth2/${declared.provider}/`);
  const [uri] = body["redirect_uris"] as object[];
  expect("grant_types" in body).toBe(known);
  expect("redirect_uri_type" in (uri ?? {})).toBe(known);
  const application = (await api.get("core/applications/zot/")).body;
  expect("meta_hide" in application).toBe(known);
});

test("before grant types could be told, what is sent of them is ignored, wrong ones too", async () => {
  const old = await start("2026.2");
  const path = (id: number) => `providers/oauth2/${id}/`;
  const wrong = { grant_types: ["nonsense"] };
  expect((await old.api.patch(path(old.declared.provider), wrong)).status).toBe(200);
  const newer = await start("2026.5");
  expect((await newer.api.patch(path(newer.declared.provider), wrong)).status).toBe(400);
});

test("2025.10 lacks what a newer client requires of a group, an application and a flow", async () => {
  const { api } = await start("2025.10");
  const group = await api.only("core/groups/?name=admins");
  expect(group).toMatchObject({ parent: null, parent_name: null });
  expect(Object.keys(group)).not.toEqual(expect.arrayContaining(["parents_obj"]));
  expect(Object.keys((await api.get("core/applications/zot/")).body)).not.toContain("meta_icon_themed_urls");
  const flow = await api.only("flows/instances/?slug=zot-ci-authentication");
  expect(Object.keys(flow)).not.toContain("background_url");
});

test("a binding of 2026.8 says when it ends, and those before know no end", async () => {
  const ends = async (release: Release) => {
    const { api, declared } = await start(release);
    const { body } = await api.get(`policies/bindings/?target=${declared.application}`);
    return "expires" in ((body["results"] as object[])[0] ?? {});
  };
  expect(await ends("2026.8")).toBe(true);
  expect(await ends("2026.5")).toBe(false);
});
