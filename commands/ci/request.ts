import { existsSync, readFileSync } from "node:fs";
import { Argument } from "commander";
import { z } from "zod";
import { IN_CLEAR, isSentInClear } from "../../systems/http/loopback";
import { parse, stackCommand, type StackOptions, usageError } from "../shared/command-line";

const TASKS = ["pull-request", "deploy", "nightly"] as const;
const VARIABLES = [
  "GITHUB_API_URL",
  "GITHUB_REPOSITORY",
  "GITHUB_SERVER_URL",
  "GITHUB_RUN_NUMBER",
  "GITHUB_TOKEN",
] as const;

const line = stackCommand(
  "ci",
  `${TASKS.join("|")} [--config-file FILE] [--policy-pack-config FILE]`,
  "Runs a job of Forgejo Actions; see docs/ci.md. Reads GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_SERVER_URL, GITHUB_RUN_NUMBER, " +
    "GITHUB_EVENT_PATH and GITHUB_TOKEN, which each job has; and STACK_LOCK_OWNER, the user@host of every job and of nobody " +
    "else, whose old locks are cleared.",
  {
    0: "the job is done",
    1: "the job failed; the reason is in its output",
    2: "the job could not begin",
  },
  "set the variable STACK of the repository",
)
  .addArgument(new Argument("<job>", "what to run").choices(TASKS))
  .option("--policy-pack-config <file>", "settings of the policies");

export type Task =
  | {
      readonly name: "pull-request";
      /** The number of the pull request that started the job. */
      readonly number: number;
      /** Files that conflict with the base; empty: the checkout is the merge result. */
      readonly conflicts: readonly string[];
    }
  | { readonly name: "deploy" | "nightly" };

/** The task of one job, and its environment. */
export interface Request {
  readonly task: Task;
  readonly stack: string;
  /** Default: Pulumi.<stack>.yaml. */
  readonly configFile: string | undefined;
  /** Settings of the policies; default: their own. */
  readonly policySettings: string | undefined;
  readonly apiUrl: string;
  /** `owner/name` */
  readonly repository: string;
  readonly token: string;
  /** The job's page. */
  readonly url: string;
  /** Number of the job's run in its repository. */
  readonly runNumber: number;
  /** `user@host` of every job, and of nobody else. */
  readonly lockOwner: string | undefined;
}

/** The job was started incorrectly, so its task is unknown. */
export class RequestError extends Error {
  override readonly name = "RequestError";
}

/**
 * The request from the command's arguments, the job's environment and its event.
 *
 * @throws UsageError, RequestError with all that is missing or wrong, before anything runs
 */
export function parseRequest(args: readonly string[], environment: NodeJS.ProcessEnv): Request {
  const { name, stack, configFile, policySettings } = parsedArguments(args);
  const missing: string[] = VARIABLES.filter((variable) => !environment[variable]);
  const event = environment["GITHUB_EVENT_PATH"];
  if (name === "pull-request" && !event) missing.push("GITHUB_EVENT_PATH");
  if (missing.length > 0)
    throw new RequestError(`${missing.join(", ")} missing in the environment; see npm run ci -- --help`);
  const of = (variable: (typeof VARIABLES)[number]) => environment[variable] ?? "";
  if (isSentInClear(of("GITHUB_API_URL")))
    throw new RequestError(
      `GITHUB_API_URL ${IN_CLEAR.problem}; it follows from Forgejo's ROOT_URL: ${IN_CLEAR.fix}`,
    );
  return {
    task:
      name === "pull-request"
        ? { name, number: pullNumberIn(event ?? ""), conflicts: conflictsIn(CONFLICTS) }
        : { name },
    stack,
    configFile,
    policySettings,
    apiUrl: of("GITHUB_API_URL"),
    repository: of("GITHUB_REPOSITORY"),
    token: of("GITHUB_TOKEN"),
    url: `${of("GITHUB_SERVER_URL")}/${of("GITHUB_REPOSITORY")}/actions/runs/${of("GITHUB_RUN_NUMBER")}`,
    runNumber: Number(of("GITHUB_RUN_NUMBER")),
    lockOwner: environment["STACK_LOCK_OWNER"] || undefined,
  };
}

interface Options extends StackOptions {
  readonly policyPackConfig?: string;
}

function parsedArguments(args: readonly string[]) {
  const { options, words } = parse<Options>(line, args);
  const { stack, configFile, policyPackConfig: policySettings } = options;
  const name = TASKS.find((known) => known === words[0]);
  if (name === undefined) throw usageError(line, `the job is one of ${TASKS.join(", ")}`);
  return { name, stack, configFile, policySettings };
}

/**
 * The file with the names of conflicts, one per line, that the workflow's checkout writes; it is absent if the merge
 * succeeded.
 */
export const CONFLICTS = ".git/merge-conflicts";

function conflictsIn(file: string): string[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "");
}

const pullRequestEvent = z.object({ number: z.int().positive() });

/** The event that started the job, as Forgejo writes it to GITHUB_EVENT_PATH. */
function pullNumberIn(file: string): number {
  let event: unknown;
  try {
    event = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new RequestError(`the job's event, GITHUB_EVENT_PATH=${file}, cannot be read as JSON`, {
      cause: error,
    });
  }
  const parsed = pullRequestEvent.safeParse(event);
  if (!parsed.success)
    throw new RequestError(
      "this job was not started by a pull request: its event has no pull request number",
    );
  return parsed.data.number;
}
