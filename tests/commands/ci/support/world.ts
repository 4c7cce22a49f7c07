import { secretText, stateText } from "../../shared/fake-pulumi";
import { IssueTracker } from "../../../../commands/ci/forgejo";
import type { Job } from "../../../../commands/ci/jobs";
import { HOLD_CALENDAR_VARIABLE } from "../../../../keys/key-calendar";
import type { Outcome } from "../../../../commands/ci/run";
import { type Forgejo, startForgejo } from "../../../../rehearsal/forgejo";
import type { FlavourName } from "../../../../rehearsal/forgejo/flavours";
import type { RepositoryOptions } from "../../../../rehearsal/forgejo/repositories";
import type { JobOptions, RunningJob, Status } from "../../../../rehearsal/forgejo/jobs";

export const KEY = "zak_0123456789abcdef0123456789abcdef";
const URN = "urn:pulumi:indri::zot-access::";
const STACK = { op: "same", urn: `${URN}pulumi:pulumi:Stack::zot-access-indri` };
/** A preview's JSON with these steps. */
export const planned = (...steps: readonly object[]): Said => ({
  status: 0,
  output: JSON.stringify({ steps: [STACK, ...steps] }),
});
/** A preview that finds the config changed. */
export const drift = planned({
  op: "update",
  urn: `${URN}zot-access:index:ZotRegistry$command:remote:Command::registry-config`,
});
/** One that finds a key due. */
export const renewal = planned({
  op: "replace",
  urn: `${URN}zot-access:index:CiCredential$zot-access:index:ZotApiKey::pusher-zot-ci-api-key`,
  replaceReasons: ["expiresAt"],
});

export type Said = Pick<Outcome, "status" | "output">;
export const good: Said = { status: 0, output: "Resources:\n    35 unchanged\n" };

type Program =
  | "preview"
  | "plan"
  | "held"
  | "up"
  | "cancel"
  | "refresh"
  | "verify"
  | "state"
  | "operations"
  | "history"
  | "git";
/**
 * What each program says: always, or time by time, of which the last stays. `preview` is the text for people, `plan` the JSON, and `held`
 * the JSON where the calendar is held.
 */
export type Answers = Partial<Record<Program, Said | readonly Said[]>>;

/** When the jobs begin; they wait by this clock. */
export const NOW = new Date("2026-11-25T12:00:00Z");

/** A Forgejo that holds what the jobs write, and a Pulumi and a verification that say what a test wants. */
export interface World {
  readonly forgejo: Forgejo;
  /** The job that the tracker writes as. */
  readonly running: OpenJob;
  readonly said: string;
  readonly ran: readonly string[];
  job(answers?: Answers, more?: Partial<Job>): Job;
}

/** A job that runs until it is told to end. */
export interface OpenJob extends RunningJob {
  end(status: "success" | "failure"): Promise<Status>;
}

export async function openJob(forgejo: Forgejo, options: JobOptions): Promise<OpenJob> {
  return new Promise((resolve) => {
    const over = forgejo.runJob(options, (running) => {
      return new Promise((end) => {
        resolve({ ...running, end: (status) => (end(status), over) });
      });
    });
  });
}

export interface WorldOptions {
  readonly flavour?: FlavourName;
  /** Of a person's own token, in the place of a job's. */
  readonly scopes?: readonly string[];
  readonly repository?: Partial<RepositoryOptions>;
}

export async function startWorld({ flavour, scopes, repository }: WorldOptions = {}): Promise<World> {
  const forgejo = await startForgejo({
    token: "person-token",
    owner: "eblume",
    repositories: [{ name: "blumeops", ...repository }],
    ...(flavour && { flavour }),
    ...(scopes && { scopes }),
  });
  const running = await openJob(forgejo, { name: "nightly", event: "schedule" });
  const tracker = new IssueTracker({
    apiUrl: `${forgejo.url}/api/v1`,
    name: "eblume/blumeops",
    token: scopes ? "person-token" : running.token,
    retryDelaysMs: [1, 1],
  });
  const ran: string[] = [];
  let said = "";
  let waited = 0;
  return {
    forgejo,
    running,
    ran,
    get said() {
      return said;
    },
    job: (answers = {}, more = {}) => ({
      stack: "indri",
      url: "https://forge.example.org/eblume/blumeops/actions/runs/7",
      tracker,
      run: programs(answers, ran),
      secrets: ["the-passphrase"],
      settingsSecrets: () => Promise.resolve([]),
      stackArguments: [],
      policyArguments: [],
      lockOwner: undefined,
      holderState: () => Promise.resolve("unknown"),
      now: () => new Date(NOW.getTime() + waited),
      wait: (milliseconds) => {
        waited += milliseconds;
        return Promise.resolve();
      },
      say: (text) => {
        said += text;
      },
      ...more,
    }),
  };
}

/** What the CLI answers in JSON; whatever that says, it may warn beside it, such as of a newer version of itself. */
const FOR_MACHINES = ["state", "operations", "plan", "held", "history"];
const WARNING = "\nwarning: A new version of Pulumi is available {see its page}.\n";

function programs(answers: Answers, ran: string[]): Job["run"] {
  const state = stateText([{ type: "zot-access:index:ZotApiKey", outputs: { key: secretText(KEY) } }]);
  const known: Answers = {
    state: { status: 0, output: state },
    plan: planned(),
    held: planned(),
    ...answers,
  };
  const times = new Map<string, number>();
  return (command, args, environment = {}) => {
    const verb = verbOf(command, args, environment);
    ran.push([command, ...args].join(" "));
    const time = times.get(verb) ?? 0;
    times.set(verb, time + 1);
    const said = [known[verb as Program] ?? good].flat();
    const { status, output } = said[Math.min(time, said.length - 1)] ?? good;
    const stderr = FOR_MACHINES.includes(verb) ? WARNING : "";
    return Promise.resolve({ status, stdout: output, stderr, output: output + stderr });
  };
}

function verbOf(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): string {
  if (command === "git") return "git";
  if (args.includes("commands/verify/main.ts")) return "verify";
  if (args[0] === "stack") {
    if (args[1] === "history") return "history";
    return args.includes("--show-secrets") ? "state" : "operations";
  }
  if (args[0] !== "preview" || !args.includes("--json")) return args[0] ?? "";
  return environment[HOLD_CALENDAR_VARIABLE] === "1" ? "held" : "plan";
}
