import { delimiter } from "node:path";
import { ensureCli } from "./cli";
import type { Progress } from "./progress";
import { ensureSdks } from "./sdks";
import { ensureSystemTools, type Task } from "./system-packages";

/**
 * Makes everything available that the task needs beyond npm's packages, and resolves to the environment for it:
 * the Pulumi CLI comes first on PATH, and does not look for a newer one of itself.
 */
export async function ensure(task: Task, root: string, progress: Progress): Promise<NodeJS.ProcessEnv> {
  await ensureSystemTools(task, progress);
  return ensurePulumi(root, progress);
}

/** The part of it that every run of Pulumi needs, whatever it is run on. */
export async function ensurePulumi(root: string, progress: Progress): Promise<NodeJS.ProcessEnv> {
  await ensureSdks(root, progress);
  const bin = await ensureCli(root, progress);
  return {
    ...process.env,
    PATH: [bin, process.env.PATH ?? ""].join(delimiter),
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
}
