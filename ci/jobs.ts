import type { IssueTracker } from "./forgejo";
import { locksIn, reasonsToKeep } from "./locks";
import { mask, secretsInState } from "./mask";
import { marker, nightlyIssue, previewComment, type Run } from "./messages";
import { changesIn, judgeNight, summarize } from "./plan";
import type { Outcome, RunCommand } from "./run";

export interface Job extends Run {
  readonly tracker: IssueTracker;
  readonly run: RunCommand;
  /** Secrets of the job's environment. */
  readonly secrets: readonly string[];
  /** Further arguments for Pulumi, e.g. `--config-file`. */
  readonly pulumiArguments: readonly string[];
  /** `user@host` of every job, and of nobody else; undefined: no lock is ever cleared. */
  readonly lockOwner: string | undefined;
  readonly now: () => Date;
  readonly say: (text: string) => void;
}

/** Writes what a pull request would change into its one comment. @returns the exit code */
export async function pullRequest(job: Job, number: number): Promise<number> {
  const { ok, output } = await pulumi(job, "preview", ["--diff"]);
  const changes = ok ? changesIn(output) : [];
  const body = previewComment(job, { ok, changes, output });
  const comments = await job.tracker.comments(number);
  const ours = comments.find((comment) => comment.body.startsWith(marker("preview", job.stack)));
  if (ours) await job.tracker.editComment(ours.id, body);
  else await job.tracker.addComment(number, body);
  job.say(`preview of ${job.stack}: ${ok ? summarize(changes) : "failed"}; written to #${number}\n`);
  return ok ? 0 : 1;
}

/** Deploys what was merged. @returns the exit code */
export async function deploy(job: Job): Promise<number> {
  const args = ["--yes", "--diff"];
  const first = await pulumi(job, "up", args);
  if (first.ok) return 0;
  const lock = await clearStaleLock(job, first.output);
  if (lock === "cleared") return (await pulumi(job, "up", args)).ok ? 0 : 1;
  if (lock !== "none") job.say(`${lock.problem}\n`);
  return 1;
}

/**
 * Clears the lock of a dead job where it was that which kept a run from beginning, and drops what the dead job had begun to
 * create (docs/state.md). A refused run has changed nothing.
 */
async function clearStaleLock(job: Job, output: string): Promise<"none" | "cleared" | { problem: string }> {
  const steps = [
    ["cancel", "--yes", "--stack", job.stack],
    [
      "refresh",
      "--yes",
      "--skip-preview",
      "--clear-pending-creates",
      "--stack",
      job.stack,
      ...job.pulumiArguments,
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

interface Problem {
  readonly title: string;
  readonly advice: string;
  readonly output: string;
}

/**
 * Compares the stack with reality, renews what the calendar asks for, and asks the registry who may do what. Keeps one issue
 * for as long as something is off.
 *
 * @returns the exit code
 */
export async function nightly(job: Job): Promise<number> {
  const drift = await lookForDrift(job);
  const verified = await command(job, "npm", [
    "run",
    "--silent",
    "verify",
    "--",
    "--stack",
    job.stack,
    ...job.pulumiArguments,
  ]);
  const wrong: Problem = {
    title: "the registry does not answer as the settings say",
    advice: `See the table below; \`npm run verify -- --stack ${job.stack}\` asks again.`,
    output: verified.output,
  };
  const problems = [...drift, ...(verified.ok ? [] : [wrong])];
  const issues = await job.tracker.openIssues();
  const ours = issues.find(({ body }) => body.startsWith(marker("nightly", job.stack)));
  if (problems.length === 0) {
    if (ours) await job.tracker.editIssue(ours.number, { state: "closed" });
    job.say(`${job.stack}: all is well${ours ? `; closed #${ours.number}` : ""}\n`);
    return 0;
  }
  const { title, body } = nightlyIssue(job, problems);
  if (ours) await job.tracker.editIssue(ours.number, { title, body });
  else await job.tracker.createIssue(title, body);
  job.say(`${title}\n`);
  return 1;
}

/** @param mayClear whether a lock may be cleared: once, after which everything is looked at anew. */
async function lookForDrift(job: Job, mayClear = true): Promise<Problem[]> {
  const preview = await pulumi(job, "preview", ["--refresh", "--diff"]);
  if (!preview.ok) {
    return [
      {
        title: "the preview failed",
        advice:
          "Whether anything has drifted, and whether the key must be renewed, is not known; the end of the output says why.",
        output: preview.output,
      },
    ];
  }
  const changes = changesIn(preview.output);
  switch (judgeNight(preview.output, changes)) {
    case "clean":
      return [];
    case "due": {
      const renewal = await pulumi(job, "up", ["--yes", "--refresh"]);
      if (renewal.ok) return [];
      const lock = mayClear ? await clearStaleLock(job, renewal.output) : "none";
      if (lock === "cleared") return lookForDrift(job, false);
      const cause = lock === "none" ? "" : ` The stack is locked: ${lock.problem}`;
      return [
        {
          title: "the renewal failed",
          advice: `The old key goes on; the next night tries again.${cause}`,
          output: renewal.output,
        },
      ];
    }
    case "drift":
      return [
        {
          title: `drift: ${summarize(changes)}`,
          advice:
            `Somebody or something changed ${changes.map(({ name }) => `\`${name}\``).join(", ")}. Take it over into the ` +
            `settings, or put it back with \`npm run up -- --stack ${job.stack}\`. A renewal that is due waits for this.`,
          output: preview.output,
        },
      ];
  }
}

const QUIET = ["--non-interactive", "--color", "never"];

/** Pulumi with the policies, its output without any secret. */
function pulumi(job: Job, verb: "preview" | "up", args: readonly string[]) {
  const all = [verb, "--stack", job.stack, ...job.pulumiArguments, "--policy-pack", "policy", ...args];
  return command(job, "pulumi", [...all, ...QUIET, "--suppress-permalink=true"]);
}

async function command(
  job: Job,
  program: string,
  args: readonly string[],
): Promise<{ ok: boolean; output: string }> {
  const { status, output } = await job.run(program, args);
  // After it: a deploy makes secrets of its own. A preview knows those of the last deploy.
  const masked = mask(output, [...job.secrets, ...(await stateSecrets(job))]);
  job.say(masked);
  return { ok: status === 0, output: masked };
}

/** @throws Error where the state cannot be read: what is not known cannot be cut out. */
async function stateSecrets({ run, stack }: Job): Promise<string[]> {
  const { status, output }: Outcome = await run("pulumi", [
    "stack",
    "export",
    "--show-secrets",
    "--stack",
    stack,
  ]);
  if (status !== 0)
    throw new Error(`the state of ${stack} cannot be read, so that nothing may be shown; see docs/ci.md`);
  return secretsInState(JSON.parse(output.slice(output.indexOf("{"))));
}
