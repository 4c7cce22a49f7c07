import { parseOutcome, restoreCommand, restoreInput } from "./payload";
import { runOverSsh } from "./ssh";
import type { ApplyResult, HostLayout, SshTarget } from "./types";

/** More than the lock, a restart, and another one for the way back may take. */
const RESTORE_SECONDS = 600;

/**
 * Puts back what was there before the first deploy; `unchanged` where nothing of this project is on the host. Judged by what
 * the script says, as Pulumi's own delete cannot: some SSH servers report success for everything.
 *
 * @throws HostApplyError when it did not take; the registry then serves as it was deployed. SshError
 */
export async function restoreHost(target: SshTarget, layout: HostLayout): Promise<ApplyResult> {
  return parseOutcome(
    (await runOverSsh(target, restoreCommand(), restoreInput(layout), RESTORE_SECONDS)).stdout,
  );
}
