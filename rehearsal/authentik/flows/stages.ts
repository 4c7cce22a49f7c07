import { parseDuration } from "../duration";
import type { Flow, Stage, User, ValidateStage } from "../objects";
import type { Session } from "../sessions";
import { generateId, type Store } from "../store";
import { newTotpSecret, takesCode } from "../totp";
import { authenticate } from "./backends";
import { identificationBody, pendingUserOf, stageError, type StageErrors } from "./challenges";
import type { FlowPlan } from "./plan";

export interface StageRun<S extends Stage = Stage> {
  readonly store: Store;
  readonly session: Session;
  readonly flow: Flow;
  readonly plan: FlowPlan;
  readonly stage: S;
  readonly user: User | undefined;
  /** Body of a POST; undefined: the stage is only looked at. */
  readonly answer: unknown;
  readonly logIn: (user: User, lifetimeMs: number) => void;
}

export type StageOutcome =
  | { readonly result: "ok" }
  | { readonly result: "denied" }
  | { readonly result: "ask"; readonly body: object; readonly errors?: StageErrors };

const ok: StageOutcome = { result: "ok" };
const denied: StageOutcome = { result: "denied" };
const ask = (body: object, errors?: StageErrors): StageOutcome => ({
  result: "ask",
  body,
  ...(errors && { errors }),
});

const COMPONENTS: Readonly<Record<Stage["kind"], string>> = {
  identification: "ak-stage-identification",
  password: "ak-stage-password",
  authenticator_validate: "ak-stage-authenticator-validate",
  authenticator_totp: "ak-stage-authenticator-totp",
  user_login: "ak-stage-user-login",
  consent: "ak-stage-consent",
};

/** An answer to another challenge than the one that was asked comes back with what was wrong. */
export function runStage(run: StageRun): StageOutcome {
  const component = textOf(run.answer, "component");
  if (component === undefined || component === COMPONENTS[run.stage.kind]) return runRight(run);
  const asked = runRight({ ...run, answer: undefined });
  if (asked.result !== "ask") return asked;
  return ask(asked.body, stageError("component", `"${component}" is not a valid choice.`, "invalid_choice"));
}

function runRight(run: StageRun): StageOutcome {
  const { stage } = run;
  switch (stage.kind) {
    case "identification":
      return identification({ ...run, stage });
    case "password":
      return password({ ...run, stage });
    case "authenticator_validate":
      return secondFactor({ ...run, stage });
    case "authenticator_totp":
      return totpSetUp({ ...run, stage });
    case "user_login":
      return userLogin({ ...run, stage });
    case "consent":
      return consent({ ...run, stage });
  }
}

type Run<Kind extends Stage["kind"]> = StageRun<Extract<Stage, { kind: Kind }>>;

function identification({ store, flow, plan, stage, answer }: Run<"identification">): StageOutcome {
  const body = identificationBody(flow, stage, plan.authorization?.application.name);
  if (answer === undefined) return ask(body);
  const name = textOf(answer, "uid_field");
  if (!name) return ask(body, stageError("non_field_errors", "No identification data provided."));
  const failed = ask(body, stageError("non_field_errors", "Failed to authenticate."));
  const user = [...store.users.values()].find((each) =>
    stage.user_fields.some((key) => same(Reflect.get(each, key), name, stage.case_insensitive_matching)),
  );
  if (!user) return stage.pretend_user_exists && stage.password_stage === null ? ok : failed;
  plan.pendingUser = user;
  const passwordStage = stage.password_stage === null ? undefined : store.stages.get(stage.password_stage);
  if (passwordStage?.kind !== "password") return ok;
  const method = authenticate(store, passwordStage.backends, user, textOf(answer, "password") ?? "");
  if (method === undefined) return failed;
  plan.method = method;
  return ok;
}

function password({ store, session, plan, stage, answer }: Run<"password">): StageOutcome {
  const body = {
    component: "ak-stage-password",
    ...pendingUserOf(plan.pendingUser),
    allow_show_password: false,
  };
  if (answer === undefined) return ask(body);
  const given = textOf(answer, "password");
  const method = given && plan.pendingUser && authenticate(store, stage.backends, plan.pendingUser, given);
  if (method) {
    plan.method = method;
    session.failedPasswords = 0;
    return ok;
  }
  session.failedPasswords += 1;
  if (session.failedPasswords > stage.failed_attempts_before_cancel) return denied;
  const problem = given ? "Invalid password" : "This field may not be blank.";
  return ask(body, stageError("password", problem, given ? "invalid" : "blank"));
}

