import { hasUnknown } from "../../../systems/pulumi/values";
import type { ApiKeyInfo } from "../../../systems/zot/client";
import type { CompletedState, PlannedResource } from "../../../systems/pulumi/saved-plan";

/**
 * The former keys for the state. Jobs may still be using them, and it is unknown when each was replaced: their grace
 * period begins now.
 */
export function retiredAsMade(
  { state }: PlannedResource,
  keys: readonly ApiKeyInfo[],
  now: Date,
): CompletedState | undefined {
  const label = state?.["label"];
  const uuid = state?.["uuid"];
  if (!state || typeof label !== "string") return undefined;
  const kept = keys
    .filter((key) => key.label === label && key.uuid !== uuid && !key.isExpired)
    .map((key) => ({ uuid: key.uuid, since: now.toISOString() }));
  // The consumers of a key are unknown until the key was distributed.
  const inputs = { ...state, holders: hasUnknown(state["holders"]) ? [] : state["holders"] };
  return { id: label, inputs, outputs: { ...inputs, kept } };
}
