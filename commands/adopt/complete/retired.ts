import { hasUnknown } from "../../../systems/pulumi/values";
import type { ApiKeyInfo } from "../../../systems/zot/client";
import type { CompletedState, PlannedResource } from "../../../systems/pulumi/saved-plan";

/**
 * The keys before the one in use as the state would hold them. Jobs may still be using them, and since when each has been
 * replaced is not known: their time begins now.
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
  // Who has the key is not known before everybody was given it.
  const inputs = { ...state, holders: hasUnknown(state["holders"]) ? [] : state["holders"] };
  return { id: label, inputs, outputs: { ...inputs, kept } };
}
