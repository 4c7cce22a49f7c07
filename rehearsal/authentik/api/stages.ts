import type { IdentificationStage, PasswordStage, Stage, UserLoginStage } from "../objects";
import { parseDuration } from "../duration";
import { newUuid, removeWhere, type Store } from "../store";
import { unbind } from "./access";
import { bool, choice, field, type Field, int, Invalid, list, nullable, required, text } from "./fields";
import { presentFlowSet } from "./flow-set";
import type { Kind } from "./kind";
import { nothing, reference, references, referenceTo, unique } from "./references";

const name = required(unique("stages", "name", text(), "stage with this name already exists."));
const flow = nullable(reference(["flows"]));

export const duration = (): Field =>
  field((value, store, self) => {
    const parsed = text().parse(value, store, self) as string;
    if (parseDuration(parsed) !== undefined) return parsed;
    throw new Invalid([`${parsed} is not in the correct format of 'hours=3;minutes=1'.`]);
  });

/** All stages share a table, as they share a base class; each API shows its own. */
function stageKind<Row extends Stage>(
  kind: Row["kind"],
  model: string,
  fields: Record<string, Field>,
  create: () => Row,
): Kind<Row> {
  return {
    path: `stages/${kind}`,
    app: `authentik_stages_${kind}`,
    model,
    table: (store) => store.stages as Map<string | number, Stage> as Map<string | number, Row>,
    id: (row) => (row.kind === kind ? row.pk : ""),
    fields: { name, ...fields },
    create,
    present: presentStage,
    removed(row, store) {
      for (const { pk } of removeWhere(store.flowBindings, ({ stage }) => stage === row.pk))
        unbind(store, pk);
      for (const stage of store.stages.values()) {
        if (stage.kind === "identification" && stage.password_stage === row.pk) stage.password_stage = null;
      }
    },
    listed: (row) => row.kind === kind,
    filters: ["name"],
    search: ["name"],
    order: ["name"],
  };
}

export const identificationStages: Kind<IdentificationStage> = {
  ...stageKind<IdentificationStage>(
    "identification",
    "IdentificationStage",
    {
      user_fields: list(choice("email", "username", "upn")),
      password_stage: nullable(referenceTo("stages", (stage) => Reflect.get(stage, "kind") === "password")),
      captcha_stage: nullable(nothing()),
      webauthn_stage: nullable(nothing()),
      case_insensitive_matching: bool(),
      show_matched_user: bool(),
      enrollment_flow: flow,
      recovery_flow: flow,
      passwordless_flow: flow,
      sources: references(nothing()),
      show_source_labels: bool(),
      pretend_user_exists: bool(),
      enable_remember_me: bool(),
    },
    () => ({
      pk: newUuid(),
      kind: "identification",
      name: "",
      user_fields: [],
      password_stage: null,
      captcha_stage: null,
      webauthn_stage: null,
      case_insensitive_matching: true,
      show_matched_user: true,
      enrollment_flow: null,
      recovery_flow: null,
      passwordless_flow: null,
      sources: [],
      show_source_labels: false,
      pretend_user_exists: true,
      enable_remember_me: false,
    }),
  ),
  // As the serializer, it looks at what was sent: a PATCH has to name the fields, too.
  validate: (_next, { user_fields = [], sources = [] }) =>
    user_fields.length < 1 && sources.length < 1
      ? "When no user fields are selected, at least one source must be selected"
      : undefined,
};

const backends = [
  "authentik.core.auth.InbuiltBackend",
  "authentik.core.auth.TokenBackend",
  "authentik.sources.ldap.auth.LDAPBackend",
  "authentik.sources.kerberos.auth.KerberosBackend",
];

export const passwordStages = stageKind<PasswordStage>(
  "password",
  "PasswordStage",
  {
    backends: required(list(choice(...backends), 1)),
    configure_flow: flow,
    failed_attempts_before_cancel: int(),
    allow_show_password: bool(),
  },
  () => ({
    pk: newUuid(),
    kind: "password",
    name: "",
    backends: [],
    configure_flow: null,
    failed_attempts_before_cancel: 5,
    allow_show_password: false,
  }),
);

export const userLoginStages = stageKind<UserLoginStage>(
  "user_login",
  "UserLoginStage",
  {
    session_duration: duration(),
    terminate_other_sessions: bool(),
    remember_me_offset: duration(),
    network_binding: choice("no_binding", "bind_asn", "bind_asn_network", "bind_asn_network_ip"),
    geoip_binding: choice(
      "no_binding",
      "bind_continent",
      "bind_continent_country",
      "bind_continent_country_city",
    ),
    remember_device: duration(),
  },
  () => ({
    pk: newUuid(),
    kind: "user_login",
    name: "",
    session_duration: "seconds=0",
    terminate_other_sessions: false,
    remember_me_offset: "seconds=0",
    network_binding: "no_binding",
    geoip_binding: "no_binding",
    remember_device: "days=30",
  }),
);

const TITLES: Readonly<Record<Stage["kind"], string>> = {
  identification: "Identification Stage",
  password: "Password Stage",
  user_login: "User Login Stage",
  authenticator_validate: "Authenticator Validation Stage",
  authenticator_totp: "TOTP Authenticator Setup Stage",
  consent: "Consent Stage",
};

export function presentStage(stage: Stage, store: Store): object {
  const { kind: _kind, ...row } = stage;
  return { ...row, ...presentShortStage(stage, store) };
}

/** What all stages have, as they stand in lists of all kinds and inside of a flow's bindings. */
export function presentShortStage({ kind, ...row }: Stage, store: Store): object {
  const targets = [...store.flowBindings.values()].filter(({ stage }) => stage === row.pk);
  const flowSet = targets.flatMap(({ target }) => store.flows.get(target) ?? []);
  return {
    pk: row.pk,
    name: row.name,
    component: `ak-stage-${kind.replaceAll("_", "-")}-form`,
    verbose_name: TITLES[kind],
    verbose_name_plural: `${TITLES[kind]}s`,
    meta_model_name: `authentik_stages_${kind}.${kind.replaceAll("_", "")}stage`,
    flow_set: flowSet.map(presentFlowSet),
  };
}
