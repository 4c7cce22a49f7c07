import { openOnePassword } from "../../../systems/onepassword";
import { AuthentikReader } from "../../../systems/authentik/reader";
import { AUTHENTIK_LOOKUPS } from "../../../commands/adopt/authentik-lookups";
import type { Systems } from "../../../commands/adopt/candidates";
import { ownersOf } from "../../../commands/adopt/owners";
import { type Finding, refuseLosses, survey } from "../../../commands/adopt/survey";
import { ForgejoClient } from "../../../systems/forgejo/forgejo-client";
import { type Authentik, startAuthentik } from "../../../rehearsal/authentik";
import { type BlueprintObjects, plantBlueprint } from "../../../rehearsal/authentik/blueprint";
import { newUuid, removeWhere } from "../../../rehearsal/authentik/store";
import { type Forgejo, startForgejo } from "../../../rehearsal/forgejo";
import { type OnePassword, startOnePassword } from "../../../rehearsal/onepassword";
import { Api } from "../../rehearsal/authentik/client";
import { AUTHENTIK as AUTHENTIK_TYPES } from "../../../systems/pulumi/types";
import { UNKNOWN } from "../../../systems/pulumi/values";
import { program, step } from "./program";

/*
 * What exists already, looked for in the stand-ins of all systems: each resource there, missing, twice, and as another kind.
 */
const TOKEN = "test-token";
const VAULT = "abcdefghijklmnopqrstuvwxyz";
let authentik: Authentik;
let forgejo: Forgejo;
let onepassword: OnePassword;
let objects: BlueprintObjects;
let systems: Systems;

beforeEach(async () => {
  authentik = await startAuthentik({ bootstrapToken: TOKEN });
  forgejo = await startForgejo({ token: TOKEN, owner: "eblume", repositories: ["blumeops"] });
  onepassword = await startOnePassword({ token: TOKEN, vaults: [{ id: VAULT, name: "homelab" }] });
  objects = plantBlueprint(authentik.state, "https://registry.example.org", "client-secret");
  await makeLogin();
  onepassword.add("homelab", {
    title: "zot-ci-apikey",
    fields: [
      { label: "password", value: "zak_x", purpose: "PASSWORD" },
      { label: "rotated by", value: "ada", section: "history" },
    ],
  });
  forgejo.plant("blumeops", "ZOT_CI_API_KEY", "zak_x");
  const secrets = openOnePassword(
    { vaultId: VAULT },
    { OP_CONNECT_HOST: onepassword.url, OP_CONNECT_TOKEN: TOKEN },
  );
  const client = new ForgejoClient(forgejo.url);
  systems = {
    authentik: new AuthentikReader(authentik.url, TOKEN),
    items: (vault, title) => secrets.find(vault, title),
    secretNames: (_url, place) => client.listNames(place, TOKEN),
    kubernetesObject: () => Promise.resolve({ type: "Opaque", managers: ["argocd-controller"] }),
  };
});
afterEach(() => Promise.all([authentik.stop(), forgejo.stop(), onepassword.stop()]));

/** CI's login flow, which a blueprint of the homelab's kind does not make. */
async function makeLogin(): Promise<void> {
  const api = new Api(authentik.url, TOKEN);
  const flow = await api.create("flows/instances/", {
    name: "login",
    slug: "zot-ci-authentication",
    title: "login",
    designation: "authentication",
  });
  const stage = await api.create("stages/password/", {
    name: "zot-ci app password",
    backends: ["authentik.core.auth.TokenBackend"],
  });
  await api.create("flows/bindings/", { target: flow["pk"], stage: stage["pk"], order: 10 });
  await api.create("core/tokens/", {
    identifier: "zot-ci-app-password",
    intent: "app_password",
    user: objects.ciUser.pk,
  });
}

const look = () => survey(program(forgejo.url, VAULT), systems);
const statusesOf = (findings: readonly Finding[]) =>
  Object.fromEntries(findings.map(({ name, status }) => [name, status]));
const ALL_THERE = {
  ...Object.fromEntries(
    [
      "group",
      "provider",
      "application",
      "user",
      "binding",
      "flow",
      "stage",
      "place",
      "token",
      "item",
      "secret",
    ].map((name) => [name, "there"]),
  ),
  deploy: "own",
};

test("every existing object is found by its import id, and nothing is written", async () => {
  const findings = await look();
  expect(statusesOf(findings)).toEqual(ALL_THERE);
  const ids = Object.fromEntries(findings.map(({ name, id }) => [name, id]));
  expect(ids).toMatchObject({
    group: objects.writers.pk,
    provider: String(objects.provider.pk),
    application: "zot",
    user: String(objects.ciUser.pk),
    flow: "zot-ci-authentication",
    token: "zot-ci-app-password",
    secret: `${forgejo.url}/eblume/blumeops/ZOT_CI_API_KEY`,
  });
  expect(ids["item"]).toMatch(new RegExp(`^vaults/${VAULT}/items/[a-z2-7]{26}$`));
  for (const { requests } of [forgejo, onepassword])
    expect(requests.map(({ method }) => method)).not.toContain("PUT");
  expect(findings.find(({ name }) => name === "item")?.remarks.join()).toContain(
    "its history/rotated by would be deleted: move it",
  );
});

