import { z } from "zod";
import type { IssueTracker } from "./forgejo";
import { isRefusal, type Lock, type ServerWord } from "./locks";
import { mask } from "./mask";
import type { Run } from "./messages";
import { type Change, changesIn, judgeNight, type Night } from "./plan";
import type { Outcome, RunCommand } from "./run";
import { secretsInState } from "./state-secrets";
import { messageOf } from "../../systems/text";

export interface Job extends Run {
  readonly tracker: IssueTracker;
  readonly run: RunCommand;
  /** Secrets of the job's environment. */
  readonly secrets: readonly string[];
  /** Secrets of the stack's settings, which a deploy would bring into the state. */
  readonly settingsSecrets: () => Promise<readonly string[]>;
  /** Further arguments for whatever works on the stack, e.g. `--config-file`. */
  readonly stackArguments: readonly string[];
  /** Further arguments for what asks the policies. */
  readonly policyArguments: readonly string[];
  /** `user@host` of every job, and of nobody else; undefined: no lock is ever cleared. */
  readonly lockOwner: string | undefined;
  /** What the server says of the job that holds a lock. */
  readonly serverWord: (lock: Lock, now: Date) => Promise<ServerWord>;
  readonly now: () => Date;
  readonly wait: (milliseconds: number) => Promise<void>;
  readonly say: (text: string) => void;
}

/** What a program came to, as it may be shown. */
export interface Shown {
  readonly ok: boolean;
  /** Without any secret; where it is not known what in it is secret, what the program came to and why it is not shown. */
  readonly output: string;
  /** Whether the output is the program's own. */
  readonly shown: boolean;
}

export const QUIET = ["--non-interactive", "--color", "never"];

/** What a preview found. */
export interface Preview extends Shown {
  readonly changes: readonly Change[];
  readonly night: Night;
}

/** `pulumi preview` with the policies. */
export async function preview(job: Job, args: readonly string[]): Promise<Preview> {
  const outcome = await job.run("pulumi", withPolicies(job, "preview", args));
  const { hide, ...shown } = await show(job, "pulumi preview", outcome);
  if (!shown.ok || !shown.shown) return { ...shown, changes: [], night: "drift" };
  try {
    // Judged by what Pulumi said, and not by what is left of it: a secret may be a word of Pulumi's own.
    const changes = changesIn(outcome.output);
    const hidden = changes.map(({ operation, type, name }) => ({ operation, type, name: hide(name) }));
    return { ...shown, changes: hidden, night: judgeNight(outcome.output, changes) };
  } catch (error) {
    const output = `${shown.output}\n${messageOf(error)}`;
    return { ok: false, output, shown: true, changes: [], night: "drift" };
  }
}

/** What a run that takes the stack's lock came to; where that kept it from beginning, what Pulumi said, which is not shown. */
export type Locking = Shown | { readonly refusal: string };

/** `pulumi up` with the policies. */
export function up(job: Job, args: readonly string[]): Promise<Locking> {
  return locking(job, withPolicies(job, "up", args));
}

/** Drops what a killed run had begun to create (docs/state.md). */
export function clearPending(job: Job): Promise<Locking> {
  return locking(job, [...clearPendingArguments(job), ...QUIET]);
}

export function clearPendingArguments({ stack, stackArguments }: Job): string[] {
  return [
    "refresh",
    "--yes",
    "--skip-preview",
    "--clear-pending-creates",
    "--stack",
    stack,
    ...stackArguments,
  ];
}

async function locking(job: Job, args: readonly string[]): Promise<Locking> {
  const outcome = await job.run("pulumi", args);
  if (outcome.status !== 0 && isRefusal(outcome.output)) return { refusal: outcome.output };
  const { hide: _, ...shown } = await show(job, `pulumi ${args[0]}`, outcome);
  return shown;
}

/** Runs a program, and says its output without any secret. */
export async function command(
  job: Job,
  program: string,
  args: readonly string[],
  name = [program, args[0]].join(" "),
): Promise<Shown> {
  const { hide: _, ...shown } = await show(job, name, await job.run(program, args));
  return shown;
}

function withPolicies(job: Job, verb: "preview" | "up", args: readonly string[]): string[] {
  const policies = ["--policy-pack", "policy", ...job.policyArguments];
  const all = [verb, "--stack", job.stack, ...job.stackArguments, ...policies, ...args];
  return [...all, ...QUIET, "--suppress-permalink=true"];
}

/** Says what a program printed, without any secret; nothing of it where it is not known what is secret. */
async function show(
  job: Job,
  name: string,
  { status, output }: Outcome,
): Promise<Shown & { hide: (text: string) => string }> {
  const ok = status === 0;
  try {
    const secrets = await secretsOf(job);
    const hide = (text: string) => mask(text, secrets);
    const shown = hide(output);
    job.say(shown);
    return { ok, output: shown, shown: true, hide };
  } catch (error) {
    const came = ok ? "succeeded" : `failed with status ${status ?? "none, ended by a signal"}`;
    const instead =
      `\`${name}\` ${came}. The output is not shown, since it is not known what in it is secret. ` +
      `${reasonOf(error, job)}\n`;
    job.say(instead);
    return { ok, output: instead, shown: false, hide: () => "[not shown]" };
  }
}

/** JavaScript's own errors quote what they choke on. */
const QUOTING = [SyntaxError, TypeError, RangeError, URIError, ReferenceError];

/** Why it is not known what is secret, without any of it. */
function reasonOf(error: unknown, { secrets }: Pick<Job, "secrets">): string {
  const quotes = !(error instanceof Error) || QUOTING.some((type) => error instanceof type);
  if (!quotes) {
    try {
      return mask(error.message, secrets);
    } catch {
      // Nothing is said that cannot be masked.
    }
  }
  const name = error instanceof Error ? error.name : "fault";
  return `Its secrets could not be cut out (${name}): this is a fault of zot-access; report it with the version of Node.`;
}

/** Asked for after the program: a deploy makes secrets of its own. A preview knows those of the last deploy. */
async function secretsOf(job: Job): Promise<string[]> {
  return [...job.secrets, ...(await job.settingsSecrets()), ...(await stateSecrets(job))];
}

const pendingSchema = z.object({
  deployment: z.object({ pending_operations: z.array(z.unknown()).nullish() }),
});

/** Whether a run has begun something that it has not ended; false where the state cannot be read, which a preview tells. */
export async function hasPendingOperations({ run, stack }: Job): Promise<boolean> {
  const { status, output } = await run("pulumi", ["stack", "export", "--stack", stack]);
  if (status !== 0) return false;
  try {
    const state = pendingSchema.parse(JSON.parse(output.slice(output.indexOf("{"))));
    return (state.deployment.pending_operations ?? []).length > 0;
  } catch {
    return false;
  }
}

/** @throws Error where the state cannot be read */
async function stateSecrets({ run, stack }: Job): Promise<string[]> {
  const args = ["stack", "export", "--show-secrets", "--stack", stack];
  const { status, output } = await run("pulumi", args);
  if (status === 0) return secretsInState(output.slice(output.indexOf("{")));
  throw new Error(
    `The state of ${stack} cannot be read: see that its backend answers, and that its URL and the passphrase are the stack's.`,
  );
}
