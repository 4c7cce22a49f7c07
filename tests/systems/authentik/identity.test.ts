import { randomUUID } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { observeDirectory } from "../../../components/observe-directory";
import { lookUpIdentity, type WantedIdentity } from "../../../systems/authentik/identity";
import type { AuthentikNamesError, WantedName } from "../../../systems/authentik/names";
import { clientsOfRegistry, secondClient } from "../../../systems/authentik/client";
import { type AuthentikObjects, AuthentikReader } from "../../../systems/authentik/reader";
import { type Authentik, startAuthentik } from "../../../rehearsal/authentik";
import type { Release } from "../../../rehearsal/authentik/flavours";
import { newToken } from "../../../rehearsal/authentik/api/tokens";
import { Api, declareRegistry, TOKEN } from "../../rehearsal/authentik/client";

/*
 * What the program asks Authentik before it declares anything, of the stand-in: which names are missing, which rights, and what
 * of that which exists stays as it is.
 */
const PEOPLE = [
  { username: "ada", password: "ada's password", groups: ["admins"], mfaCode: "123456" },
  { username: "bob", password: "bob's password" },
];
let authentik: Authentik;
let api: Api;

async function start(release?: Release): Promise<void> {
  authentik = await startAuthentik({ bootstrapToken: TOKEN, people: PEOPLE, ...(release && { release }) });
  api = new Api(authentik.url);
}
beforeEach(() => start());
afterEach(() => authentik.stop());

const NAMES: readonly WantedName[] = [
  { kind: "group", name: "admins", setting: "access.roles[0].groups[0]" },
  { kind: "certificate", name: "authentik Self-signed Certificate", setting: "authentik.signingKey" },
  {
    kind: "flow",
    name: "default-provider-authorization-implicit-consent",
    setting: "authentik.authorizationFlow",
  },
  { kind: "flow", name: "default-provider-invalidation-flow", setting: "authentik.invalidationFlow" },
  ...["openid", "email", "profile"].map((name) => ({ kind: "scope" as const, name, setting: "oidc.scopes" })),
];

function wanted(names = NAMES): WantedIdentity {
  return {
    url: authentik.url,
    names,
    groups: ["admins", "artifact-workloads"],
    scopes: ["openid", "email", "profile"],
    slug: "zot",
    applicationName: "zot registry",
    loginName: "zot-ci",
    pushers: [{ name: "zot-ci", setting: "pushers.zot-ci" }],
    settings: {
      url: "authentik.url",
      token: "authentik.token",
      slug: "authentik.slug",
      clientId: "authentik.clientId",
      providerName: "authentik.providerName",
    },
  };
}
const VIEWING = [
  ...["core.view_application", "core.view_group", "core.view_user", "crypto.view_certificatekeypair"],
  ...["flows.view_flow", "flows.view_flowstagebinding", "policies.view_policybinding"],
  ...["providers_oauth2.view_oauth2provider", "providers_oauth2.view_scopemapping"],
];
interface Asking extends Partial<
  Pick<WantedIdentity, "slug" | "clientId" | "providerName" | "pushers" | "groups">
> {
  readonly names?: readonly WantedName[];
  readonly token?: string;
}
const look = ({ names, token, ...more }: Asking = {}) =>
  lookUpIdentity(new AuthentikReader(authentik.url, token ?? TOKEN), { ...wanted(names), ...more });
async function refusal(more: Parameters<typeof look>[0]): Promise<AuthentikNamesError> {
  return look(more).then(
    () => Promise.reject(new Error("nothing was refused")),
    (error: unknown) => error as AuthentikNamesError,
  );
}

test("all missing names are reported together, each with its setting and the nearest existing name", async () => {
  const missing: WantedName[] = [
    { kind: "group", name: "admin", setting: "access.roles[0].groups[0]" },
    { kind: "group", name: "Authentik admin", setting: "access.roles[1].groups[1]" },
    { kind: "certificate", name: "authentik self-signed", setting: "authentik.signingKey" },
    {
      kind: "flow",
      name: "default-provider-authorization-implicit",
      setting: "authentik.authorizationFlow",
    },
    { kind: "scope", name: "profil", setting: "oidc.scopes[2]" },
    { kind: "user", name: "Ada", setting: "proof.admin.username" },
  ];
  const error = await refusal({ names: [...NAMES, ...missing] });
  expect(error.problems.map(({ fix, setting }) => [setting, /"([^"]*)"/.exec(fix)?.[1]])).toEqual([
    ["access.roles[0].groups[0]", "admins"],
    ["access.roles[1].groups[1]", "authentik Admins"],
    ["authentik.signingKey", "authentik Self-signed Certificate"],
    ["authentik.authorizationFlow", "default-provider-authorization-implicit-consent"],
    ["oidc.scopes[2]", "profile"],
    ["proof.admin.username", "ada"],
  ]);
  expect(error.message).toContain('access.roles[0].groups[0]: there is no group "admin"');
  expect(authentik.requests.every(({ method }) => method === "GET")).toBe(true);
});