test.each<[string, string[], () => void]>([
  ["group", ["binding"], () => authentik.state.groups.delete(objects.writers.pk)],
  ["provider", [], () => authentik.state.providers.delete(objects.provider.pk)],
  ["application", ["binding"], () => authentik.state.applications.delete(objects.application.pk)],
  [
    "user",
    ["token"],
    () => {
      authentik.state.users.delete(objects.ciUser.pk);
      removeWhere(authentik.state.tokens, ({ user }) => user === objects.ciUser.pk);
    },
  ],
  ["binding", [], () => authentik.state.policyBindings.clear()],
  ["flow", ["place"], () => removeWhere(authentik.state.flows, ({ slug }) => slug.startsWith("zot-ci"))],
  ["stage", ["place"], () => removeWhere(authentik.state.stages, ({ name }) => name.startsWith("zot-ci"))],
  ["place", [], () => authentik.state.flowBindings.clear()],
  [
    "token",
    [],
    () => removeWhere(authentik.state.tokens, ({ identifier }) => identifier.startsWith("zot-ci")),
  ],
  ["item", [], () => onepassword.forget("homelab", "zot-ci-apikey")],
  ["secret", [], () => forgejo.forget("blumeops", "ZOT_CI_API_KEY")],
])("a missing %s will be created together with its dependents: %j", async (name, with_, remove) => {
  remove();
  const missing = Object.fromEntries([name, ...with_].map((each) => [each, "missing"]));
  expect(statusesOf(await look())).toEqual({ ...ALL_THERE, ...missing });
});

test("the application's provider is adopted; without an application, two candidates are refused with both ids", async () => {
  const second = { ...objects.provider, pk: 4711, name: "zot (old)" };
  objects.provider.client_id = "zot-2";
  authentik.state.providers.set(second.pk, second);
  const own = (await look()).find(({ name }) => name === "provider");
  expect(own?.id).toBe(String(objects.provider.pk));
  authentik.state.applications.clear();
  const attempt = look();
  await expect(attempt).rejects.toThrow(
    `provider zot (provider) could be any of ${objects.provider.pk} and 4711`,
  );
});

test("an item with user-added fields that cannot be kept is not adopted unless the settings allow it", async () => {
  const findings = await look();
  expect(() => refuseLosses(findings)).toThrow(
    /would delete these user-added fields:\n {2}1Password item zot-ci-apikey: history\/rotated by\n.*--lose-fields/,
  );
  const plan = program(forgejo.url, VAULT);
  const declared = { key: { fieldMap: { uuid: {} } }, history: { fieldMap: { "rotated by": {} } } };
  const item = plan.steps.find(({ urn }) => urn.endsWith("::item"));
  Object.assign(item?.newState?.inputs ?? {}, { sectionMap: declared });
  expect(() => refuseLosses([])).not.toThrow();
  refuseLosses(await survey(plan, systems));
  // Two fields of one name in one section: the provider knows one of them.
  onepassword.forget("homelab", "zot-ci-apikey");
  const fields = ["ada", "bob"].map((value) => ({ label: "rotated by", value, section: "history" }));
  onepassword.add("homelab", { title: "zot-ci-apikey", fields });
  expect(() => refuseLosses(findings)).toThrow("history/rotated by");
  const twice = await survey(plan, systems);
  expect(() => refuseLosses(twice)).toThrow("history/rotated by");
});

test("the binding that lets CI's account into the login is found, by the key that policies know a stage's binding by", async () => {
  const api = new Api(authentik.url, TOKEN);
  const stage = await api.only("stages/password/?name=zot-ci+app+password");
  const { pk: target } = await api.only(`flows/bindings/?stage=${String(stage["pk"])}`);
  const user = objects.ciUser.pk;
  const bound = await api.create("policies/bindings/", { target, user, order: 0 });
  const refer = (property: string) =>
    property === "target" ? String(target) : property === "user" ? user : undefined;
  const lookup = AUTHENTIK_LOOKUPS[AUTHENTIK_TYPES.policyBinding];
  const [planned] = program(forgejo.url, VAULT).steps;
  if (!lookup || !planned) throw new Error("a look-up and a step are needed");
  const found = await lookup.find(
    planned,
    systems,
    refer,
    () => undefined,
    () => [],
  );
  expect(found).toEqual([expect.objectContaining({ id: bound["pk"] })]);
});

test("duplicate bindings, stage bindings and items are reported together", async () => {
  const { policyBindings, flowBindings } = authentik.state;
  for (const table of [policyBindings, flowBindings] as Map<string, { pk: string }>[]) {
    for (const row of [...table.values()]) {
      const pk = newUuid();
      table.set(pk, { ...row, pk });
    }
  }
  onepassword.add("homelab", { title: "zot-ci-apikey", fields: [] });
  const message = await look().then(
    () => "",
    (error: unknown) => String(error),
  );
  for (const name of ["(binding)", "(place)", "(item)"]) expect(message).toContain(`${name} could be any of`);
});

