import type { Flow, IdentificationStage, User } from "../objects";

/** What the executor answers with: JSON, or an HTTP redirect to itself. */
export type ExecutorAnswer = { readonly challenge: object } | { readonly redirect: string };

export type StageErrors = Record<string, { string: string; code: string }[]>;

/** `{field: [{string, code}]}`, as every failed answer to a challenge comes back. */
export function stageError(field: string, text: string, code = "invalid"): StageErrors {
  return { [field]: [{ string: text, code }] };
}

export function challenge(flow: Flow, body: object, errors?: StageErrors): ExecutorAnswer {
  const flow_info = {
    title: flow.title,
    background: flow.background || "/static/dist/assets/images/flow_background.jpg",
    background_themed_urls: null,
    cancel_url: "/flows/-/cancel/",
    layout: flow.layout,
  };
  return { challenge: { flow_info, ...body, ...(errors && { response_errors: errors }) } };
}

export const redirectChallenge = (to: string): ExecutorAnswer => ({
  challenge: { component: "xak-flow-redirect", to },
});

export function pendingUserOf(user: User | undefined): object {
  return {
    pending_user: user?.username ?? "",
    pending_user_avatar: "/static/dist/assets/images/user_default.png",
  };
}

export function identificationBody(
  flow: Flow,
  stage: IdentificationStage,
  application: string | undefined,
): object {
  return {
    component: "ak-stage-identification",
    user_fields: stage.user_fields,
    password_fields: stage.password_stage !== null,
    allow_show_password: false,
    ...(application !== undefined && { application_pre: application }),
    flow_designation: flow.designation,
    captcha_stage: null,
    primary_action: flow.designation === "authentication" ? "Log in" : "Continue",
    sources: [],
    show_source_labels: stage.show_source_labels,
    enable_remember_me: stage.enable_remember_me,
    passkey_challenge: null,
  };
}
