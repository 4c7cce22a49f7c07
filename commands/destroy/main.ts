import { hostLayout, readSshKeys, sshTarget } from "../../config/arguments";
import { restoreHost } from "../../systems/host/restore";
import { openStack, type StackAccess } from "../shared/stack";
import { configFlags, type StackLocation } from "../../systems/pulumi/cli";
import { showPulumi } from "../../systems/pulumi/run";
import {
  parse,
  runMain,
  printLines,
  stackLocation,
  stackCommand,
  type StackOptions,
} from "../shared/command-line";
import { consequences, protectedOnes } from "./consequences";
import { managedResources } from "../../systems/pulumi/state";
import { REMOTE_COMMAND } from "../../systems/pulumi/types";
import { messageOf } from "../../systems/text";

const line = stackCommand(
  "destroy",
  "[--yes] [--config-file FILE]",
  "Lists what will stop working. With --yes it then runs pulumi destroy.",
  {
    0: "the consequences were listed, or the stack was destroyed",
    1: "the stack was not destroyed, or only in part; the reason is on standard error",
  },
).option("--yes", "destroy the stack");

async function main(): Promise<number> {
  const { options } = parse<StackOptions & { readonly yes?: true }>(line);
  const at = stackLocation(options);
  const stack = await openStack(at);
  const { settings } = stack;
  const held = await managedResources(at);
  const lines = consequences(settings, held);
  printLines(
    held.length === 0
      ? ["The stack is empty."]
      : ["When this stack is destroyed:", ...lines.map((line) => `  - ${line}`)],
  );
  const kept = protectedOnes(held);
  if (kept.length > 0) {
    throw new Error(
      `nothing was changed: ${kept.join(", ")} are protected. Set authentik.protect to false, run pulumi up, then this again`,
    );
  }
  if (options.yes !== true) {
    printLines([
      "Nothing was changed. With --yes pulumi destroy begins; `npm run release` removes the stack from the state and touches no system.",
    ]);
    return 0;
  }
  if (held.length === 0) return 0;
  const code = await destroy(at);
  const restores = settings.host.onDestroy === "restore" && held.some(({ type }) => type === REMOTE_COMMAND);
  if (code === 0 && restores) printLines([await putBack(stack)]);
  return code === 0 ? 0 : 1;
}

/** Pulumi relies on the exit status of SSH, which some servers always report as 0, so the host itself is asked. */
async function putBack(stack: StackAccess): Promise<string> {
  const { settings } = stack;
  const ssh = sshTarget(settings, await readSshKeys(settings, (secret) => stack.secret(secret)));
  try {
    const { detail } = await restoreHost(ssh, hostLayout(settings));
    return `${ssh.host}: ${detail}.`;
  } catch (error) {
    const reason = messageOf(error);
    throw new Error(
      `the stack is destroyed, but the config from before the first deploy is not restored: ${reason}. Fix that, run pulumi up, then run this again`,
    );
  }
}

/**
 * In the foreground: it takes a while, and prints its steps. It refreshes first: 1Password's provider fails to delete
 * an item that is already gone.
 */
function destroy(at: StackLocation): Promise<number> {
  const args = ["destroy", "--refresh", "--yes", "--skip-preview", "--stack", at.stack, ...configFlags(at)];
  return showPulumi(args, { cwd: at.project, environment: at.environment });
}

runMain("destroy", main, { failed: 1 });
