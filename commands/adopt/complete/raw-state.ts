import type { Values } from "../../../systems/pulumi/deployment";

/**
 * The bridge to Terraform's providers records how to convert a resource's outputs back to Terraform's own state, and
 * fails if they were changed since. Without the record it converts them with its older method (resource_state.go),
 * and writes a new record at the next read or update.
 */
export function withoutRawState({ __pulumi_raw_state_delta: _note, ...outputs }: Values): Values {
  return outputs;
}
