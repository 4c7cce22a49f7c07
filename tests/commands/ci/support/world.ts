import { IssueTracker } from "../../../../commands/ci/forgejo";
import type { Job } from "../../../../commands/ci/jobs";
import type { Outcome } from "../../../../commands/ci/run";
import { type Forgejo, startForgejo } from "../../../../rehearsal/forgejo";
import type { FlavourName } from "../../../../rehearsal/forgejo/flavours";
import type { RepositoryOptions } from "../../../../rehearsal/forgejo/repositories";
import type { JobOptions, RunningJob, Status } from "../../../../rehearsal/forgejo/jobs";

export const KEY = "zak_0123456789abcdef0123456789abcdef";
export const step = (sign: string, type: string, operation: string, name: string) =>
  `    ${sign} ${type}: (${operation})\n        [id=x]\n        [urn=urn:pulumi:indri::zot-access::zot-access:index:Parent$${type}::${name}]\n`;
export const drift = step("~", "command:remote:Command", "update", "registry-config");
export const renewal =
  "  zot-access:index:ZotApiKey (ci-credential-api-key):\n    renewal due: key 1f expires in 30 days\n" +
  step("+-", "zot-access:index:ZotApiKey", "replace", "ci-credential-api-key") +
  step("~", "zot-access:index:ActionsSecret", "update", "actions-secrets-ZOT_CI_API_KEY");

export const good: Outcome = { status: 0, output: "Resources:\n    35 unchanged\n" };

type Program = "preview" | "up" | "cancel" | "refresh" | "verify" | "state" | "operations";
/** What each program says: always, or time by time, of which the last stays. */
export type Answers = Partial<Record<Program, Outcome | readonly Outcome[]>>;

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
      serverWord: () => Promise.resolve("nothing"),
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

function programs(answers: Answers, ran: string[]): Job["run"] {
  const secret = {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    plaintext: JSON.stringify(KEY),
  };
  const resources = [{ type: "zot-access:index:ZotApiKey", outputs: { key: secret } }];
  const state = { deployment: { resources } };
  const known: Answers = { state: { status: 0, output: JSON.stringify(state) }, ...answers };
  const times = new Map<string, number>();
  return (command, args) => {
    const verb = args.includes("commands/verify/main.ts")
      ? "verify"
      : args[0] === "stack"
        ? args.includes("--show-secrets")
          ? "state"
          : "operations"
        : (args[0] ?? "");
    ran.push([command, ...args].join(" "));
    const time = times.get(verb) ?? 0;
    times.set(verb, time + 1);
    const said = [known[verb as Program] ?? good].flat();
    return Promise.resolve(said[Math.min(time, said.length - 1)] ?? good);
  };
}