test("a stock Authentik has `authentik Admins`, which is the nearest to admins", async () => {
  for (const group of authentik.state.groups.values()) if (group.name === "admins") group.name = "staff";
  const { problems } = await refusal({});
  expect(problems).toMatchObject([
    {
      setting: "access.roles[0].groups[0]",
      fix: expect.stringMatching(/nearest that exists is "authentik Admins"/) as string,
    },
  ]);
});

test("a token without rights is refused with the rights that it needs, and an invalid one as invalid", async () => {
  const bob = authentik.state.userByName("bob")?.pk ?? 0;
  const token = { ...newToken(bob), identifier: "bob-api", key: "bobs-token", expiring: false };
  authentik.state.tokens.set(token.pk, token);
  const { message } = await refusal({ token: "bobs-token" });
  for (const right of ["authentik_core.view_group", "authentik_flows.view_flow", "authentik_core.view_user"])
    expect(message).toContain(right);
  expect(message).not.toContain("bobs-token");
  expect((await refusal({ token: "nonsense" })).message).toContain(
    "authentik.token: the token is not valid, or",
  );
});

test("a token that may view everything but is no superuser's is refused while an app password is to be made, or is hidden", async () => {
  const role = { pk: randomUUID(), name: "viewers", permissions: VIEWING.map((each) => `authentik_${each}`) };
  authentik.state.roles.set(role.pk, role);
  const bob = authentik.state.userByName("bob");
  if (!bob) throw new Error("bob is missing");
  bob.roles = [role.pk];
  const token = { ...newToken(bob.pk), identifier: "bob-api", key: "bobs-token", expiring: false };
  authentik.state.tokens.set(token.pk, token);
  const hint = /authentik\.token: its user "bob" is not a superuser.*"zot-ci"[^]*authentik Admins/;
  expect((await refusal({ token: "bobs-token" })).message).toMatch(hint);
  await declareRegistry(authentik, "https://registry.example.org");
  // It is there, and bob is told 404.
  expect((await refusal({ token: "bobs-token" })).message).toMatch(hint);
  role.permissions.push("authentik_core.view_token");
  expect((await look({ token: "bobs-token" })).accounts.get("zot-ci")).toMatchObject({ token: true });
});

test("a certificate without a private key signs nothing, and is refused by its name", async () => {
  for (const pair of authentik.state.keyPairs.values()) pair.withoutPrivateKey = true;
  expect((await refusal({})).message).toContain("authentik.signingKey: the certificate");
});

test("an Authentik whose answers the provider plugin cannot read is refused by its release", async () => {
  await authentik.stop();
  await start("2025.10");
  expect((await refusal({})).message).toMatch(/authentik\.url: it is Authentik 2025\.10\.4.*\n.*2025\.12/);
});

test.each<[Release, boolean]>([
  ["2026.2", false],
  ["2026.5", true],
  ["2026.8", true],
])(
  "%s is given what it knows, before it has a provider by its release, then by the provider: %p",
  async (release, known) => {
    await authentik.stop();
    await start(release);
    const dialect = { grantTypes: known, redirectUriTypes: known };
    expect((await look()).dialect).toEqual(dialect);
    await declareRegistry(authentik, "https://registry.example.org");
    expect((await look()).dialect).toEqual(dialect);
    // A proxy that keeps the version back.
    jest.spyOn(AuthentikReader.prototype, "one").mockImplementation(() => Promise.resolve(undefined));
    try {
      expect((await look()).dialect).toEqual(dialect);
    } finally {
      jest.restoreAllMocks();
    }
  },
);

test.each<[Release, string, boolean]>([
  ["2026.2", "2026.5.0-rc1", false],
  ["2026.5", "2026.5.0-rc2", true],
  ["2026.5", "2026.4.0-dev", true],
])(
  "%s that calls itself %s is given what another provider of it shows: %p",
  async (release, version, known) => {
    await authentik.stop();
    await start(release);
    const { provider } = await declareRegistry(authentik, "https://other.example.org");
    Object.assign(authentik.state.providers.get(provider) ?? {}, { name: "other", client_id: "other" });
    const reader = new AuthentikReader(authentik.url, TOKEN);
    const objects: AuthentikObjects = {
      list: (path, query) => reader.list(path, query),
      one: (path) =>
        path === "admin/version/" ? Promise.resolve({ version_current: version }) : reader.one(path),
    };
    const { dialect, provider: own } = await lookUpIdentity(objects, { ...wanted(), slug: "registry" });
    expect(own).toBeUndefined();
    expect(dialect).toEqual({ grantTypes: known, redirectUriTypes: known });
  },
);

