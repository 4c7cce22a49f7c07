import * as pulumi from "@pulumi/pulumi";
import * as settingsOfRuntime from "@pulumi/pulumi/runtime/settings";
import type { ObservedDirectory } from "../../components/observe-directory";
import type { HostState } from "../../systems/host/types";
import type { scopePrefixes as Prefixes } from "../../components/actions-secrets";
import type { checkRegistry as Check, ZotRegistryArgs } from "../../components/zot-registry";
import { packageOf, START } from "../../systems/pulumi/types";
import { World } from "./world";

jest.mock("../../systems/host/probe", () => ({ probeHost: jest.fn() }));
jest.mock("../../systems/host/payload", () => ({
  applyCommand: (generation: string, version: string) => `apply ${generation} ${version}`,
  applyInput: (_layout: unknown, desired: { config: string; credentials: string }) =>
    desired.config + desired.credentials,
  parseOutcome: () => ({ outcome: "restarted", detail: "" }),
}));
jest.mock("../../components/observe-directory", () => ({
  observeDirectory: (): Promise<ObservedDirectory> =>
    Promise.resolve({
      found: {
        version: "2026.5.6",
        dialect: { grantTypes: true, redirectUriTypes: true },
        id: (kind, name) => (kind === "certificate" ? "signing-key" : `${kind} ${name}`),
        scopeMappings: ["scope-a", "scope-b", "scope-c"],
        provider: undefined,
        application: undefined,
        isOpenToAll: false,
        exists: { flow: false },
        accounts: new Map(),
        orders: [0, 10, 20, 30].map((order) => ({ order, kept: false })),
        staged: false,
      },
      groupsInUse: [],
    }),
}));
/** Clusters that answer after 1Password has been asked, and no sooner. */
let mockClustersAnswer: () => void = () => undefined;
const mockClusters = new Promise<Set<string>>((resolve) => {
  mockClustersAnswer = () => resolve(new Set());
});
jest.mock("../../components/observe-clusters", () => ({ observeClusters: () => mockClusters }));
jest.mock("../../systems/host/drift", () => ({
  ...jest.requireActual<object>("../../systems/host/drift"),
  compareHost: () => ({
    inSync: false,
    generation: "g1",
    consequences: [],
    diff: [],
    report: [],
    warnings: [],
  }),
}));

const settings: Record<string, unknown> = {
  registryUrl: "https://registry.example.org",
  authentik: { url: "https://sso.example.org", token: "op://homelab/authentik/api-token" },
  onepassword: { vaultId: "vg6xf6vvfmoh5hqjjhlhbeoaie", vaultName: "homelab" },
  host: {
    address: "indri",
    user: "operator",
    hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFXlIYrHZ7AMTGTEVOMmvgRu9kB5mBZuGxDAhSfRpnhr",
    configFolder: "/home/operator/.config/zot",
    dataFolder: "/home/operator/zot",
    zotBinary: "/usr/local/bin/zot",
  },
  service: { manager: "systemd", unit: "zot.service" },
  access: {
    roles: [
      { groups: ["admins"], may: ["pull", "push", "overwrite", "delete"], in: ["**"] },
      { groups: ["family"], may: ["pull"], in: ["**"] },
    ],
  },
  pushers: {
    "zot-ci": { group: "artifact-workloads", in: ["blumeops/**"] },
    "cv-ci": { in: ["cv/**"], lifetimeDays: 30, renewAfterDays: 20, oldKey: "revoke" },
  },
  forgejo: {
    url: "https://forge.example.org",
    token: "op://homelab/forgejo/api-token",
    owner: "eblume",
    repositories: [
      {
        name: "blumeops",
        secrets: { ZOT_CI_API_KEY: "key:zot-ci", ARGOCD_AUTH_TOKEN: "op://homelab/forgejo/argocd_token" },
      },
      {
        name: "cv",
        authoritative: true,
        secrets: { Forge_Token: "op://homelab/forgejo/api-token", KEY: "key:cv-ci" },
      },
    ],
    organizations: [{ name: "builders", secrets: { ZOT_CI_API_KEY: "key:zot-ci" } }],
  },
  clusters: [
    { context: "k3s", namespaces: ["builders"], pusher: "zot-ci" },
    { context: "k3s", namespaces: ["cv"], pusher: "cv-ci" },
    { context: "k3s", namespaces: ["ci"], pusher: "zot-ci", externalSecret: { store: "blumeops" } },
  ],
  proof: { admin: { username: "ada", key: "op://homelab/ada/key" } },
};

