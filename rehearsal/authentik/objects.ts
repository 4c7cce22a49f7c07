import type { TotpDevice } from "./totp";

/** The rows that the stand-in holds, under the names that Authentik's REST API uses. */

export type Designation =
  | "authentication"
  | "authorization"
  | "invalidation"
  | "enrollment"
  | "unenrollment"
  | "recovery"
  | "stage_configuration";
export type EngineMode = "any" | "all";

export interface Flow {
  pk: string;
  /** Flows have two keys: bindings of policies point at this one inside the database, at `pk` in the API. */
  policybindingmodel_ptr_id: string;
  name: string;
  slug: string;
  title: string;
  designation: Designation;
  background: string;
  policy_engine_mode: EngineMode;
  compatibility_mode: boolean;
  layout: string;
  denied_action: "message_continue" | "message" | "continue";
  authentication: string;
}

interface AnyStage {
  pk: string;
  name: string;
}
export interface IdentificationStage extends AnyStage {
  kind: "identification";
  user_fields: string[];
  password_stage: string | null;
  captcha_stage: null;
  webauthn_stage: null;
  case_insensitive_matching: boolean;
  show_matched_user: boolean;
  enrollment_flow: string | null;
  recovery_flow: string | null;
  passwordless_flow: string | null;
  sources: string[];
  show_source_labels: boolean;
  pretend_user_exists: boolean;
  enable_remember_me: boolean;
}
export interface PasswordStage extends AnyStage {
  kind: "password";
  backends: string[];
  configure_flow: string | null;
  failed_attempts_before_cancel: number;
  allow_show_password: boolean;
}
export interface UserLoginStage extends AnyStage {
  kind: "user_login";
  session_duration: string;
  terminate_other_sessions: boolean;
  remember_me_offset: string;
  network_binding: string;
  geoip_binding: string;
  remember_device: string;
}
/** Only by the seeds: the API of these stages is not stood in for. */
export interface ValidateStage extends AnyStage {
  kind: "authenticator_validate";
  not_configured_action: "skip" | "deny" | "configure";
}
export interface ConsentStage extends AnyStage {
  kind: "consent";
  mode: "always_require" | "permanent";
}
/** Only by the seeds: somebody sets up codes by time. */
export interface TotpStage extends AnyStage {
  kind: "authenticator_totp";
}
export type Stage =
  IdentificationStage | PasswordStage | UserLoginStage | ValidateStage | TotpStage | ConsentStage;

export interface FlowStageBinding {
  pk: string;
  policybindingmodel_ptr_id: string;
  target: string;
  stage: string;
  evaluate_on_plan: boolean;
  re_evaluate_policies: boolean;
  order: number;
  policy_engine_mode: EngineMode;
  invalid_response_action: "retry" | "restart" | "restart_with_context";
}

export interface PolicyBinding {
  pk: string;
  policy: null;
  group: string | null;
  user: number | null;
  target: string;
  negate: boolean;
  enabled: boolean;
  order: number;
  timeout: number;
  failure_result: boolean;
}

export interface Group {
  pk: string;
  name: string;
  is_superuser: boolean;
  parents: string[];
  attributes: Record<string, unknown>;
  roles: string[];
}

export interface User {
  pk: number;
  uuid: string;
  uid: string;
  username: string;
  name: string;
  is_active: boolean;
  email: string;
  path: string;
  type: "internal" | "external" | "service_account" | "internal_service_account";
  groups: string[];
  roles: string[];
  attributes: Record<string, unknown>;
  date_joined: string;
  last_login: string | null;
  last_updated: string;
  password_change_date: string;
  /** null: no usable password, as every account that the API creates. */
  password: string | null;
  /** Code of a second factor that never changes; null: none is enrolled. */
  mfaCode: string | null;
  /** Codes by time; null: none are set up. */
  totp: TotpDevice | null;
}

export interface Token {
  pk: string;
  managed: string | null;
  identifier: string;
  intent: "verification" | "api" | "recovery" | "app_password";
  user: number;
  description: string;
  expires: string | null;
  expiring: boolean;
  key: string;
  /** Who made it without being a superuser, and so may see its key. */
  madeBy: number | null;
}

/** What its holders may do, as `authentik_core.view_group`. */
export interface Role {
  pk: string;
  name: string;
  permissions: string[];
}

export interface Blueprint {
  pk: string;
  name: string;
  /** File on the server; empty where the content stands in the database. */
  path: string;
  content: string;
  context: Record<string, unknown>;
  last_applied: string;
  last_applied_hash: string;
  status: "successful" | "warning" | "error" | "orphaned" | "unknown";
  enabled: boolean;
  managed_models: string[];
  metadata: Record<string, unknown>;
}
