import { HISTORY_ID } from "../../../provider/key-history";
import { NOT_READ_BACK } from "../../../provider/handler";
import { hasUnknown } from "../../../systems/pulumi/values";
import { toEncrypt } from "../../../systems/pulumi/values";
import type { KeyInUse } from "../key-in-use";
import type { CompletedState, PlannedResource } from "../../../systems/pulumi/saved-plan";

/**
 * A pusher's key as the state would hold it. With the stack's own label it is the stack's own again; any other was made by people.
 * What opens the login plays no part until another key is minted.
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

/** What is written down of that key before anybody is given it. Of those before it nothing is known. */
export function historyAsMade({ id: uuid, outputs }: CompletedState): CompletedState {
  const { registryUrl, username, label, key, createdAt, expiresAt, adopted } = outputs;
  const inputs = { registryUrl, username, label, key, uuid, createdAt, expiresAt, adopted };
  return { id: HISTORY_ID, inputs, outputs: { ...inputs, former: toEncrypt([]) } };
}