const REGISTRY = "https://registry.example.org";
const ELSEWHERE = "https://elsewhere.example.org/";

test("the client is the provider that the application has, whatever its name and its client id are", async () => {
  const { provider } = await declareRegistry(authentik, REGISTRY);
  const wizard = { name: "Provider for Zot", client_id: "kR7vQ2mXw9LzT4bNcY8p" };
  Object.assign(authentik.state.providers.get(provider) ?? {}, wizard);
  // Somebody's second try, which no application uses.
  await api.create("providers/oauth2/", {
    ...(await api.get(`providers/oauth2/${provider}/`)).body,
    name: "zot",
    client_id: "zot",
  });
  const found = await look();
  expect(found.provider).toMatchObject({ pk: provider, name: wizard.name, clientId: wizard.client_id });
  expect(found.application).toEqual({ slug: "zot", name: "Registry", launchUrl: "" });
  expect((await refusal({ clientId: "zot" })).message).toMatch(
    /authentik\.clientId: the provider "zot" \(client id "zot"\) has it already/,
  );
});

test("a provider that belongs to another application is no new one's, and the slug to write is told", async () => {
  await declareRegistry(authentik, REGISTRY, { name: "zot-registry", client_id: "images" });
  for (const more of [{ clientId: "images" }, { providerName: "zot-registry" }])
    expect((await refusal({ slug: "images-2", ...more })).message).toMatch(
      /authentik\.slug: it is the provider "zot-registry" .* of the application "zot".*\n.*set authentik\.slug: zot;/,
    );
  const reader = new AuthentikReader(authentik.url, TOKEN);
  const callbackUrl = `${REGISTRY}/zot/auth/callback/oidc`;
  for (const [known, slug, isSecond] of [
    [{ clientIds: ["images"], callbackUrl: ELSEWHERE, names: [] }, "registry", true],
    [{ clientIds: [], callbackUrl, names: [] }, "registry", true],
    [{ clientIds: ["images"], callbackUrl, names: [] }, "zot", false],
    [{ clientIds: ["other"], callbackUrl: ELSEWHERE, names: ["registry of others"] }, "registry", false],
    // Nothing but its name tells what it is for.
    [{ clientIds: [], callbackUrl: ELSEWHERE, names: ["REGISTRY"] }, "images", true],
  ] as const) {
    const problem = secondClient(await clientsOfRegistry(reader, known), { ...wanted(), slug });
    expect(problem?.problem.includes('client id "images"') ?? false).toBe(isSecond);
  }
});

test("an application with a provider of another kind is refused", async () => {
  const { provider } = await declareRegistry(authentik, REGISTRY);
  jest.spyOn(AuthentikReader.prototype, "one").mockImplementation(async function (
    this: AuthentikReader,
    path: string,
  ) {
    return path.startsWith("providers/oauth2/") ? undefined : (await api.get(path)).body;
  });
  try {
    expect(provider).toBeGreaterThan(0);
    expect((await refusal({})).message).toMatch(
      /authentik\.slug: the application "zot" has a provider that is no/,
    );
  } finally {
    jest.restoreAllMocks();
  }
});

test("defaults need not exist where the provider has another value", async () => {
  const { provider } = await declareRegistry(authentik, REGISTRY);
  const names: WantedName[] = [
    { kind: "flow", name: "gone", setting: "authentik.authorizationFlow", unless: "authorizationFlow" },
  ];
  await look({ names: [...NAMES, ...names] });
  authentik.state.providers.delete(provider);
  expect((await refusal({ names: [...NAMES, ...names] })).message).toContain('there is no flow "gone"');
});

test("an application to which nobody is bound is open to all", async () => {
  expect((await look()).isOpenToAll).toBe(false);
  await declareRegistry(authentik, REGISTRY);
  expect((await look()).isOpenToAll).toBe(false);
  // Somebody switched them off: who was meant to log in is known, and is shown as a change.
  for (const bound of authentik.state.policyBindings.values()) bound.enabled = false;
  expect((await look()).isOpenToAll).toBe(false);
  authentik.state.policyBindings.clear();
  expect((await look()).isOpenToAll).toBe(true);
});

