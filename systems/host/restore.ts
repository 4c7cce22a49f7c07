import { parseOutcome, restoreCommand, restoreInput } from "./payload";
import { runOverSsh } from "./ssh";
import type { ApplyResult, HostLayout, SshTarget } from "./types";

/** The lock, a restart, and another restart for a rollback take less. */
const RESTORE_SECONDS = 600;

/**
 * Restores what was there before the first deploy; `unchanged` if the host has nothing of this project. The script's
 * output decides, and not Pulumi's delete: some SSH servers report success for everything.
 *
 * @throws HostApplyError if it failed; the registry then serves as it was deployed. SshError
 */
export async function restoreHost(target: SshTarget, layout: HostLayout): Promise<ApplyResult> {
  return parseOutcome(
    (await runOverSsh(target, restoreCommand(), restoreInput(layout), RESTORE_SECONDS)).stdout,
  );
}
