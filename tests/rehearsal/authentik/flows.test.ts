import { type Authentik, startAuthentik } from "../../../rehearsal/authentik";
import { until } from "../../../rehearsal/host/until";
import { Api, TOKEN } from "./client";
import { Visitor } from "./visitor";

const DEFAULT = "default-authentication-flow";
const IDENTIFY = { component: "ak-stage-identification" };
const ANA = { username: "ana", password: "ana's password", groups: ["admins"], mfaCode: "123456" };

let authentik: Authentik;
let api: Api;
let visitor: Visitor;

beforeEach(async () => {
  authentik = await startAuthentik({
    bootstrapToken: TOKEN,
    people: [ANA, { username: "bob", password: "bob's password" }],
  });
  api = new Api(authentik.url);
  visitor = new Visitor(authentik.url);
});

afterEach(() => authentik.stop());

test("the default flow asks for name, password and second factor, then logs in", async () => {
  expect(await visitor.look(DEFAULT)).toMatchObject({
    component: "ak-stage-identification",
    password_fields: false,
    flow_info: { title: "Welcome to authentik!" },
  });
  expect(await visitor.answer(DEFAULT, { ...IDENTIFY, uid_field: "ana" })).toMatchObject({
    component: "ak-stage-password",
    pending_user: "ana",
  });
  const factor = await visitor.answer(DEFAULT, { component: "ak-stage-password", password: ANA.password });
  expect(factor).toMatchObject({ component: "ak-stage-authenticator-validate", pending_user: "ana" });
  expect(await visitor.whoAmI()).toBeUndefined();
  const end = await visitor.answer(DEFAULT, { component: factor.component, code: ANA.mfaCode });
  expect(end).toEqual({ component: "xak-flow-redirect", to: "/" });
  expect(await visitor.whoAmI()).toBe("ana");
});

test("takes the email address for the name, in any case", async () => {
  await visitor.look(DEFAULT);
  const next = await visitor.answer(DEFAULT, { uid_field: "ANA@example.org" });
  expect(next).toMatchObject({ component: "ak-stage-password", pending_user: "ana" });
});

test.each([
  ["a wrong password", { uid_field: "ana", password: "wrong" }, "Failed to authenticate."],
  ["an unknown name", { uid_field: "eve", password: "wrong" }, "Failed to authenticate."],
  ["no password", { uid_field: "ana" }, "Failed to authenticate."],
  ["no name", {}, "No identification data provided."],
])("%s comes back with the error beside the same challenge", async (_what, body, string) => {
  const stage = await api.only("stages/password/?name=default-authentication-password");
  const identification = await api.only("stages/identification/?name=default-authentication-identification");
  await api.put(`stages/identification/${String(identification["pk"])}/`, {
    ...identification,
    password_stage: stage["pk"],
  });
  await visitor.look(DEFAULT);
  expect(await visitor.answer(DEFAULT, { ...IDENTIFY, ...body })).toMatchObject({
    ...IDENTIFY,
    response_errors: { non_field_errors: [{ string, code: "invalid" }] },
  });
});

test("a wrong second factor comes back, and nobody is logged in", async () => {
  const next = await visitor.logIn("ana", ANA.password, "000000");
  expect(next).toMatchObject({
    component: "ak-stage-authenticator-validate",
    response_errors: { code: [{ code: "invalid" }] },
  });
  expect(await visitor.whoAmI()).toBeUndefined();
});

test.each([
  ["configure", "ak-stage-authenticator-totp", undefined],
  ["deny", "ak-stage-access-denied", undefined],
  // As Authentik ships it: an app password is enough, too.
  ["skip", "xak-flow-redirect", "bob"],
] as const)(
  "somebody without a second factor, where that is to %s, meets %s",
  async (withoutSecondFactor, component, who) => {
    await authentik.stop();
    const people = [{ username: "bob", password: "bob's password" }];
    authentik = await startAuthentik({ bootstrapToken: TOKEN, people, withoutSecondFactor });
    visitor = new Visitor(authentik.url);
    await visitor.look(DEFAULT);
    const next = await visitor.identify(DEFAULT, "bob", "bob's password");
    expect([next.component, await visitor.whoAmI()]).toEqual([component, who]);
  },
);

