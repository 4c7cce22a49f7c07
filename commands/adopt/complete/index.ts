import { readFile } from "node:fs/promises";
import type { StackAccess } from "../../shared/stack";
import type { Systems } from "../candidates";
import { preview } from "../../../systems/pulumi/cli";
import { exportState, importState } from "../../../systems/pulumi/state";
import {
  type Deployment,
  type Resource,
  resourcesOf,
  withResources,
} from "../../../systems/pulumi/deployment";
import { findKey, type KeyInUse } from "../key-in-use";
import { typeOf } from "../../../systems/pulumi/plan";
import {
  type CompletedState,
  completedResource,
  parseSavedPlan,
  type SavedPlan,
  withoutStrangers,
  withParents,
  withProviders,
} from "../../../systems/pulumi/saved-plan";
import type { Scratch } from "../scratch";
import type { Finding } from "../survey";
import { asDeclared } from "./item";
import { historyAsMade, keyAsMade } from "./key";
import { completeResources } from "./resources";
import { withUnread } from "./unread";
import { ITEM, OWN } from "../../../systems/pulumi/types";

export interface Completing {
  readonly stack: StackAccess;
  readonly systems: Systems;
  /** Whether Forgejo's secrets have the values that the program would write. Only the operator can know. */
  readonly secretsAreCurrent: boolean;
}

export interface Completed {
  readonly findings: readonly Finding[];
  readonly state: Deployment;
  /** By pusher, for those that have a key. */
  readonly keys: ReadonlyMap<string, KeyInUse>;
}

/**
 * Fills in what an import leaves open in the copied state: properties that providers only read of known resources,
 * the pushers' keys, and resources without an object. A preview shows what the program would register, so only real
 * differences are changes.
 *
 * @param registered what the program registered before the import
 */
export async function complete(
  scratch: Scratch,
  registered: SavedPlan,
  findings: readonly Finding[],
  { stack, systems, secretsAreCurrent }: Completing,
): Promise<Completed> {
  const { site } = scratch;
  const imported = await exportState(site);
  const byType = (type: string) => findings.filter(({ urn }) => typeOf(urn) === type);
  const resources = await Promise.all(
    resourcesOf(imported).map((resource) => readBack(resource, registered, systems)),
  );

  const keys = new Map<string, KeyInUse>();
  const madeKeys = new Map<string, CompletedState>();
  for (const finding of byType(OWN.apiKey).filter(({ status }) => status === "own")) {
    const planned = registered.get(finding.urn);
    const pusher = Object.values(stack.settings.pushers).find(
      ({ name }) => name === planned?.state?.["username"],
    );
    if (!planned || !pusher) continue;
    const base = finding.name.replace(/-api-key$/, "");
    const own = byType(ITEM).find(({ name, status }) => name === `${base}-item` && status === "there");
    const key = await findKey(stack, pusher, own?.id?.split("/").at(-1), String(planned.state?.["label"]));
    const made = key && keyAsMade(planned, key);
    if (key) keys.set(pusher.name, key);
    if (!made) continue;
    madeKeys.set(finding.urn, made);
    const history = byType(OWN.keyHistory).find(({ name }) => name === `${base}-keys`);
    if (history) madeKeys.set(history.urn, historyAsMade(made));
  }
  for (const [urn, made] of madeKeys) {
    const planned = registered.get(urn);
    if (planned) resources.push(completedResource(urn, planned, made));
  }
  const withKeys = withResources(imported, inState(resources, registered));
  await importState(site, withKeys);

  const planFile = scratch.file("plan.json");
  await preview(site, { planFile });
  const plan = parseSavedPlan(await readFile(planFile, "utf8"));
  const open = findings.filter(({ status, urn }) => status === "own" && !madeKeys.has(urn));
  const made = await completeResources(
    { stack, plan, keys },
    open.map(({ urn }) => urn),
  );
  const taken = new Set(
    secretsAreCurrent
      ? byType(OWN.actionsSecret).flatMap(({ status, urn }) => (status === "there" ? [urn] : []))
      : [],
  );
  const settled = resourcesOf(withKeys).map((resource) =>
    taken.has(resource.urn) ? asWritten(resource, plan) : resource,
  );
  for (const [urn, resource] of made) {
    const planned = plan.get(urn);
    if (planned) settled.push(completedResource(urn, planned, resource));
  }
  const state = withResources(withKeys, inState(settled, plan));
  await importState(site, state);

  return {
    state,
    keys,
    findings: findings.map((finding) => {
      const id = (madeKeys.get(finding.urn) ?? made.get(finding.urn))?.id;
      if (id === undefined) return taken.has(finding.urn) ? { ...finding, remarks: [TAKEN] } : finding;
      return { ...finding, status: "there", id, remarks: made.get(finding.urn)?.lines ?? [] };
    }),
  };
}

/** Properties that a state needs in addition, or must not have. */
function inState(resources: readonly Resource[], plan: SavedPlan): Resource[] {
  return withoutStrangers(withParents(withProviders(resources, plan), plan));
}

const TAKEN = "adopted without a write, because of --secrets-are-current";

async function readBack(resource: Resource, registered: SavedPlan, systems: Systems): Promise<Resource> {
  const { outputs, type, urn } = resource;
  if (type === ITEM && outputs?.["sectionMap"] === undefined)
    return asDeclared(resource, registered.get(urn)?.state ?? {});
  return withUnread(resource, systems);
}

/** A secret in the state as if the program had written it: a fingerprint of the value. */
function asWritten(resource: Resource, plan: SavedPlan): Resource {
  const state = plan.get(resource.urn)?.state;
  return state ? { ...resource, inputs: state, outputs: state } : resource;
}