const observed: HostState = {
  runs: 1,
  zotVersion: "2.1.20",
  serving: true,
  unfinished: false,
  clockSkewSeconds: 0,
};
const world = new World();
world.onCall = (token) => {
  if (token === "onepassword:index/getItem:getItem") mockClustersAnswer();
};
const hooks: string[] = [];

beforeAll(async () => {
  const config = Object.entries(settings).map(([key, value]) => [
    `zot-access:${key}`,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  pulumi.runtime.setAllConfig(Object.fromEntries(config) as Record<string, string>);
  await pulumi.runtime.setMocks(world, "zot-access", "indri", false);
  // The mocked engine knows no hooks; those of the program are tried by tests/components/vault-check.test.ts.
  const registered = (hook: { getName(): string }, done: (error: null) => void) => {
    hooks.push(hook.getName());
    done(null);
  };
  Object.assign(settingsOfRuntime.getMonitor() ?? {}, { registerResourceHook: registered });
  const { probeHost } = jest.requireMock<{ probeHost: jest.Mock }>("../../systems/host/probe");
  probeHost.mockResolvedValue(observed);
  await pulumi.runtime.runInPulumiStack(async () => {
    // Only now: a program is loaded after the mocks are in place.
    await jest.requireActual<() => Promise<unknown>>("../../index")();
    return {};
  });
  await pulumi.runtime.disconnect();
  // It loads every SDK.
});

test("a zot that is too old to be safe is refused before anything is declared", () => {
  const config = { zotVersion: "2.1.14" } as ZotRegistryArgs["config"];
  const ssh = { host: "indri" } as ZotRegistryArgs["ssh"];
  const args = { config, ssh } as Parameters<typeof Check>[0];
  const { checkRegistry } = jest.requireActual<{ checkRegistry: typeof Check }>(
    "../../components/zot-registry",
  );
  expect(() => checkRegistry(args)).toThrow("zot 2.1.14 on indri is older than 2.1.15");
});

test("the provider starts while other systems are asked, and no resource has to wait for it", () => {
  const starts = world.calls.filter(({ token }) => token === START);
  expect(starts.map(({ declared }) => declared.filter((type) => packageOf(type) === "zot-access"))).toEqual([
    [],
  ]);
});

test("the tree reads like the mission", () => {
  const components = world.resources
    .filter(({ type }) => /^zot-access:index:.*[a-z]$/.test(type))
    .map(({ name }) => name);
  expect(components).toEqual(
    expect.arrayContaining([
      "identity",
      "registry",
      "pusher-zot-ci",
      "pusher-cv-ci",
      "actions-secrets",
      "cluster-credentials",
      "access-proof",
      "old-keys-zot-ci",
      "old-keys-cv-ci",
    ]),
  );
});

test("the items of all pushers share their hooks, each of which is a request to the engine", () => {
  expect(hooks.sort()).toEqual(["kept-item-made", "kept-item-there"]);
});

test("each step comes after its dependencies", () => {
  const order = world.names();
  const at = (name: string) => {
    expect(order).toContain(name);
    return order.indexOf(name);
  };
  const steps = [
    "identity-provider",
    "identity-application",
    "identity-allows-artifact-workloads",
    "registry-config",
    "pusher-zot-ci-note",
    "pusher-zot-ci-api-key",
    "pusher-zot-ci-keys",
    "pusher-zot-ci-item",
    "actions-secrets-eblume-blumeops-ZOT_CI_API_KEY",
    "access-proof-matrix",
    "cluster-credentials-k3s/builders/zot-push",
    "old-keys-zot-ci-retired",
  ];
  expect([...steps].sort((left, right) => at(left) - at(right))).toEqual(steps);
});

test("the OIDC client is confidential, strict about its redirect, signed and able to log in", () => {
  expect(world.of("identity-provider")).toMatchObject({
    clientId: "zot",
    clientType: "confidential",
    grantTypes: ["authorization_code", "refresh_token"],
    allowedRedirectUris: [
      {
        matching_mode: "strict",
        url: "https://registry.example.org/zot/auth/callback/oidc",
        redirect_uri_type: "authorization",
      },
    ],
    signingKey: "signing-key",
    propertyMappings: ["scope-a", "scope-b", "scope-c"],
    includeClaimsInIdToken: true,
    authorizationFlow: "flow default-provider-authorization-implicit-consent",
    invalidationFlow: "flow default-provider-invalidation-flow",
  });
  expect(world.of("identity-provider")).not.toHaveProperty("clientSecret");
});

test("exactly the groups of the roles and the pushers may log in", () => {
  expect(world.of("identity-application")).toMatchObject({
    slug: "zot",
    protocolProvider: 7,
    policyEngineMode: "any",
  });
  const bindings = world.resources.filter(({ name }) => name.startsWith("identity-allows-"));
  expect(bindings.map(({ inputs }) => inputs["group"])).toEqual([
    "group admins",
    "group family",
    "id-of-identity-cv-ci",
    "id-of-identity-artifact-workloads",
  ]);
  for (const { inputs } of bindings) {
    expect(inputs).toMatchObject({ target: "uuid-of-identity-application", enabled: true });
  }
  expect(bindings.map(({ inputs }) => inputs["order"])).toEqual([0, 10, 20, 30]);
});

test("membership is declared on the service account, never on the group", () => {
  expect(world.of("identity-zot-ci")).toMatchObject({
    username: "zot-ci",
    type: "service_account",
    groups: ["id-of-identity-artifact-workloads"],
  });
  expect(world.of("identity-artifact-workloads")).toEqual({ name: "artifact-workloads" });
  const [group, account] = world.resources.filter(({ name }) => name === "identity-cv-ci");
  expect(group?.inputs).toEqual({ name: "cv-ci" });
  expect(account?.inputs).toMatchObject({ username: "cv-ci", groups: ["id-of-identity-cv-ci"] });
});

test("one login flow takes app passwords, and gives a session to the pushers alone", () => {
  expect(world.of("identity-login-password")["backends"]).toEqual(["authentik.core.auth.TokenBackend"]);
  expect(world.of("identity-login-identification")).toMatchObject({
    userFields: ["username"],
    passwordStage: "id-of-identity-login-password",
  });
  expect(world.of("identity-login-session")["sessionDuration"]).toBe("minutes=10");
  expect(world.of("identity-login-flow")).toMatchObject({
    slug: "zot-ci-authentication",
    designation: "authentication",
    authentication: "none",
  });
  expect(world.of("identity-login-asks-identification")).toMatchObject({
    target: "uuid-of-identity-login-flow",
    order: 10,
  });
  expect(world.of("identity-login-gives-session")).toMatchObject({
    target: "uuid-of-identity-login-flow",
    order: 100,
    evaluateOnPlan: false,
    reEvaluatePolicies: true,
  });
  const orders = ["zot-ci", "cv-ci"].map((pusher) => {
    const binding = world.of(`identity-login-session-for-${pusher}`);
    expect(binding).toMatchObject({ target: "id-of-identity-login-gives-session", user: 7, enabled: true });
    expect(world.of(`identity-login-app-password-${pusher}`)).toMatchObject({
      identifier: `${pusher}-app-password`,
      intent: "app_password",
      expiring: false,
      retrieveKey: true,
      user: 7,
    });
    return binding["order"];
  });
  // Authentik takes no two of the same, and each stays where it is when others come and go.
  expect(new Set(orders).size).toBe(2);
  expect(world.resources.filter(({ type }) => type.includes("index/flow:Flow"))).toHaveLength(1);
});

test("the push goes to the pinned host, with everything in stdin and nothing logged", () => {
  const push = world.of("registry-config");
  expect(push).toMatchObject({
    connection: {
      host: "indri",
      port: 22,
      user: "operator",
      hostKey: expect.stringMatching(/^ssh-ed25519 /) as string,
    },
    create: "apply g1 2.1.20",
    logging: "none",
    addPreviousOutputInEnv: false,
  });
  expect(push["stdin"]).toContain("client-secret-value");
  expect(push).not.toHaveProperty("triggers");
});

test("by default a destroy sends the host nothing", () => {
  expect(world.of("registry-config")).not.toHaveProperty("delete");
});

test("the key is minted as zot-ci under this stack's label, with the settings' calendar", () => {
  expect(world.of("pusher-zot-ci-api-key")).toMatchObject({
    registryUrl: "https://registry.example.org",
    username: "zot-ci",
    label: "zot-access/indri/zot-ci",
    lifetimeDays: 90,
    renewAfterDays: 60,
    loginFlow: "zot-ci-authentication",
    appPassword: "app-password-value",
  });
  expect(world.of("pusher-cv-ci-api-key")).toMatchObject({
    username: "cv-ci",
    label: "zot-access/indri/cv-ci",
    groups: ["cv-ci"],
    lifetimeDays: 30,
    renewAfterDays: 20,
    loginFlow: "zot-ci-authentication",
  });
});

test("the key is stored in an item of its own, in the vault by id", () => {
  expect(world.of("pusher-zot-ci-item")).toMatchObject({
    vault: "vg6xf6vvfmoh5hqjjhlhbeoaie",
    title: "zot-ci-apikey",
    category: "login",
    username: "zot-ci",
    password: "zak_minted-value",
    tags: ["zot-access", "indri"],
    sectionMap: {
      key: {
        fieldMap: {
          uuid: { type: "STRING", value: "id-of-pusher-zot-ci-api-key" },
          "expires at": { type: "STRING", value: "2026-04-01T00:00:00Z" },
        },
      },
    },
  });
});

test("each repository gets its own secrets, the key of its own pusher among them", () => {
  expect(world.of("actions-secrets-eblume-cv-KEY")).toMatchObject({
    value: "zak_pusher-cv-ci-api-key",
    keyId: "id-of-pusher-cv-ci-api-key",
  });
  expect(world.of("actions-secrets-eblume-blumeops-ZOT_CI_API_KEY")).toMatchObject({
    owner: "eblume",
    repository: "blumeops",
    value: "zak_minted-value",
    token: "forgejo api-token",
  });
  expect(world.of("actions-secrets-eblume-blumeops-ARGOCD_AUTH_TOKEN")["value"]).toBe("forgejo argocd_token");
  expect(world.of("actions-secrets-eblume-cv-FORGE_TOKEN")).toMatchObject({
    name: "FORGE_TOKEN",
    repository: "cv",
  });
});

test("places whose names differ by where a hyphen stands have resources of their own", () => {
  const { scopePrefixes } = jest.requireActual<{ scopePrefixes: typeof Prefixes }>(
    "../../components/actions-secrets",
  );
  const places = [
    { owner: "blume", repository: "ops-cv" },
    { owner: "blume-ops", repository: "cv" },
    { owner: "blume-ops-cv" },
  ];
  expect(scopePrefixes("a", places)).toEqual(["a-blume-ops-cv", "a-blume-ops/cv", "a-orgs/blume-ops-cv"]);
});

test("an organisation gets its secrets, and no repository's", () => {
  const secret = world.of("actions-secrets-builders-ZOT_CI_API_KEY");
  expect(secret).toMatchObject({ owner: "builders", value: "zak_minted-value" });
  expect(secret).not.toHaveProperty("repository");
});

test("each namespace's builders get the key of its pusher, or are told where it is kept", () => {
  const other = world.of("cluster-credentials-k3s/cv/zot-push") as { data: Record<string, string> };
  expect(Buffer.from(other.data[".dockerconfigjson"] ?? "", "base64").toString()).toContain(
    '"registry.example.org":{"username":"cv-ci","password":"zak_pusher-cv-ci-api-key"',
  );
  const { data } = world.of("cluster-credentials-k3s/builders/zot-push") as { data: Record<string, string> };
  const config = Buffer.from(data[".dockerconfigjson"] ?? "", "base64").toString();
  expect(config).toContain('"registry.example.org":{"username":"zot-ci","password":"zak_minted-value"');
  expect(world.of("cluster-credentials-k3s/ci/zot-push")).toMatchObject({
    metadata: { annotations: { "zot-access/key-id": "id-of-pusher-zot-ci-api-key" } },
    spec: {
      secretStoreRef: { name: "blumeops" },
      data: [{ remoteRef: { key: "zot-ci-apikey" } }, { remoteRef: { key: "zot-ci-apikey" } }],
    },
  });
});

test("only an authoritative place loses what nobody declares, by names in upper case", () => {
  const undeclared = world.resources.filter(({ type }) => type === "zot-access:index:UndeclaredSecrets");
  expect(undeclared.map(({ inputs }) => inputs)).toEqual([
    expect.objectContaining({ owner: "eblume", repository: "cv", declared: ["FORGE_TOKEN", "KEY"] }),
  ]);
});

test("old keys go by the settings, and by the label of this stack's keys alone", () => {
  expect(world.of("old-keys-cv-ci-retired")).toMatchObject({
    label: "zot-access/indri/cv-ci",
    oldKey: "revoke",
  });
  expect(world.of("old-keys-zot-ci-retired")).toMatchObject({
    registryUrl: "https://registry.example.org",
    username: "zot-ci",
    key: "zak_minted-value",
    uuid: "id-of-pusher-zot-ci-api-key",
    label: "zot-access/indri/zot-ci",
    oldKey: "grace",
    graceHours: 24,
    former: [{ uuid: "the key before" }],
  });
});

test("each consumer reports which key it holds, so that no key in use is revoked", () => {
  const { holders } = world.of("old-keys-zot-ci-retired") as { holders: { holder: string; uuid: string }[] };
  const uuid = "id-of-pusher-zot-ci-api-key";
  expect(holders).toEqual([
    { holder: "1Password", uuid },
    { holder: "id-of-actions-secrets-eblume-blumeops-ZOT_CI_API_KEY and 1 more", uuid },
    { holder: "the access proof", uuid },
    { holder: "k3s/builders/zot-push and 1 more", uuid },
  ]);
  const other = world.of("old-keys-cv-ci-retired") as { holders: { holder: string; uuid: string }[] };
  const own = "id-of-pusher-cv-ci-api-key";
  expect(other.holders).toEqual([
    { holder: "1Password", uuid: own },
    { holder: "id-of-actions-secrets-eblume-cv-KEY", uuid: own },
    { holder: "the access proof", uuid: own },
    { holder: "k3s/cv/zot-push", uuid: own },
  ]);
});

test("each 1Password item is read once, however many references point at it", () => {
  const items = world.calls
    .filter(({ token }) => token.includes("getItem"))
    .map(({ inputs }) => String(inputs["title"]))
    // The mocked engine says of nothing that it was made, so that what was made is looked for by its id.
    .filter((title) => !title.startsWith("uuid-of-"));
  expect([...items].sort()).toEqual(["ada", "authentik", "cv-ci-apikey", "forgejo", "zot-ci-apikey"]);
});

test("the proof asks with every credential that is known", () => {
  const matrix = world.of("access-proof-matrix");
  expect(matrix).toMatchObject({
    zotVersion: "2.1.20",
    pushers: [
      { name: "cv-ci", groups: ["cv-ci"], scratchRepository: "cv/access-proof" },
      { name: "zot-ci", groups: ["artifact-workloads"], scratchRepository: "blumeops/access-proof" },
    ],
    keyId: "id-of-pusher-cv-ci-api-key,id-of-pusher-zot-ci-api-key",
  });
  expect(matrix["identities"]).toEqual([
    { name: "anonymous", groups: [] },
    { name: "cv-ci", username: "cv-ci", password: "zak_pusher-cv-ci-api-key", groups: ["cv-ci"] },
    { name: "zot-ci", username: "zot-ci", password: "zak_minted-value", groups: ["artifact-workloads"] },
    { name: "admin", username: "ada", password: "ada key", groups: ["admins"] },
  ]);
});
