import type { Flow, FlowStageBinding } from "../objects";
import { find, newUuid, removeWhere, type Store } from "../store";
import { noSuchTarget, unbind } from "./access";
import { bool, choice, int, required, slug, text } from "./fields";
import { flowAddresses } from "./flow-set";
import type { Kind } from "./kind";
import { oneOf } from "./list";
import { reference, unique } from "./references";
import { presentShortStage } from "./stages";

const designations = [
  "authentication",
  "authorization",
  "invalidation",
  "enrollment",
  "unenrollment",
  "recovery",
  "stage_configuration",
];
const authentications = ["none", "require_authenticated", "require_unauthenticated", "require_superuser"];
const unsupportedAuthentications = ["require_redirect", "require_outpost", "require_token"];
const layouts = ["stacked", "content_left", "content_right", "sidebar_left", "sidebar_right"];
const framedLayouts = ["sidebar_left_frame_background", "sidebar_right_frame_background"];

export const flows: Kind<Flow> = {
  path: "flows/instances",
  app: "authentik_flows",
  model: "Flow",
  table: (store) => store.flows,
  id: ({ slug: id }) => id,
  fields: {
    name: required(text()),
    slug: required(unique("flows", "slug", slug(), "Flow with this slug already exists.")),
    title: required(text()),
    designation: required(choice(...designations)),
    background: text({ blank: true }),
    policy_engine_mode: choice("any", "all"),
    compatibility_mode: bool(),
    layout: choice(...layouts, ...framedLayouts),
    denied_action: choice("message_continue", "message", "continue"),
    authentication: choice(...authentications, ...unsupportedAuthentications),
  },
  create: newFlow,
  present: (row, store) => ({
    ...row,
    ...flowAddresses(row),
    stages: stageBindingsOf(store, row).map(({ stage }) => stage),
    policies: [...store.policyBindings.values()]
      .filter(({ target }) => target === row.pk)
      .map(({ pk }) => pk),
    cache_count: 0,
  }),
  removed(row, store) {
    unbind(store, row.pk);
    for (const { pk } of removeWhere(store.flowBindings, ({ target }) => target === row.pk))
      unbind(store, pk);
    removeWhere(store.providers, (provider) => provider.authorization_flow === row.pk);
    for (const provider of store.providers.values()) {
      if (provider.authentication_flow === row.pk) provider.authentication_flow = null;
      if (provider.invalidation_flow === row.pk) provider.invalidation_flow = null;
    }
  },
  filters: ["name", "slug", "designation", "denied_action"],
  filterProblem: { designation: oneOf(...designations) },
  search: ["name", "slug", "designation", "title"],
  order: ["slug"],
};

export function newFlow(): Flow {
  return {
    pk: newUuid(),
    policybindingmodel_ptr_id: newUuid(),
    name: "",
    slug: "",
    title: "",
    designation: "authentication",
    background: "",
    policy_engine_mode: "any",
    compatibility_mode: false,
    layout: "stacked",
    denied_action: "message_continue",
    authentication: "none",
  };
}

export const flowStageBindings: Kind<FlowStageBinding> = {
  path: "flows/bindings",
  app: "authentik_flows",
  model: "FlowStageBinding",
  table: (store) => store.flowBindings,
  id: ({ pk }) => pk,
  fields: {
    target: required(reference(["flows"])),
    stage: required(reference(["stages"])),
    evaluate_on_plan: bool(),
    re_evaluate_policies: bool(),
    order: required(int()),
    policy_engine_mode: choice("any", "all"),
    invalid_response_action: choice("retry", "restart", "restart_with_context"),
  },
  create: newFlowStageBinding,
  validate(next, _sent, store, self) {
    const same = ({ target, stage, order }: FlowStageBinding) =>
      target === next.target && stage === next.stage && order === next.order;
    const twin = find(store.flowBindings, (row) => row !== self && same(row));
    return twin && "The fields target, stage, order must make a unique set.";
  },
  present: (row, store) => {
    const stage = store.stages.get(row.stage);
    return { ...row, stage_obj: stage ? presentShortStage(stage, store) : null };
  },
  presentWritten: (row, store, _query, sent) => {
    const stage = store.stages.get(row.stage);
    // A stage that was not sent is the one of its own class that is there.
    if (!("stage" in sent)) return { ...row, stage_obj: stage ? presentShortStage(stage, store) : null };
    return { ...row, stage_obj: stage ? { ...presentShortStage(stage, store), ...BASE_STAGE } : null };
  },
  removed: (row, store) => unbind(store, row.pk),
  filters: ["target", "stage", "order", "evaluate_on_plan", "re_evaluate_policies", "policy_engine_mode"],
  filterProblem: { target: (value, store) => noSuchTarget(value, [store.flows]) },
  search: [],
  order: ["target", "order", "pk"],
};

/** How the base class of all stages calls itself; it has no form of its own. */
const BASE_STAGE = {
  component: "",
  verbose_name: "stage",
  verbose_name_plural: "stages",
  meta_model_name: "authentik_flows.stage",
};

export function newFlowStageBinding(): FlowStageBinding {
  return {
    pk: newUuid(),
    policybindingmodel_ptr_id: newUuid(),
    target: "",
    stage: "",
    evaluate_on_plan: false,
    re_evaluate_policies: true,
    order: 0,
    policy_engine_mode: "any",
    invalid_response_action: "retry",
  };
}

export function stageBindingsOf(store: Store, flow: Flow): FlowStageBinding[] {
  return [...store.flowBindings.values()]
    .filter(({ target }) => target === flow.pk)
    .sort((a, b) => a.order - b.order);
}