function secondFactor({ store, plan, stage, answer }: Run<"authenticator_validate">): StageOutcome {
  const user = plan.pendingUser;
  if (!user) return ok;
  if (user.mfaCode === null && user.totp === null) return withoutDevice(stage, plan, store);
  const classes = [...(user.mfaCode === null ? [] : ["static"]), ...(user.totp === null ? [] : ["totp"])];
  const body = {
    component: "ak-stage-authenticator-validate",
    ...pendingUserOf(user),
    device_challenges: classes.map((device_class) => ({
      device_class,
      device_uid: "1",
      challenge: {},
      last_used: null,
    })),
    configuration_stages: [],
  };
  if (answer === undefined) return ask(body);
  const code = textOf(answer, "code") ?? "";
  if (code !== "" && code === user.mfaCode) return ok;
  if (user.totp && takesCode(user.totp, code, Date.now())) return ok;
  const hint = "Invalid Token. Please ensure the time on your device is accurate and try again.";
  return ask(body, stageError("code", hint));
}

function withoutDevice(
  { not_configured_action }: ValidateStage,
  { steps }: FlowPlan,
  store: Store,
): StageOutcome {
  switch (not_configured_action) {
    case "skip":
      return ok;
    case "deny":
      return denied;
    case "configure": {
      const stage = [...store.stages.values()].find(({ kind }) => kind === "authenticator_totp");
      if (!stage) return denied;
      // It takes the place of this stage, and whoever gets through it has shown a code.
      steps.splice(1, 0, { stage });
      return ok;
    }
  }
}

function totpSetUp({ plan, answer, user }: Run<"authenticator_totp">): StageOutcome {
  if (!user) return denied;
  const secret = plan.totpDevice?.secret ?? newTotpSecret();
  const query = new URLSearchParams({
    secret,
    algorithm: "SHA1",
    digits: "6",
    period: "30",
    issuer: "authentik",
  });
  const body = {
    component: "ak-stage-authenticator-totp",
    ...pendingUserOf(user),
    config_url: `otpauth://totp/authentik:${encodeURIComponent(user.username)}?${query.toString()}`,
  };
  const device = (plan.totpDevice ??= { secret, lastStep: -1 });
  if (answer === undefined) return ask(body);
  // An integer to the real one: zeros before it are lost there, and of no account.
  const code = String(Reflect.get(Object(answer), "code") ?? "").padStart(6, "0");
  if (!takesCode(device, code, Date.now())) return ask(body, stageError("code", "Code does not match"));
  user.totp = device;
  plan.totpDevice = undefined;
  return ok;
}

/** Without a wish to be remembered, which the seeds and the product never have, it asks nothing. */
function userLogin({ plan, stage, answer, logIn, session }: Run<"user_login">): StageOutcome {
  const user = plan.pendingUser;
  const offset = parseDuration(stage.remember_me_offset) ?? 0;
  if (offset > 0 && answer === undefined) {
    return ask({ component: "ak-stage-user-login", ...pendingUserOf(user) });
  }
  if (!user?.is_active) return denied;
  const remembered = Reflect.get(Object(answer), "remember_me") === true ? offset : 0;
  logIn(user, (parseDuration(stage.session_duration) ?? 0) + remembered);
  session.method = plan.method ?? "";
  return ok;
}

function consent({ session, plan, answer, user }: Run<"consent">): StageOutcome {
  if (answer !== undefined && textOf(answer, "token") === session.consentToken) return ok;
  session.consentToken = generateId(32);
  const application = plan.authorization?.application.name ?? "";
  return ask({
    component: "ak-stage-consent",
    ...pendingUserOf(user),
    header_text: `You're about to sign into ${application}.`,
    permissions: (plan.authorization?.request.scopes ?? []).map((id) => ({ id, name: "" })),
    additional_permissions: [],
    token: session.consentToken,
  });
}

function textOf(answer: unknown, key: string): string | undefined {
  const value: unknown = Reflect.get(Object(answer), key);
  return typeof value === "string" ? value : undefined;
}

function same(value: unknown, given: string, ignoreCase: boolean): boolean {
  if (typeof value !== "string" || value === "") return false;
  return ignoreCase ? value.toLowerCase() === given.toLowerCase() : value === given;
}
