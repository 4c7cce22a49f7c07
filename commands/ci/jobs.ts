import { clearPending, command, hasPendingOperations, type Job, plan, preview, up } from "./job";
import { CALENDAR_HELD, lookAtStack } from "./look";
import { conflictComment, marker, nightlyIssue, previewComment } from "./messages";
import { asChange, changesIn, summarize } from "./plan";
import { LockedStack } from "./locked-stack";

export type { Job } from "./job";

/** Writes the changes of a pull request to its one comment. @returns the exit code */
export async function pullRequest(
  job: Job,
  { number, conflicts = [] }: { number: number; conflicts?: readonly string[] },
): Promise<number> {
  if (conflicts.length > 0) {
    await writePreview(job, number, conflictComment(job, conflicts));
    job.say(`preview of ${job.stack}: conflicts with the base; written to #${number}\n`);
    return 1;
  }
  const { ok, shown, output, changes } = await previewed(job);
  const summary = !ok ? "the preview failed" : shown ? summarize(changes) : "its output cannot be shown";
  const body = previewComment(job, { summary, name: ok && shown ? "diff" : "output", changes, output });
  await writePreview(job, number, body);
  job.say(`preview of ${job.stack}: ${summary}; written to #${number}\n`);
  return ok && shown ? 0 : 1;
}

async function writePreview({ stack, tracker }: Job, number: number, body: string): Promise<void> {
  const mark = marker("preview", stack);
  const [ours] = await tracker.ownComments(number, mark);
  if (ours) await tracker.editComment(ours.id, body);
  else await tracker.addComment(number, mark, body);
}

/** Users see the CLI's text, and the summary is from its JSON: the wording of the text may change. */
async function previewed(job: Job) {
  const text = await preview(job, ["--diff"]);
  if (!text.ok || !text.shown) return { ...text, changes: [] };
  const { steps, hide, ok, shown, output } = await plan(job, []);
  if (!ok || !shown) return { ok, shown, output: `${text.output}\n${output}`, changes: [] };
  const changes = changesIn(steps).map(asChange);
  const hidden = changes.map(({ operation, type, name }) => ({
    operation,
    type: hide(type),
    name: hide(name),
  }));
  return { ...text, changes: hidden };
}

/** Deploys what was merged, and finishes what a killed job left. @returns the exit code */
export async function deploy(job: Job): Promise<number> {
  const turn = new LockedStack(job);
  for (;;) {
    const tried = await up(job, ["--yes", "--diff"]);
    if (!("refusal" in tried)) return tried.ok && tried.shown ? 0 : 1;
    const next = await turn.next(tried.refusal);
    if (next !== "again") {
      job.say(`${job.stack} is locked, ${next.problem}\n`);
      return 1;
    }
  }
}

/** `npm run verify` without npm, which would put its own `pulumi` before the one that the set-up found. */
const VERIFY = ["--require", "./tools/start/transpile.cjs", "commands/verify/main.ts"];

interface Problem {
  readonly title: string;
  readonly advice: string;
  readonly output: string;
}

/**
 * Compares the stack with the live systems, renews due keys, and tests the registry's access rules. Keeps one issue
 * open while there are problems.
 *
 * @returns the exit code
 */
export async function nightly(job: Job): Promise<number> {
  const turn = new LockedStack(job);
  const halfWay = await settle(job, turn);
  const drift = halfWay.length > 0 ? halfWay : await lookForDrift(job, turn);
  const verified = await command(job, process.execPath, [
    ...VERIFY,
    "--stack",
    job.stack,
    ...job.stackArguments,
  ]);
  const wrong: Problem = {
    title: verified.ok
      ? "the verification cannot be shown"
      : "the registry does not answer as the settings say",
    advice: `See the table below; \`npm run verify -- --stack ${job.stack}\` asks again.`,
    output: verified.output,
  };
  const problems = [...drift, ...(verified.ok && verified.shown ? [] : [wrong])];
  const mark = marker("nightly", job.stack);
  const [ours, ...doubles] = await job.tracker.ownIssues(mark);
  // Two nightly runs at once may have opened one each.
  for (const { number } of problems.length === 0 && ours ? [ours, ...doubles] : doubles)
    await job.tracker.editIssue(number, { state: "closed" });
  if (problems.length === 0) {
    job.say(`${job.stack}: no problems${ours ? `; closed #${ours.number}` : ""}\n`);
    return 0;
  }
  const { title, body } = nightlyIssue(job, problems);
  if (ours) await job.tracker.editIssue(ours.number, { title, body });
  else await job.tracker.createIssue(title, mark, body);
  job.say(`${title}\n`);
  return 1;
}

/**
 * An unfinished operation is pending in the state: either its run is still active, and is waited for, or it was
 * killed. Then its pending creations are dropped, so that the nightly run compares a complete stack.
 */
async function settle(job: Job, turn: LockedStack): Promise<Problem[]> {
  while (await hasPendingOperations(job)) {
    const title = "the stack is in the middle of another run";
    const cleared = await clearPending(job);
    if (!("refusal" in cleared)) {
      const advice = `A run was killed, and \`pulumi refresh --clear-pending-creates\` failed after it.`;
      return cleared.ok ? [] : [{ title, advice, output: cleared.output }];
    }
    const next = await turn.next(cleared.refusal);
    if (next !== "again") return [{ title, advice: `It is locked, ${next.problem}`, output: "" }];
  }
  return [];
}

/** After each wait for a lock everything is read again: the lock's holder has changed something. */
async function lookForDrift(job: Job, turn: LockedStack): Promise<Problem[]> {
  const found = await lookAtStack(job);
  switch (found.kind) {
    case "clean":
      return [];
    case "unknown": {
      const advice = "Drift and due renewals are unknown; the end of the output has the reason.";
      return [{ title: found.title, advice, output: found.output }];
    }
    case "due": {
      // Only the judged resources, whatever has changed since.
      const targets = found.urns.flatMap((urn) => ["--target", urn]);
      const renewal = await up(job, ["--yes", "--skip-preview", "--refresh", ...targets]);
      if ("refusal" in renewal) {
        const next = await turn.next(renewal.refusal);
        if (next === "again") return lookForDrift(job, turn);
        const advice = `The old key keeps working; the next night tries again. The stack is locked, ${next.problem}`;
        return [{ title: "the renewal failed", advice, output: "" }];
      }
      if (renewal.ok && renewal.shown) return [];
      if (renewal.ok) {
        const advice =
          "The key was renewed. The secrets that the deploy made could not be read, so its output is not shown.";
        return [{ title: "the renewal cannot be shown", advice, output: renewal.output }];
      }
      const advice = "The old key keeps working; the next night tries again.";
      return [{ title: "the renewal failed", advice, output: renewal.output }];
    }
    case "drift": {
      const { advice, title } = found;
      // For users, and without the changes of a renewal.
      const { output } = await preview(job, ["--refresh", "--diff"], CALENDAR_HELD);
      return [{ title, advice, output }];
    }
  }
}
