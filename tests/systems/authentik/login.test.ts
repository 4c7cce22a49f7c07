import {
  AccessDenied,
  NotTheUser,
  UnexpectedAnswer,
  UnexpectedStage,
  WrongCredentials,
} from "../../../systems/authentik/errors";
import { startWorld, type World } from "./world";

let world: World;

afterEach(() => world.stop());

test("gives the session of the service account, with its groups", async () => {
  world = await startWorld();
  const { cookie } = await world.logIn();
  const session = /session=([^;]+)/.exec(cookie)?.[1] ?? "";
  expect(world.registry.sessions.get(session)).toMatchObject({
    preferred_username: "zot-ci",
    groups: ["artifact-workloads"],
  });
  expect(cookie).not.toContain("authentik");
});

test("passes an authorization flow that shows its page", async () => {
  world = await startWorld({ alwaysShowFlow: true });
  await expect(world.logIn()).resolves.toHaveProperty("cookie");
  expect(
    world.authentik.requests.some(({ path }) =>
      path.endsWith("/default-provider-authorization-implicit-consent/"),
    ),
  ).toBe(true);
});

test("gives consent where the provider asks for it", async () => {
  world = await startWorld();
  const consent = await world.api.only(
    "flows/instances/?slug=default-provider-authorization-explicit-consent",
  );
  await world.api.patch(`providers/oauth2/${world.declared.provider}/`, {
    authorization_flow: consent["pk"],
  });
  await expect(world.logIn()).resolves.toHaveProperty("cookie");
});

test.each(["identification and password in one stage", "a password stage of its own"])("%s", async (name) => {
  world = await startWorld();
  if (name.startsWith("a password")) {
    const identification = await world.api.only("stages/identification/?name=zot-ci+identification");
    const password = await world.api.only("stages/password/?name=zot-ci+app+password");
    await world.api.put(`stages/identification/${String(identification["pk"])}/`, {
      ...identification,
      password_stage: null,
    });
    const { pk } = await world.api.only("flows/instances/?slug=zot-ci-authentication");
    await world.api.create("flows/bindings/", { target: pk, stage: password["pk"], order: 20 });
  }
  await expect(world.logIn()).resolves.toHaveProperty("cookie");
  await expect(world.failure({ password: "wrong" })).resolves.toBeInstanceOf(WrongCredentials);
});

test("a wrong password", async () => {
  world = await startWorld();
  await expect(world.failure({ password: "not the app password" })).resolves.toBeInstanceOf(WrongCredentials);
});

test("an account that is not there", async () => {
  world = await startWorld();
  await expect(world.failure({ username: "nobody" })).resolves.toBeInstanceOf(WrongCredentials);
});

test("another account, for whom the login stage is left out, gets no session", async () => {
  world = await startWorld();
  const { pk } = await world.api.create("core/users/", {
    username: "other",
    name: "",
    type: "service_account",
  });
  await world.api.create("core/tokens/", {
    identifier: "other",
    user: pk,
    intent: "app_password",
    expiring: false,
  });
  const password = (await world.api.get("core/tokens/other/view_key/")).body["key"] as string;
  const error = await world.failure({ username: "other", password });
  expect(error).toBeInstanceOf(NotTheUser);
  expect(error.message).toContain("other");
  expect(error.hint).toContain("that stage's binding");
});

test("an account that was switched off", async () => {
  world = await startWorld();
  await world.api.patch(`core/users/${world.declared.ciUser}/`, { is_active: false });
  const failure = await world.failure();
  expect(failure).toBeInstanceOf(AccessDenied);
  expect(String(failure)).toContain("whether the account is disabled");
});

test("the application's bindings deny the account", async () => {
  world = await startWorld();
  await world.api.patch(`core/users/${world.declared.ciUser}/`, { groups: [] });
  await expect(world.failure()).resolves.toBeInstanceOf(AccessDenied);
});

test("a flow that a policy denies", async () => {
  world = await startWorld();
  const { pk } = await world.api.only("flows/instances/?slug=zot-ci-authentication");
  await world.api.create("policies/bindings/", { target: pk, group: world.declared.writers, order: 0 });
  await expect(world.failure()).resolves.toBeInstanceOf(AccessDenied);
});

test("a flow that asks for a second factor", async () => {
  world = await startWorld();
  const error = await world.failure({
    flowSlug: "default-authentication-flow",
    username: "ana",
    password: "ana's password",
  });
  expect(error).toBeInstanceOf(UnexpectedStage);
  expect(error).toMatchObject({ component: "ak-stage-authenticator-validate" });
});

test("a flow that is not there", async () => {
  world = await startWorld();
  const error = await world.failure({ flowSlug: "no-such-flow" });
  expect(error).toBeInstanceOf(UnexpectedAnswer);
  expect(error.message).toContain("/api/v3/flows/executor/no-such-flow/");
});

test("a flow that starts over instead of complaining gets the password once", async () => {
  world = await startWorld();
  const { pk } = await world.api.only("flows/instances/?slug=zot-ci-authentication");
  const binding = (
    (await world.api.get(`flows/bindings/?target=${String(pk)}`)).body["results"] as { pk: string }[]
  )[0];
  await world.api.patch(`flows/bindings/${binding?.pk ?? ""}/`, { invalid_response_action: "restart" });
  await expect(world.failure({ password: "wrong" })).resolves.toBeInstanceOf(WrongCredentials);
  expect(
    world.authentik.requests.filter(({ method, path }) => method === "POST" && path.includes("/executor/")),
  ).toHaveLength(1);
});
