import { z } from "zod";
import type { IssueTracker } from "./forgejo";
import { isRefusal, type Lock, type HolderState } from "./locks";
import { mask } from "./mask";
import type { Run } from "./messages";
import { stepsIn } from "./plan";
import { OWN } from "../../systems/pulumi/types";
import { errorsIn, type PlannedStep } from "../../systems/pulumi/plan";
import type { Outcome, RunCommand } from "./run";
import { secretsInState } from "./state-secrets";
import { messageOf } from "../../systems/text";

export interface Job extends Run {
  readonly tracker: IssueTracker;
  readonly run: RunCommand;
  /** Secrets of the job's environment. */
  readonly secrets: readonly string[];
  /** Secrets of the stack's settings, which a deploy would write to the state. */
  readonly settingsSecrets: () => Promise<readonly string[]>;
  /** Further arguments for every command on the stack, e.g. `--config-file`. */
  readonly stackArguments: readonly string[];
  /** Further arguments for commands that run the policies. */
  readonly policyArguments: readonly string[];
  /** `user@host` of every job, and of nobody else; undefined: no lock is ever cleared. */
  readonly lockOwner: string | undefined;
  /** What the server reports about the job that holds a lock. */
  readonly holderState: (lock: Lock, now: Date) => Promise<HolderState>;
  readonly now: () => Date;
  readonly wait: (milliseconds: number) => Promise<void>;
  readonly say: (text: string) => void;
}

/** The result of a program, masked. */
export interface Shown {
  readonly ok: boolean;
  /** The masked output; if its secrets are unknown, the result and the reason why the output is hidden. */
  readonly output: string;
  /** Whether this is the program's own output. */
  readonly shown: boolean;
}

export const QUIET = ["--non-interactive", "--color", "never"];

/** `pulumi preview` with the policies, for users. */
export function preview(
  job: Job,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Shown> {
  return command(job, "pulumi", withPolicies(job, "preview", args), "pulumi preview", environment);
}

/** The steps of a preview; if it failed, `output` has the reason. */
export interface Planned extends Shown {
  readonly steps: readonly PlannedStep[];
  /** Masks secrets in a name. */
  readonly hide: (text: string) => string;
}

/** What a deploy would do, for the job to judge. It is not shown. */
export async function plan(
  job: Job,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Planned> {
  const asked = withPolicies(job, "preview", [...args, "--json", "--show-sames"]);
  // With this variable the CLI prints events, including secrets.
  const without = { PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "false" };
  const { status, stdout, stderr } = await job.run("pulumi", asked, { ...environment, ...without });
  const told = status === 0 ? "" : `${errorsIn(stdout)}\n${stderr}`;
  const shown = await show(job, "pulumi preview", { status, output: told });
  if (!shown.ok || !shown.shown) return { ...shown, steps: [] };
  try {
    return { ...shown, steps: stepsIn(stdout) };
  } catch (error) {
    return { ...shown, ok: false, output: messageOf(error), steps: [] };
  }
}

/** The result of a run that takes the stack's lock; if a lock prevented it, Pulumi's message, which is not shown. */
export type Locking = Shown | { readonly refusal: string };

/** `pulumi up` with the policies. */
export function up(job: Job, args: readonly string[]): Promise<Locking> {
  return locking(job, withPolicies(job, "up", args));
}

/** Drops the pending creations of a killed run (docs/state.md). */
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

/** Runs a program, and prints its masked output. */
export async function command(
  job: Job,
  program: string,
  args: readonly string[],
  name = [program, args[0]].join(" "),
  environment: Readonly<Record<string, string>> = {},
): Promise<Shown> {
  const { hide: _, ...shown } = await show(job, name, await job.run(program, args, environment));
  return shown;
}

function withPolicies(job: Job, verb: "preview" | "up", args: readonly string[]): string[] {
  const policies = ["--policy-pack", "policy", ...job.policyArguments];
  const all = [verb, "--stack", job.stack, ...job.stackArguments, ...policies, ...args];
  return [...all, ...QUIET, "--suppress-permalink=true"];
}

/** Prints a program's masked output, or nothing of it if its secrets are unknown. */
async function show(
  job: Job,
  name: string,
  { status, output }: Pick<Outcome, "status" | "output">,
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
      `\`${name}\` ${came}. The output is not shown, because the secrets in it are not known. ` +
      `${reasonOf(error, job)}\n`;
    job.say(instead);
    return { ok, output: instead, shown: false, hide: () => "[not shown]" };
  }
}

/** JavaScript's own errors quote their input. */
const QUOTING = [SyntaxError, TypeError, RangeError, URIError, ReferenceError];

/** Why the secrets are unknown, without any secret. */
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
  return `Its secrets could not be masked (${name}): this is a bug in zot-access; report it with the version of Node.`;
}

/** Called after the program: a deploy creates secrets. A preview knows those of the last deploy. */
async function secretsOf(job: Job): Promise<string[]> {
  return [...job.secrets, ...(await job.settingsSecrets()), ...(await stateSecrets(job))];
}

const stateSchema = z.object({
  deployment: z.object({
    manifest: z.object({ time: z.string() }).optional(),
    pending_operations: z.array(z.unknown()).nullish(),
    resources: z
      .array(
        z.object({
          urn: z.string(),
          type: z.string(),
          /** Replaced, and not deleted yet. */
          delete: z.boolean().optional(),
          outputs: z.record(z.string(), z.unknown()).optional(),
        }),
      )
      .nullish(),
  }),
});

/** The progress of the stack's runs; empty if the state cannot be read, which a preview reports. */
export interface Progress {
  /** When the state was last written: each step of a run writes it. */
  readonly written: string;
  /** Whether a run has begun an operation that it has not finished. */
  readonly pending: boolean;
  /** Expired keys in the state, by their URNs. */
  readonly expired: ReadonlyMap<string, string>;
}

export async function progressOf({ run, stack, now }: Job): Promise<Progress> {
  const unknown = { written: "", pending: false, expired: new Map<string, string>() };
  const { status, stdout } = await run("pulumi", ["stack", "export", "--stack", stack]);
  if (status !== 0) return unknown;
  try {
    const { deployment } = stateSchema.parse(JSON.parse(stdout));
    const { manifest, pending_operations: pending, resources } = deployment;
    const ends = (resources ?? [])
      .filter((each) => each.type === OWN.apiKey && each.delete !== true)
      .map(({ urn, outputs }) => [urn, String(outputs?.["expiresAt"])] as const)
      .filter(([, end]) => Date.parse(end) <= now().getTime());
    return { written: manifest?.time ?? "", pending: (pending ?? []).length > 0, expired: new Map(ends) };
  } catch {
    return unknown;
  }
}

export async function hasPendingOperations(job: Job): Promise<boolean> {
  return (await progressOf(job)).pending;
}

/** @throws Error if the state cannot be read */
async function stateSecrets({ run, stack }: Job): Promise<string[]> {
  const args = ["stack", "export", "--show-secrets", "--stack", stack];
  const { status, stdout } = await run("pulumi", args);
  if (status === 0) return secretsInState(stdout);
  throw new Error(
    `The state of ${stack} cannot be read: see that its backend answers, and that its URL and the passphrase are the stack's.`,
  );
}
