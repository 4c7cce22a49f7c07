import { type Authentik, startAuthentik } from "../../../rehearsal/authentik";
import { Api, TOKEN } from "./client";

/* Blueprints over the API, as the stand-in applies them: the tags that Authentik's own files use, in entries that refer to each other. */
let authentik: Authentik;
let api: Api;

beforeEach(async () => {
  authentik = await startAuthentik({ bootstrapToken: TOKEN });
  api = new Api(authentik.url);
});
afterEach(() => authentik.stop());

const CONTENT = `version: 1
metadata: {name: zot}
context: {slug: images}
entries:
  - {model: authentik_blueprints.metaapplyblueprint, attrs: {identifiers: {name: Default}}}
  - {model: authentik_core.group, id: pushers, identifiers: {name: pushers}, attrs: {name: pushers}}
  - model: authentik_core.user
    identifiers: {username: ci}
    attrs: {username: ci, name: CI, type: service_account, groups: [!KeyOf pushers]}
  - model: authentik_providers_oauth2.oauth2provider
    id: client
    identifiers: {name: images}
    attrs:
      name: images
      client_id: !Format ["%s-%s", images, client]
      client_secret: !Env [NO_SUCH_VARIABLE_HERE, of-the-file]
      authorization_flow: !Find [authentik_flows.flow, [slug, default-provider-authorization-implicit-consent]]
      invalidation_flow: !Find [authentik_flows.flow, [slug, default-provider-invalidation-flow]]
      redirect_uris: [{matching_mode: strict, url: "https://registry.example.org/zot/auth/callback/oidc"}]
  - model: authentik_core.application
    id: app
    identifiers: {slug: !Context slug}
    attrs: {name: Images, slug: !Context slug, provider: !KeyOf client}
  - model: authentik_policies.policybinding
    identifiers: {target: !KeyOf app, group: !KeyOf pushers, order: 3}
    attrs: {enabled: true}
`;

async function apply(content: string) {
  const made = await api.create("managed/blueprints/", { name: "zot", content, enabled: true });
  return api.post(`managed/blueprints/${String(made["pk"])}/apply/`, {});
}

test("a blueprint makes what it says, once: a second run changes nothing, and one with state absent takes it away", async () => {
  expect((await apply(CONTENT)).body).toMatchObject({ status: "successful" });
  const { state } = authentik;
  const [application] = state.applications.values();
  const [provider] = state.providers.values();
  expect(application).toMatchObject({ slug: "images", provider: provider?.pk });
  expect(provider).toMatchObject({ client_id: "images-client", client_secret: "of-the-file" });
  const pushers = [...state.groups.values()].find(({ name }) => name === "pushers")?.pk;
  expect(state.userByName("ci")?.groups).toEqual([pushers]);
  expect([...state.policyBindings.values()]).toMatchObject([
    { target: application?.pk, group: pushers, order: 3 },
  ]);
  await apply(CONTENT);
  expect([state.applications.size, state.providers.size, state.policyBindings.size]).toEqual([1, 1, 1]);
  await apply(
    CONTENT.replace("{model: authentik_core.group, id", "{model: authentik_core.group, state: absent, id"),
  );
  expect([...state.groups.values()].some(({ name }) => name === "pushers")).toBe(false);
});

test.each([
  ["a model that is not known", "entries: [{model: authentik_x.y, identifiers: {name: a}}]", "authentik_x.y"],
  [
    "a reference to nothing",
    "entries: [{model: authentik_core.group, attrs: {name: !KeyOf none}}]",
    "refers to none",
  ],
  [
    "what the API refuses",
    "entries: [{model: authentik_core.group, attrs: {is_superuser: true}}]",
    "required",
  ],
  ["no entries", "version: 1", "has no entries"],
  ["another tag", "entries: [{model: !If [a, b, c]}]", "!If"],
])("%s is refused", async (_what, content, message) => {
  const { body, status } = await apply(content);
  expect(status).toBe(400);
  expect(JSON.stringify(body)).toContain(message);
});
