import type { Mission } from "../../../rehearsal/mission/mission";
import { withoutValues } from "../../../tools/setup/engine-log";
import { runChild } from "../../support/children";
import { withCutLog } from "../../../systems/pulumi/revealing";

export interface Logged {
  readonly status: number | null;
  /** Standard output, and the engine's log as the engine wrote it. */
  readonly whole: string;
  /** The same as `npm run up` shows it. */
  readonly shown: string;
}

/** `npm run up -- --logtostderr -v=9` in a mission's world, without its set-up. */
export async function upWithLog({ pulumi }: Mission, flags: readonly string[]): Promise<Logged> {
  const { configFile, environment, project, stack } = pulumi;
  const at = ["--stack", stack, "--config-file", configFile, "--non-interactive", "--color", "never"];
  const args = ["up", "--yes", "--skip-preview", "--logtostderr", "-v=9", ...at, ...flags];
  const { status, stdout, stderr } = await runChild("pulumi", args, {
    cwd: project,
    env: withCutLog(environment),
  });
  const log = stderr.split("\n").map(withoutValues).join("\n");
  return { status, whole: stdout + stderr, shown: stdout + log };
}
