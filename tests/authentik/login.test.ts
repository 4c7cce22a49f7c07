import {
  AccessDenied,
  AuthorizationRefused,
  ForeignRedirect,
  LoginError,
  LoginTimedOut,
  NotTheUser,
  RegistryRefused,
  UnexpectedAnswer,
  UnexpectedStage,
  Unreachable,
  WrongCredentials,
} from "../../authentik/errors";
import { logInToRegistry, type RegistryLogin } from "../../authentik/login";
import { type Authentik, startAuthentik } from "../../rehearsal/authentik";
import { Api, type Declared, declareRegistry, TOKEN } from "../rehearsal/authentik/client";
import { type LoginRegistry, startLoginRegistry } from "./registry";

let authentik: Authentik;
let registry: LoginRegistry;
let declared: Declared;
let api: Api;

async function start(options: { alwaysShowFlow?: boolean; provider?: Record<string, unknown> } = {}) {
  authentik = await startAuthentik({
    bootstrapToken: TOKEN,
    alwaysShowFlow: options.alwaysShowFlow ?? false,
    people: [{ username: "ana", password: "ana's password", groups: ["admins"], mfaCode: "123456" }],
  });
  registry = await startLoginRegistry();
  declared = await declareRegistry(authentik, registry.url, options.provider);
  registry.client = { issuer: `${authentik.url}/application/o/zot/`, ...declared };
  api = new Api(authentik.url);
}

afterEach(async () => {
  await Promise.all([authentik.stop(), registry.stop()]);
});

const logIn = (changes: Partial<RegistryLogin> = {}) =>
  logInToRegistry({
    registryUrl: registry.url,
    authentikUrl: authentik.url,
    flowSlug: declared.flowSlug,
    username: "zot-ci",
    password: declared.appPassword,
    ...changes,
  });

/** What the login failed with; it must be one of its own errors and must not hold what is secret. */
async function failure(changes: Partial<RegistryLogin> = {}): Promise<LoginError> {
  const error: unknown = await logIn(changes).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof LoginError)) throw new Error(`expected a LoginError, got ${String(error)}`);
  for (const secret of [changes.password ?? declared.appPassword, declared.clientSecret, "?", "code="]) {
    expect(error.message).not.toContain(secret);
  }
  expect(error.hint).not.toBe("");
  return error;
}

test("gives the session of the service account, with its groups", async () => {
  await start();
  const { cookie } = await logIn();
  const session = /session=([^;]+)/.exec(cookie)?.[1] ?? "";
  expect(registry.sessions.get(session)).toMatchObject({
    preferred_username: "zot-ci",
    groups: ["artifact-workloads"],
  });
  expect(cookie).not.toContain("authentik");
});

test("passes an authorization flow that shows its page", async () => {
  await start({ alwaysShowFlow: true });
  await expect(logIn()).resolves.toHaveProperty("cookie");
  expect(
    authentik.requests.some(({ path }) => path.endsWith("/default-provider-authorization-implicit-consent/")),
  ).toBe(true);
});

test("gives consent where the provider asks for it", async () => {
  await start();
  const consent = await api.only("flows/instances/?slug=default-provider-authorization-explicit-consent");
  await api.patch(`providers/oauth2/${declared.provider}/`, { authorization_flow: consent["pk"] });
  await expect(logIn()).resolves.toHaveProperty("cookie");
});

test.each(["identification and password in one stage", "a password stage of its own"])("%s", async (name) => {
  await start();
  if (name.startsWith("a password")) {
    const identification = await api.only("stages/identification/?name=zot-ci+identification");
    const password = await api.only("stages/password/?name=zot-ci+app+password");
    await api.put(`stages/identification/${String(identification["pk"])}/`, {
      ...identification,
      password_stage: null,
    });
    const { pk } = await api.only("flows/instances/?slug=zot-ci-authentication");
    await api.create("flows/bindings/", { target: pk, stage: password["pk"], order: 20 });
  }
  await expect(logIn()).resolves.toHaveProperty("cookie");
  await expect(failure({ password: "wrong" })).resolves.toBeInstanceOf(WrongCredentials);
});

test("a wrong password", async () => {
  await start();
  await expect(failure({ password: "not the app password" })).resolves.toBeInstanceOf(WrongCredentials);
});

test("an account that is not there", async () => {
  await start();
  await expect(failure({ username: "nobody" })).resolves.toBeInstanceOf(WrongCredentials);
});

