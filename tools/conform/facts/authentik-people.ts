import { type Asker, browser, type Fact } from "../fact";

/*
 * How a person logs in by the default flow as Authentik ships it: the user name, the password on a page of its own, and a second factor
 * once there is one. A server whose default flow was changed differs here.
 */
const LOGIN = "/api/v3/flows/executor/default-authentication-flow/?query=";
const SET_UP = "/api/v3/flows/executor/default-authenticator-totp-setup/?query=";
const PERSON = browser("a person");
const AGAIN = browser("the person again");
const THIRD = browser("the person a third time");
const UNKNOWN = browser("somebody unknown");
const NEEDS = "people who log in at the registry, in the rehearsal as well";
const PASSWORD = "{ns} of a person 7!";

const IDENTIFIED = { component: "ak-stage-identification", uid_field: "{ns}-person" };

const asked = (shows: string, path: string, as: Fact["as"], component: string): Fact => ({
  shows,
  needs: NEEDS,
  ask: `GET ${path}`,
  ...(as && { as }),
  expect: { status: 200, body: { component } },
  compare: "status",
});

const answered = (
  shows: string,
  path: string,
  as: Fact["as"],
  body: object,
  expect: Fact["expect"],
): Fact => ({
  shows,
  needs: NEEDS,
  ask: `POST ${path}`,
  ...(as && { as }),
  // Django's token is asked for once somebody is logged in.
  ...(path === SET_UP && { headers: { "x-authentik-csrf": "{authentik_csrf}" } }),
  body,
  expect,
  compare: "status",
});

/** The answer is right, and the flow goes on. */
const ON = { status: 302 };
const refusedWith = (component: string, errors: object) => ({
  status: 200,
  body: { component, response_errors: errors },
});

/** A login of somebody with a second factor, until that is asked for. */
const toTheCode = (what: string, as: Asker): readonly Fact[] => [
  answered(`${what} begins as before`, LOGIN, as, IDENTIFIED, ON),
  asked(`${what} asks for the password`, LOGIN, as, "ak-stage-password"),
  answered(`${what} takes it`, LOGIN, as, { component: "ak-stage-password", password: PASSWORD }, ON),
  {
    shows: `${what} asks for a code, of the kinds that the person has`,
    needs: NEEDS,
    ask: `GET ${LOGIN}`,
    as,
    settles: true,
    expect: {
      status: 200,
      body: { component: "ak-stage-authenticator-validate", device_challenges: [{ device_class: "totp" }] },
    },
    compare: "status",
  },
];

export const PEOPLE_FACTS: readonly Fact[] = [
  {
    shows: "a person is made",
    needs: NEEDS,
    ask: "POST core/users/",
    body: { username: "{ns}-person", name: "{ns}", type: "internal" },
    keep: { person: "pk" },
    expect: { status: 201 },
  },
  {
    shows: "a person is given a password",
    needs: NEEDS,
    ask: "POST core/users/{person}/set_password/",
    body: { password: PASSWORD },
    expect: { status: 204, body: null },
  },
  {
    shows: "the default flow asks for the user name alone",
    needs: NEEDS,
    ask: `GET ${LOGIN}`,
    as: PERSON,
    expect: {
      status: 200,
      body: {
        component: "ak-stage-identification",
        password_fields: false,
        user_fields: ["email", "username"],
      },
    },
    compare: "status",
  },
  answered("a user name leads on", LOGIN, PERSON, IDENTIFIED, ON),
  asked("the password is asked for on a page of its own", LOGIN, PERSON, "ak-stage-password"),
  answered(
    "a wrong password is asked for again, with the error at its field",
    LOGIN,
    PERSON,
    { component: "ak-stage-password", password: "wrong" },
    refusedWith("ak-stage-password", { password: [{ string: "Invalid password", code: "invalid" }] }),
  ),
  answered(
    "the right password leads on",
    LOGIN,
    PERSON,
    { component: "ak-stage-password", password: PASSWORD },
    ON,
  ),
  {
    ...asked("without a second factor the login ends there", LOGIN, PERSON, "xak-flow-redirect"),
    settles: true,
  },
  {
    shows: "the browser is the person's now",
    needs: NEEDS,
    ask: "GET core/users/me/",
    as: PERSON,
    expect: { status: 200, body: { user: { username: "{ns}-person" } } },
    compare: "shape",
  },
  {
    shows: "the first page leads a person to what they may use",
    needs: "what a person's browser meets at a login",
    ask: "GET /",
    as: PERSON,
    headers: { accept: "text/html" },
    expect: { status: 302, headers: { location: { to: "/if/user/" } } },
    compare: "status",
  },
  {
    shows: "which is a page",
    needs: "what a person's browser meets at a login",
    ask: "GET /if/user/",
    as: PERSON,
    headers: { accept: "text/html" },
    expect: { status: 200, headers: { type: "text/html" } },
    compare: "status",
  },
  answered(
    "a user name that nobody has leads on, as if somebody had it",
    LOGIN,
    UNKNOWN,
    { component: "ak-stage-identification", uid_field: "{ns}-nobody" },
    ON,
  ),
  asked("the password of nobody is asked for all the same", LOGIN, UNKNOWN, "ak-stage-password"),
  answered(
    "and is never right",
    LOGIN,
    UNKNOWN,
    { component: "ak-stage-password", password: PASSWORD },
    refusedWith("ak-stage-password", { password: [{ string: "Invalid password", code: "invalid" }] }),
  ),
  {
    ...asked("codes by time are set up by a flow", SET_UP, PERSON, "ak-stage-authenticator-totp"),
    keep: { totpConfig: "config_url" },
  },
  answered(
    "the right code sets them up",
    SET_UP,
    PERSON,
    { component: "ak-stage-authenticator-totp", code: "{totp}" },
    { status: 200, body: { component: "xak-flow-redirect" } },
  ),
  ...toTheCode("the next login", AGAIN),
  {
    shows: "without the code the browser is nobody's",
    needs: "that a second factor is asked for before there is a session",
    ask: "GET core/users/me/",
    as: AGAIN,
    expect: { status: 403 },
  },
  answered(
    "the right code leads on",
    LOGIN,
    AGAIN,
    { component: "ak-stage-authenticator-validate", code: "{totp}" },
    ON,
  ),
  { ...asked("and the login ends", LOGIN, AGAIN, "xak-flow-redirect"), settles: true },
  {
    shows: "with the code the browser is the person's",
    needs: "that a second factor is asked for before there is a session",
    ask: "GET core/users/me/",
    as: AGAIN,
    expect: { status: 200, body: { user: { username: "{ns}-person" } } },
    compare: "shape",
  },
  // Last, since for a while after a wrong code none is looked at, right ones too.
  ...toTheCode("a third login", THIRD),
  answered(
    "a wrong code is asked for again",
    LOGIN,
    THIRD,
    { component: "ak-stage-authenticator-validate", code: "000001" },
    { status: 200, body: { component: "ak-stage-authenticator-validate" }, keys: "response_errors" },
  ),
  asked("other codes by time are set up by the same flow", SET_UP, AGAIN, "ak-stage-authenticator-totp"),
  answered(
    "a wrong code sets nothing up",
    SET_UP,
    AGAIN,
    { component: "ak-stage-authenticator-totp", code: 1 },
    refusedWith("ak-stage-authenticator-totp", {
      code: [{ string: "Code does not match", code: "invalid" }],
    }),
  ),
];
