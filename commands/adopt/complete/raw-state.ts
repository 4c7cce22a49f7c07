import type { Values } from "../../../systems/pulumi/deployment";

/**
 * The bridge to Terraform's providers notes how to get from a resource's outputs back to Terraform's own state, and fails where
 * they were changed since. Without the note it converts them as it did before it knew one (resource_state.go), and writes it anew
 * at the next read or update.
 */
export function withoutRawState({ __pulumi_raw_state_delta: _note, ...outputs }: Values): Values {
  return outputs;
}
