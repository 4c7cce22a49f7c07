import { isMap, isScalar, isSeq, parseDocument, type YAMLMap } from "yaml";
import { type PlannedStep, typeOf } from "../../systems/pulumi/plan";
import { AUTHENTIK } from "../../systems/pulumi/types";
import { KINDS, type ObjectKind, type Named } from "./objects";

/* Under which names a plan, or a blueprint, makes objects in Authentik. */

/** What goes with its application or its flow. */
const BOUND: readonly string[] = [AUTHENTIK.policyBinding, AUTHENTIK.flowStageBinding];
const KIND_OF_TYPE: Readonly<Record<string, ObjectKind>> = {
  [AUTHENTIK.application]: "core/applications/",
  [AUTHENTIK.flow]: "flows/instances/",
  [AUTHENTIK.group]: "core/groups/",
  [AUTHENTIK.oidcProvider]: "providers/oauth2/",
  [AUTHENTIK.stageIdentification]: "stages/identification/",
  [AUTHENTIK.stagePassword]: "stages/password/",
  [AUTHENTIK.stageUserLogin]: "stages/user_login/",
  [AUTHENTIK.token]: "core/tokens/",
  [AUTHENTIK.user]: "core/users/",
};

/** @throws Error for an object that could not be found again by its name */
export function plannedNames(steps: readonly PlannedStep[]): Named[] {
  return steps
    .filter(({ op }) => op === "create" || op === "create-replacement")
    .map((step) => ({ step, type: typeOf(step.urn) }))
    .filter(({ type }) => type.startsWith("authentik:") && !BOUND.includes(type))
    .map(({ step: { newState, urn }, type }) => {
      const kind = KIND_OF_TYPE[type];
      const name = kind && newState?.inputs?.[KINDS[kind].name];
      if (kind === undefined || typeof name !== "string")
        throw new Error(
          `${urn} would be made in a real Authentik, and could not be found there again by a name`,
        );
      return { kind, name };
    });
}

const KIND_OF_MODEL: Readonly<Record<string, ObjectKind>> = {
  "authentik_core.application": "core/applications/",
  "authentik_core.group": "core/groups/",
  "authentik_core.token": "core/tokens/",
  "authentik_core.user": "core/users/",
  "authentik_flows.flow": "flows/instances/",
  "authentik_providers_oauth2.oauth2provider": "providers/oauth2/",
  "authentik_stages_identification.identificationstage": "stages/identification/",
  "authentik_stages_password.passwordstage": "stages/password/",
  "authentik_stages_user_login.userloginstage": "stages/user_login/",
};
const BOUND_MODELS = ["authentik_policies.policybinding", "authentik_flows.flowstagebinding"];
/** It makes nothing that Authentik does not ship. */
const META = "authentik_blueprints.metaapplyblueprint";

export interface BlueprintObject extends Named {
  /** The entry says no more of it than its name: one that is there stays as it is. */
  readonly onlyNamed: boolean;
}

/** @throws Error for an object that could not be found again by its name */
export function blueprintNames(content: string): BlueprintObject[] {
  const entries = parseDocument(content, { logLevel: "silent" }).get("entries");
  return (isSeq(entries) ? entries.items : []).filter(isMap).flatMap((entry: YAMLMap) => {
    const model = String(entry.get("model"));
    if (model === META || BOUND_MODELS.includes(model)) return [];
    const kind = KIND_OF_MODEL[model];
    const [identifiers, attrs] = ["identifiers", "attrs"].map((key) => entry.get(key));
    const name = kind && (plainAt(identifiers, KINDS[kind].name) ?? plainAt(attrs, KINDS[kind].name));
    if (kind === undefined || name === undefined)
      throw new Error(
        `the blueprint's entry of ${model} could not be found again by a name in a real Authentik; write its name as it is`,
      );
    const told = isMap(attrs) ? attrs.items.map(({ key }) => String(isScalar(key) ? key.value : key)) : [];
    return [{ kind, name, onlyNamed: told.every((key) => key === KINDS[kind].name) }];
  });
}

/** A text without a tag. */
function plainAt(map: unknown, key: string): string | undefined {
  const node: unknown = isMap(map) ? map.get(key, true) : undefined;
  if (!isScalar(node) || node.tag?.startsWith("!") === true) return undefined;
  return typeof node.value === "string" ? node.value : undefined;
}