test("the session gets another key at the login", async () => {
  await visitor.look(DEFAULT);
  const before = await visitor.session();
  await visitor.logIn("ana", ANA.password, ANA.mfaCode);
  const after = await visitor.session();
  expect(before).toBeDefined();
  expect(after).not.toBe(before);
});

test("the end leads to the page that was asked for, never to another server", async () => {
  const query = "next=%2Fapplication%2Fo%2Fauthorize%2F%3Fclient_id%3Dzot";
  await visitor.look(DEFAULT, query);
  await visitor.identify(DEFAULT, "ana", ANA.password, query);
  expect(await visitor.answer(DEFAULT, { code: ANA.mfaCode }, query)).toEqual({
    component: "xak-flow-redirect",
    to: "/application/o/authorize/?client_id=zot",
  });
  // Logged in now, the flow is over before it starts.
  for (const target of ["https://evil.example", "//evil.example"]) {
    await api.patch(`flows/instances/${DEFAULT}/`, { authentication: "require_unauthenticated" });
    expect(await visitor.look(DEFAULT, `next=${encodeURIComponent(target)}`)).toMatchObject({
      component: "ak-stage-access-denied",
      error_message: "Invalid next URL",
    });
  }
});

test("a passed stage answers with an HTTP redirect, or a challenge where the query is encoded otherwise", async () => {
  const body = { ...IDENTIFY, uid_field: "ana", password: ANA.password };
  await visitor.look(DEFAULT);
  const page = await visitor.answerPage(DEFAULT, body);
  expect(page).toMatchObject({ status: 302 });
  expect(page.location?.pathname).toBe(`/api/v3/flows/executor/${DEFAULT}/`);

  const other = new Visitor(authentik.url);
  await other.get(`/api/v3/flows/executor/${DEFAULT}/?query=a%20b`);
  const odd = await fetch(`${authentik.url}/api/v3/flows/executor/${DEFAULT}/?query=a%20b`, {
    method: "POST",
    redirect: "manual",
    headers: {
      "Content-Type": "application/json",
      Cookie: `authentik_session=${(await other.session()) ?? ""}`,
    },
    body: JSON.stringify(body),
  });
  expect([odd.status, await odd.json()]).toEqual([
    200,
    { component: "xak-flow-redirect", to: `/api/v3/flows/executor/${DEFAULT}/?query=a+b` },
  ]);
});

test("another flow drops the one that was under way", async () => {
  await visitor.look(DEFAULT);
  await visitor.answer(DEFAULT, { ...IDENTIFY, uid_field: "ana", password: ANA.password });
  await visitor.look("default-provider-invalidation-flow");
  expect((await visitor.look(DEFAULT)).component).toBe("ak-stage-identification");
});

test("a flow for those who are logged in is denied to others", async () => {
  const next = await visitor.look("default-provider-authorization-explicit-consent");
  expect(next.component).toBe("ak-stage-access-denied");
});

test("a flow whose policy nobody fulfils is denied", async () => {
  const flow = await api.only(`flows/instances/?slug=${DEFAULT}`);
  const admins = await api.only("core/groups/?name=admins");
  await api.create("policies/bindings/", { target: flow["pk"], group: admins["pk"], order: 0 });
  expect((await visitor.look(DEFAULT)).component).toBe("ak-stage-access-denied");
});

test("a stage judged at the plan is left out for whoever is not known yet", async () => {
  const stage = await api.only("stages/user_login/?name=default-authentication-login");
  const binding = await api.only(`flows/bindings/?stage=${String(stage["pk"])}`);
  const admins = await api.only("core/groups/?name=admins");
  await api.create("policies/bindings/", { target: binding["pk"], group: admins["pk"], order: 0 });
  await api.patch(`flows/bindings/${String(binding["pk"])}/`, { evaluate_on_plan: true });
  await visitor.logIn("ana", ANA.password, ANA.mfaCode);
  expect(await visitor.whoAmI()).toBeUndefined();
});

