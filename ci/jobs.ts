import type { IssueTracker } from "./forgejo";
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
  const { ok } = await pulumi(job, "up", ["--yes", "--diff"]);
  return ok ? 0 : 1;
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

async function lookForDrift(job: Job): Promise<Problem[]> {
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
      return [
        {
          title: "the renewal failed",
          advice: "The old key goes on; the next night tries again.",
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

/** Pulumi with the policies, its output without any secret. */
function pulumi(job: Job, verb: "preview" | "up", args: readonly string[]) {
  const all = [verb, "--stack", job.stack, ...job.pulumiArguments, "--policy-pack", "policy", ...args];
  return command(job, "pulumi", [
    ...all,
    "--non-interactive",
    "--color",
    "never",
    "--suppress-permalink=true",
  ]);
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