test.each<[string, string, () => void]>([
  ["user", "internal user", () => Object.assign(objects.ciUser, { type: "internal" })],
  [
    "flow",
    "recovery flow",
    () => change(authentik.state.flows, "slug", "zot-ci-authentication", { designation: "recovery" }),
  ],
  [
    "stage",
    "Consent Stage",
    () => change(authentik.state.stages, "name", "zot-ci app password", { kind: "consent" }),
  ],
  [
    "token",
    "api token",
    () => change(authentik.state.tokens, "identifier", "zot-ci-app-password", { intent: "api" }),
  ],
  [
    "token",
    "token of another user",
    () => change(authentik.state.tokens, "identifier", "zot-ci-app-password", { user: objects.member.pk }),
  ],
])("a %s of the right name that is %s is refused with its id", async (name, kind, make) => {
  make();
  await expect(look()).rejects.toThrow(
    new RegExp(`\\(${name}\\) exists as another kind: \\S+ \\(${kind}\\)`),
  );
});

test("an adopted object is not searched for again, and its dependents are found through it", async () => {
  const plan = program(forgejo.url, VAULT);
  const [group, , application] = plan.steps;
  Object.assign(group ?? {}, {
    op: "same",
    oldState: { type: "", id: objects.writers.pk, custom: true },
  });
  Object.assign(application ?? {}, {
    op: "update",
    oldState: {
      type: "",
      id: "zot",
      custom: true,
      outputs: { uuid: objects.application.pk },
    },
  });
  const statuses = statusesOf(await survey(plan, systems));
  expect(statuses).toEqual({ ...ALL_THERE, group: "ours", application: "ours" });
});

test("a blueprint that manages the same objects is named until it is disabled", async () => {
  const [line, ...others] = await ownersOf(await look(), systems);
  expect(line).toMatch(/^blueprint zot writes .*group artifact-workloads.*disable it/);
  expect(line).toContain("application zot");
  expect(line).not.toContain("token");
  expect(others).toEqual([]);
  for (const blueprint of authentik.state.blueprints.values()) blueprint.enabled = false;
  expect(await ownersOf(await look(), systems)).toEqual([]);
});

test("a file blueprint shows no content: each one that Authentik does not ship is named", async () => {
  const [planted] = [...authentik.state.blueprints.values()];
  if (!planted) throw new Error("there is no blueprint");
  authentik.state.blueprints.clear();
  const files: [string, string][] = [
    ["Default - Groups", "default/groups.yaml"],
    ["System - OAuth2 Provider - Scopes", "system/providers-oauth2.yaml"],
    ["apps", "mounted/cm-homelab/apps.yaml"],
    ["zot", "oci://registry.example.org/blueprints/zot:latest"],
  ];
  for (const [name, path] of files)
    authentik.state.blueprints.set(name, { ...planted, pk: newUuid(), name, path, content: "" });
  const lines = await ownersOf(await look(), systems);
  expect(lines).toEqual([
    expect.stringMatching(
      /^blueprint apps \(mounted\/cm-homelab\/apps\.yaml\) may write any adopted object.*check it/,
    ),
    expect.stringMatching(
      /^blueprint zot \(oci:.*may write by its name provider zot, application zot, and any adopted object/,
    ),
  ]);
  expect(await ownersOf([], systems)).toEqual([]);
});

test("a Kubernetes Secret is found by its provider's context; its type is immutable", async () => {
  const plan = program(forgejo.url, VAULT);
  const type = "kubernetes:core/v1:Secret";
  const metadata = { namespace: "ci", name: "zot-push", annotations: { "zot-access/key-id": UNKNOWN } };
  const asked: string[] = [];
  const found = (wanted: string) => {
    const secret = step(type, "cluster-credentials-k3s/ci/zot-push", { metadata, type: wanted });
    // Named after anything: what counts is the context that it is given.
    const provider = step("pulumi:providers:kubernetes", "in-the-cluster", { context: "k3s" });
    Object.assign(secret.newState ?? {}, { provider: `${provider.urn}::id` });
    const cluster: Systems["kubernetesObject"] = (...args) => {
      asked.push(args.join(" "));
      return systems.kubernetesObject(...args);
    };
    return survey({ ...plan, steps: [provider, secret] }, { ...systems, kubernetesObject: cluster });
  };
  expect(await found("Opaque")).toEqual([
    expect.objectContaining({ id: "ci/zot-push", remarks: ["argocd-controller writes to it too"] }),
  ]);
  expect(asked).toEqual(["k3s secret ci zot-push"]);
  await expect(found("kubernetes.io/dockerconfigjson")).rejects.toThrow(
    "ci/zot-push (Secret of the type Opaque)",
  );
});

test("a token without read rights is refused with the rights that it needs", async () => {
  const blind = { ...systems, authentik: new AuthentikReader(authentik.url, "wrong") };
  await expect(survey(program(forgejo.url, VAULT), blind)).rejects.toThrow(
    /answered 40[13]; .*authentik\.token/,
  );
});

function change<Row extends object>(table: Map<string, Row>, key: string, value: string, more: object): void {
  for (const row of table.values()) if (Reflect.get(row, key) === value) Object.assign(row, more);
}
