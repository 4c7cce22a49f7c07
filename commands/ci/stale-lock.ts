import { command, type Job, QUIET } from "./job";
import { locksIn, reasonsToKeep } from "./locks";

/**
 * Clears the lock of a dead job where it was that which kept a run from beginning, and drops what the dead job had begun to
 * create (docs/state.md). A refused run has changed nothing.
 */
export async function clearStaleLock(
  job: Job,
  output: string,
): Promise<"none" | "cleared" | { problem: string }> {
  const steps = [
    ["cancel", "--yes", "--stack", job.stack],
    [
      "refresh",
      "--yes",
      "--skip-preview",
      "--clear-pending-creates",
      "--stack",
      job.stack,
      ...job.stackArguments,
    ],
  ];
  const byHand =
    `See that nobody works on ${job.stack}, then run ` +
    `${steps.map((step) => `\`pulumi ${step.join(" ")}\``).join(" and ")}; docs/state.md tells more.`;
  try {
    const locks = locksIn(output);
    if (locks.length === 0) return "none";
    const reasons = reasonsToKeep(locks, job.lockOwner, job.now());
    if (reasons.length > 0) return { problem: `${reasons.join("; ")}. ${byHand}` };
  } catch (error) {
    return { problem: `${error instanceof Error ? error.message : String(error)}. ${byHand}` };
  }
  job.say(`clearing the lock of a job that is over\n`);
  for (const step of steps) {
    const { ok } = await command(job, "pulumi", [...step, ...QUIET]);
    if (!ok) return { problem: `\`pulumi ${step[0]}\` failed. ${byHand}` };
  }
  return "cleared";
}
