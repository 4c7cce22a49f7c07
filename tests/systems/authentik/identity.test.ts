import * as pulumi from "@pulumi/pulumi";
import { observeDirectory } from "../../../components/observe-directory";
import { lookUpIdentity, type WantedIdentity } from "../../../systems/authentik/identity";
import type { AuthentikNamesError, WantedName } from "../../../systems/authentik/names";
import { AuthentikReader } from "../../../systems/authentik/reader";
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
  { kind: "group", name: "admins", setting: "access.admins[0]" },
  { kind: "certificate", name: "authentik Self-signed Certificate", setting: "authentik.signingKey" },
  {
    kind: "flow",
    name: "default-provider-authorization-implicit-consent",
    setting: "authentik.authorizationFlow",
  },
  { kind: "flow", name: "default-provider-invalidation-flow", setting: "authentik.invalidationFlow" },
  ...["openid", "email", "profile"].map((name) => ({ kind: "scope" as const, name, setting: "oidc.scopes" })),
];

function wanted(names = NAMES, ciUsername = "zot-ci"): WantedIdentity {
  return {
    url: authentik.url,
    names,
    groups: ["admins", "artifact-workloads"],
    scopes: ["openid", "email", "profile"],
    slug: "zot",
    ciUsername,
    settings: { url: "authentik.url", token: "authentik.token", ciUsername: "ciCredential.username" },
  };
}
const look = (more: { names?: readonly WantedName[]; token?: string; ciUsername?: string } = {}) =>
  lookUpIdentity(
    new AuthentikReader(authentik.url, more.token ?? TOKEN),
    wanted(more.names ?? NAMES, more.ciUsername),
  );
async function refusal(more: Parameters<typeof look>[0]): Promise<AuthentikNamesError> {
  return look(more).then(
    () => Promise.reject(new Error("nothing was refused")),
    (error: unknown) => error as AuthentikNamesError,
  );
}

test("every name that is missing is told at once, with its setting and the nearest that exists", async () => {
  const missing: WantedName[] = [
    { kind: "group", name: "admin", setting: "access.admins[0]" },
    { kind: "group", name: "Authentik admin", setting: "access.readers[1]" },
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
    ["access.admins[0]", "admins"],
    ["access.readers[1]", "authentik Admins"],
    ["authentik.signingKey", "authentik Self-signed Certificate"],
    ["authentik.authorizationFlow", "default-provider-authorization-implicit-consent"],
    ["oidc.scopes[2]", "profile"],
    ["proof.admin.username", "ada"],
  ]);
  expect(error.message).toContain('access.admins[0]: there is no group "admin"');
  expect(authentik.requests.every(({ method }) => method === "GET")).toBe(true);
});

test("a stock Authentik has `authentik Admins`, which is the nearest to admins", async () => {
  for (const group of authentik.state.groups.values()) if (group.name === "admins") group.name = "staff";
  const { problems } = await refusal({});
  expect(problems).toMatchObject([
    {
      setting: "access.admins[0]",
      fix: expect.stringMatching(/nearest that exists is "authentik Admins"/) as string,
    },
  ]);
});

test("a token without rights is told which it needs, and one that is not valid that it is not", async () => {
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

test("the mappings stay in their order while they are the right ones, whatever order that is", async () => {
  const { provider } = await declareRegistry(authentik, "https://registry.example.org");
  expect((await look()).mapped).toBe(true);
  const row = authentik.state.providers.get(provider);
  row?.property_mappings.reverse();
  expect((await look()).mapped).toBe(true);
  row?.property_mappings.pop();
  expect((await look()).mapped).toBe(false);
});

test("what does not exist is not left alone", async () => {
  const { exists, orders } = await look();
  expect(Object.values(exists)).not.toContain(true);
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

test("a token of the right identifier that belongs to somebody else is refused, with its owner", async () => {
  const bob = authentik.state.userByName("bob")?.pk ?? 0;
  await api.create("core/tokens/", { identifier: "zot-ci-app-password", intent: "app_password", user: bob });
  expect((await refusal({})).message).toMatch(
    /ciCredential\.username: the token "zot-ci-app-password".* belongs to "bob"/,
  );
});

test("a service account that somebody switched off is noticed", async () => {
  await declareRegistry(authentik, "https://registry.example.org");
  expect((await look()).disabled).toBe(false);
  const account = authentik.state.userByName("zot-ci");
  if (account) account.is_active = false;
  expect((await look()).disabled).toBe(true);
  const warn = jest.spyOn(pulumi.log, "warn").mockResolvedValue();
  await observeDirectory(wanted(), TOKEN);
  expect(warn).toHaveBeenCalledWith(
    expect.stringMatching(/^the service account zot-ci is disabled in Authentik/),
  );
  warn.mockRestore();
});

test("an account whose name is no slug is asked for by the slugs that are made of it", async () => {
  await expect(look({ ciUsername: "ci bot@example.org/ü" })).resolves.toMatchObject({ disabled: false });
  const paths = authentik.requests.map(({ path }) => path);
  expect(paths.filter((path) => /ci-bot-example-org-u-[0-9a-f]{8}-app-password/.test(path))).toHaveLength(1);
});