test("a login stage that is judged when it is reached is left out for whom its policy denies: no session", async () => {
  const stage = await api.only("stages/user_login/?name=default-authentication-login");
  const binding = await api.only(`flows/bindings/?stage=${String(stage["pk"])}`);
  const others = await api.only("core/groups/?name=authentik+Admins");
  await api.create("policies/bindings/", { target: binding["pk"], group: others["pk"], order: 0 });
  const end = await visitor.logIn("ana", ANA.password, ANA.mfaCode);
  expect([end.component, await visitor.whoAmI()]).toEqual(["xak-flow-redirect", undefined]);
});

test("too many wrong passwords end the flow", async () => {
  const password = await api.only("stages/password/?name=default-authentication-password");
  await api.patch(`stages/password/${String(password["pk"])}/`, { failed_attempts_before_cancel: 1 });

  await visitor.look(DEFAULT);
  await visitor.answer(DEFAULT, { ...IDENTIFY, uid_field: "ana" });
  const wrong = { component: "ak-stage-password", password: "wrong" };
  expect(await visitor.answer(DEFAULT, wrong)).toMatchObject({
    response_errors: { password: [{ string: "Invalid password", code: "invalid" }] },
  });
  expect((await visitor.answer(DEFAULT, wrong)).component).toBe("ak-stage-access-denied");
});

test("a session ends when its stage says so", async () => {
  const stage = await api.only("stages/user_login/?name=default-authentication-login");
  await api.patch(`stages/user_login/${String(stage["pk"])}/`, { session_duration: "milliseconds=1" });
  await visitor.logIn("ana", ANA.password, ANA.mfaCode);
  await until("the session has ended", async () => (await visitor.whoAmI()) === undefined);
});

test("the executor asks whoever is logged in for a CSRF token, and the flow goes on with the right one", async () => {
  const first = await visitor.answerPage(DEFAULT, IDENTIFY, "", { "X-authentik-CSRF": "wrong" });
  expect(JSON.parse(first.body)).not.toMatchObject({ component: "ak-stage-flow-error" });
  await visitor.logIn("ana", ANA.password, ANA.mfaCode);
  await visitor.look(DEFAULT);
  const wrong = await visitor.answerPage(DEFAULT, IDENTIFY, "", { "X-authentik-CSRF": "wrong" });
  expect(wrong.status).toBe(200);
  expect(JSON.parse(wrong.body)).toEqual({
    component: "ak-stage-flow-error",
    request_id: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
  });
  expect((await visitor.answer(DEFAULT, IDENTIFY)).component).not.toBe("ak-stage-flow-error");
});

test("an answer to another challenge than the one that was asked comes back with what is wrong", async () => {
  await visitor.look(DEFAULT);
  const body = { component: "ak-stage-password", uid_field: "ana", password: ANA.password };
  expect(await visitor.answer(DEFAULT, body)).toMatchObject({
    ...IDENTIFY,
    response_errors: { component: [{ code: "invalid_choice" }] },
  });
});

test("whoever is switched off loses the session, and does not get it back", async () => {
  await visitor.logIn("ana", ANA.password, ANA.mfaCode);
  const ana = authentik.state.userByName("ana")?.pk ?? 0;
  for (const is_active of [false, true]) await api.patch(`core/users/${ana}/`, { is_active });
  expect(await visitor.whoAmI()).toBeUndefined();
});

test("the page of a flow says that this is a rehearsal", async () => {
  const page = await visitor.get(`/if/flow/${DEFAULT}/`);
  expect(page.status).toBe(200);
  expect(page.body).toContain("Rehearsal");
  expect((await visitor.get("/if/flow/none/")).status).toBe(404);
});
