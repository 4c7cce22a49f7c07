import { HISTORY_ID } from "../../../provider/key-history";
import { NOT_READ_BACK } from "../../../provider/handler";
import { hasUnknown } from "../../../systems/pulumi/values";
import { toEncrypt } from "../../../systems/pulumi/values";
import type { KeyInUse } from "../key-in-use";
import type { CompletedState, PlannedResource } from "../../../systems/pulumi/saved-plan";

/**
 * A pusher's key for the state. A key with the stack's own label is the stack's own again; any other is adopted. The
 * login's credentials are only needed to mint another key.
 */
export function keyAsMade({ state }: PlannedResource, found: KeyInUse): CompletedState | undefined {
  const inputs = { ...state, appPassword: toEncrypt(NOT_READ_BACK) };
  if (hasUnknown(inputs)) return undefined;
  const { uuid: id, key, createdAt, expiresAt, own } = found;
  const times = { createdAt, expiresAt };
  return {
    id,
    inputs,
    outputs: { ...inputs, ...times, key: toEncrypt(key), adopted: !own },
  };
}

/** The record of that key. Nothing is known about former keys. */
export function historyAsMade({ id: uuid, outputs }: CompletedState): CompletedState {
  const { registryUrl, username, label, key, createdAt, expiresAt, adopted } = outputs;
  const inputs = { registryUrl, username, label, key, uuid, createdAt, expiresAt, adopted };
  return { id: HISTORY_ID, inputs, outputs: { ...inputs, former: toEncrypt([]) } };
}
