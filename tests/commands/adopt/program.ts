import type { Plan, PlannedStep } from "../../../systems/pulumi/plan";
import { UNKNOWN } from "../../../systems/pulumi/values";

/** What a preview of an empty stack says, as far as the survey looks at it: unknown inputs with what they rest on. */
export const AUTHENTIK = "authentik:index/";
const PARENT = "urn:pulumi:prod::zot-access::zot-access:index:RegistryIdentity";

export function urn(type: string, name: string): string {
  return `${PARENT}$${type}::${name}`;
}

interface Inputs {
  readonly [name: string]: unknown;
}

/** `rests`: inputs that are not known yet, by the name of the resource whose output they are. */
export function step(
  type: string,
  name: string,
  inputs: Inputs,
  rests: Record<string, string> = {},
): PlannedStep {
  const unknown = Object.fromEntries(Object.keys(rests).map((key) => [key, UNKNOWN]));
  return {
    op: "create",
    urn: urn(type, name),
    newState: {
      type,
      custom: true,
      inputs: { ...inputs, ...unknown },
      propertyDependencies: Object.fromEntries(
        Object.entries(rests).map(([key, other]) => [key, [urnOf.get(other) ?? ""]]),
      ),
    },
  };
}

const TYPES = {
  provider: `${AUTHENTIK}providerOauth2:ProviderOauth2`,
  application: `${AUTHENTIK}application:Application`,
  group: `${AUTHENTIK}group:Group`,
  user: `${AUTHENTIK}user:User`,
  binding: `${AUTHENTIK}policyBinding:PolicyBinding`,
  flow: `${AUTHENTIK}flow:Flow`,
  stage: `${AUTHENTIK}stagePassword:StagePassword`,
  place: `${AUTHENTIK}flowStageBinding:FlowStageBinding`,
  token: `${AUTHENTIK}token:Token`,
  item: "onepassword:index/item:Item",
  secret: "zot-access:index:ActionsSecret",
  deploy: "command:remote:Command",
} as const;
const urnOf = new Map(Object.entries(TYPES).map(([name, type]) => [name, urn(type, name)]));

/** One resource of each type, named after it. */
export function program(forgejoUrl: string, vault: string): Plan {
  const steps = [
    step(TYPES.group, "group", { name: "artifact-workloads" }),
    step(TYPES.provider, "provider", { name: "zot", clientId: "zot" }),
    step(
      TYPES.application,
      "application",
      { name: "zot registry", slug: "zot" },
      { protocolProvider: "provider" },
    ),
    step(TYPES.user, "user", { username: "zot-ci", type: "service_account" }, { groups: "group" }),
    step(TYPES.binding, "binding", { order: 0 }, { target: "application", group: "group" }),
    step(TYPES.flow, "flow", { slug: "zot-ci-authentication", designation: "authentication" }),
    step(TYPES.stage, "stage", { name: "zot-ci app password" }),
    step(TYPES.place, "place", { order: 10 }, { target: "flow", stage: "stage" }),
    step(
      TYPES.token,
      "token",
      { identifier: "zot-ci-app-password", intent: "app_password" },
      { user: "user" },
    ),
    step(TYPES.item, "item", {
      vault,
      title: "zot-ci-apikey",
      category: "login",
      sectionMap: { key: { fieldMap: { uuid: {} } } },
    }),
    step(TYPES.secret, "secret", {
      url: forgejoUrl,
      owner: "eblume",
      repository: "blumeops",
      name: "ZOT_CI_API_KEY",
    }),
    step(TYPES.deploy, "deploy", {}),
  ];
  return { steps, diagnostics: [] };
}