test("a missing object is not left unmanaged", async () => {
  const { exists, orders } = await look();
  expect(Object.values(exists)).not.toContain(true);
  expect(await look()).toMatchObject({ provider: undefined, application: undefined });
  expect(orders).toEqual([
    { order: 0, kept: false },
    { order: 10, kept: false },
  ]);
  await declareRegistry(authentik, "https://registry.example.org");
  const found = await look();
  expect(Object.values(found.exists)).not.toContain(false);
  expect(found.staged).toBe(true);
  // Both have the order 0 there.
  expect(found.orders).toEqual([
    { order: 0, kept: true },
    { order: 0, kept: true },
  ]);
});

test("a person who has a pusher's name is refused, and would lose groups and type otherwise", async () => {
  const admin = new Api(authentik.url, TOKEN);
  const named = (username: string, type: string) =>
    admin.create("core/users/", { username, name: username, type });
  await named("bea", "internal");
  await named("guest", "external");
  await named("outpost", "service_account");
  // Authentik's API makes nobody one (UserSerializer.validate_type); its worker does.
  Object.assign(authentik.state.userByName("outpost") ?? {}, { type: "internal_service_account" });
  await named("bot", "service_account");
  const pushers = ["bea", "guest", "outpost", "bot"].map((name) => ({ name, setting: `pushers.${name}` }));
  const { problems } = await refusal({ pushers });
  expect(problems.map(({ setting, problem }) => [setting, /of the type \w+/.exec(problem)?.[0]])).toEqual([
    ["pushers.bea", "of the type internal"],
    ["pushers.guest", "of the type external"],
    ["pushers.outpost", "of the type internal_service_account"],
  ]);
  expect(problems[0]?.fix).toContain("make its type Service account");
  await expect(look({ pushers: pushers.slice(3) })).resolves.toBeDefined();
});

test("a token of the right identifier that belongs to somebody else is refused, with its owner", async () => {
  const bob = authentik.state.userByName("bob")?.pk ?? 0;
  await api.create("core/tokens/", { identifier: "zot-ci-app-password", intent: "app_password", user: bob });
  expect((await refusal({})).message).toMatch(
    /pushers\.zot-ci: the token "zot-ci-app-password".* belongs to "bob"/,
  );
});

test("a disabled service account is noticed", async () => {
  await declareRegistry(authentik, "https://registry.example.org");
  expect((await look()).accounts.get("zot-ci")).toEqual({ user: true, token: true, disabled: false });
  const account = authentik.state.userByName("zot-ci");
  if (account) account.is_active = false;
  expect((await look()).accounts.get("zot-ci")?.disabled).toBe(true);
  const warn = jest.spyOn(pulumi.log, "warn").mockResolvedValue();
  await observeDirectory(wanted(), TOKEN, []);
  expect(warn).toHaveBeenCalledWith(
    expect.stringMatching(/^the service account zot-ci is disabled in Authentik/),
  );
  warn.mockRestore();
});

test("the accounts of many pushers cost a list each for users and tokens, whoever else there is", async () => {
  const admin = new Api(authentik.url, TOKEN);
  const account = async (username: string, type: string) => {
    const { pk } = await admin.create("core/users/", { username, name: username, type });
    await admin.create("core/tokens/", {
      identifier: `${username}-app-password`,
      intent: "app_password",
      user: pk,
      expiring: false,
    });
  };
  const names = ["one", "two", "three", "four", "five"];
  for (const name of names.slice(0, 3)) await account(name, "service_account");
  // Made by somebody, and a pusher all the same.
  await account("four", "internal");
  const before = authentik.requests.length;
  const { accounts } = await look({ pushers: names.map((name) => ({ name, setting: `pushers.${name}` })) });
  const there = { user: true, token: true, disabled: false };
  expect(names.map((name) => accounts.get(name))).toEqual([
    ...[there, there, there, there],
    { user: false, token: false, disabled: false },
  ]);
  const asked = authentik.requests
    .slice(before)
    .filter(({ path }) => /core\/(users|tokens)\/(?!me\/)/.test(path));
  // Both lists, the user that is no service account, and both of the one that is not there.
  expect(asked).toHaveLength(5);
});

test("what groups are bound with is told by the bindings, without a request for each group", async () => {
  const groups = ["admins", ...Array.from({ length: 8 }, (_, at) => `group-${at}`)];
  await look({ groups });
  expect(authentik.requests.filter(({ path }) => path.includes("core/groups/")).length).toBeLessThan(4);
});

test("an account whose name is no slug is looked up by its derived slugs", async () => {
  await expect(
    look({ pushers: [{ name: "ci bot@example.org/ü", setting: "pushers" }] }),
  ).resolves.toMatchObject({
    accounts: new Map([["ci bot@example.org/ü", { user: false, token: false, disabled: false }]]),
  });
  const paths = authentik.requests.map(({ path }) => path);
  expect(paths.filter((path) => /ci-bot-example-org-u-[0-9a-f]{8}-app-password/.test(path))).toHaveLength(1);
});