test("another account passes the flow and gets no session", async () => {
  await start();
  const { pk } = await api.create("core/users/", { username: "other", name: "", type: "service_account" });
  await api.create("core/tokens/", {
    identifier: "other",
    user: pk,
    intent: "app_password",
    expiring: false,
  });
  const password = (await api.get("core/tokens/other/view_key/")).body["key"] as string;
  const error = await failure({ username: "other", password });
  expect(error).toBeInstanceOf(NotTheUser);
  expect(error).toMatchObject({ expected: "other", actual: undefined });
});

test("an account that was switched off", async () => {
  await start();
  await api.patch(`core/users/${declared.ciUser}/`, { is_active: false });
  await expect(failure()).resolves.toBeInstanceOf(NotTheUser);
});

test("the application's bindings deny the account", async () => {
  await start();
  await api.patch(`core/users/${declared.ciUser}/`, { groups: [] });
  await expect(failure()).resolves.toBeInstanceOf(AccessDenied);
});

test("a flow that a policy denies", async () => {
  await start();
  const { pk } = await api.only("flows/instances/?slug=zot-ci-authentication");
  await api.create("policies/bindings/", { target: pk, group: declared.writers, order: 0 });
  await expect(failure()).resolves.toBeInstanceOf(AccessDenied);
});

test("a flow that asks for a second factor", async () => {
  await start();
  const error = await failure({
    flowSlug: "default-authentication-flow",
    username: "ana",
    password: "ana's password",
  });
  expect(error).toBeInstanceOf(UnexpectedStage);
  expect(error).toMatchObject({ component: "ak-stage-authenticator-validate" });
});

test("a flow that is not there", async () => {
  await start();
  const error = await failure({ flowSlug: "no-such-flow" });
  expect(error).toBeInstanceOf(UnexpectedAnswer);
  expect(error.message).toContain("/api/v3/flows/executor/no-such-flow/");
});

test("a flow that starts over for ever", async () => {
  await start();
  const { pk } = await api.only("flows/instances/?slug=zot-ci-authentication");
  const binding = (
    (await api.get(`flows/bindings/?target=${String(pk)}`)).body["results"] as { pk: string }[]
  )[0];
  await api.patch(`flows/bindings/${binding?.pk ?? ""}/`, { invalid_response_action: "restart" });
  await expect(failure({ password: "wrong" })).resolves.toBeInstanceOf(UnexpectedStage);
});

test("a provider without grant types", async () => {
  await start({ provider: { grant_types: undefined } });
  const error = await failure();
  expect(error).toBeInstanceOf(AuthorizationRefused);
  expect(error.message).toContain("grant types");
});

test("another redirect URI than the registry's", async () => {
  await start({
    provider: {
      redirect_uris: [
        { matching_mode: "strict", url: "https://registry.example.org/zot/auth/callback/oidc" },
      ],
    },
  });
  await expect(failure()).resolves.toBeInstanceOf(AuthorizationRefused);
});

test("a registry with another client secret", async () => {
  await start();
  registry.client = {
    issuer: `${authentik.url}/application/o/zot/`,
    clientId: "zot",
    clientSecret: "another",
  };
  const error = await failure();
  expect(error).toBeInstanceOf(RegistryRefused);
  expect(error).toMatchObject({ status: 401 });
});

test("a registry that runs without OIDC", async () => {
  await start();
  registry.client = undefined;
  const error = await failure();
  expect(error).toBeInstanceOf(RegistryRefused);
  expect(error.message).toContain("fallback");
});

test.each(["http://localhost.example:1/steal", "https://127.0.0.1:1/", "data:text/html,x"])(
  "a redirect to %s is not followed",
  async (target) => {
    await start();
    registry.loginRedirect = target;
    const error = await failure();
    expect(error).toBeInstanceOf(ForeignRedirect);
    expect(authentik.requests.some(({ path }) => path === "/application/o/authorize/")).toBe(false);
  },
);

test("no cookie and no code reaches another server on the same host", async () => {
  await start();
  const thief = await startLoginRegistry();
  registry.loginRedirect = `${thief.url}/zot/auth/login`;
  await expect(failure()).resolves.toMatchObject({ target: thief.url });
  await thief.stop();
});

test("a server that never answers ends at the deadline", async () => {
  await start();
  authentik.setFault("hang");
  const error = await failure({ timeoutMs: 200 });
  expect(error).toBeInstanceOf(LoginTimedOut);
  expect(error.message).toContain("200 ms");
});

test("a server that is down", async () => {
  await start();
  authentik.setDown(true);
  await expect(failure()).resolves.toBeInstanceOf(Unreachable);
  authentik.setDown(false);
  await expect(logIn()).resolves.toHaveProperty("cookie");
});

test.each(["bad-gateway", "rubbish"] as const)("a server that answers with %s", async (fault) => {
  await start();
  authentik.setFault(fault);
  await expect(failure()).resolves.toBeInstanceOf(UnexpectedAnswer);
});
