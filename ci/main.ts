import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { IssueTracker } from "./forgejo";
import { deploy, type Job, nightly, pullRequest } from "./jobs";
import { secretsOf } from "./mask";
import { runCommand } from "./run";

const USAGE = `npm run ci -- pull-request|deploy|nightly --stack NAME [--config-file FILE]

What a job of Forgejo Actions runs; see docs/ci.md. Reads GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_SERVER_URL,
GITHUB_RUN_NUMBER, GITHUB_EVENT_PATH and GITHUB_TOKEN, which each job has; and CI_LOCK_OWNER, the user@host of every job and of nobody else, whose old locks are cleared.`;

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { stack: { type: "string" }, "config-file": { type: "string" } },
  });
  const [task] = positionals;
  const { stack, "config-file": configFile } = values;
  if (stack === undefined || !["pull-request", "deploy", "nightly"].includes(task ?? ""))
    throw new Error(USAGE);
  const environment = needed(
    "GITHUB_API_URL",
    "GITHUB_REPOSITORY",
    "GITHUB_SERVER_URL",
    "GITHUB_RUN_NUMBER",
    "GITHUB_TOKEN",
  );
  const { GITHUB_API_URL: apiUrl, GITHUB_REPOSITORY: name, GITHUB_TOKEN: token } = environment;
  const job: Job = {
    stack,
    url: `${environment.GITHUB_SERVER_URL}/${name}/actions/runs/${environment.GITHUB_RUN_NUMBER}`,
    tracker: new IssueTracker({ apiUrl, name, token }),
    run: runCommand,
    secrets: secretsOf(process.env),
    pulumiArguments: configFile === undefined ? [] : ["--config-file", configFile],
    lockOwner: process.env["CI_LOCK_OWNER"] || undefined,
    now: () => new Date(),
    say: (text) => process.stdout.write(text),
  };
  if (task === "deploy") return deploy(job);
  return task === "nightly" ? nightly(job) : pullRequest(job, pullNumber());
}

function pullNumber(): number {
  const { GITHUB_EVENT_PATH: file } = needed("GITHUB_EVENT_PATH");
  const { number } = JSON.parse(readFileSync(file, "utf8")) as { number?: unknown };
  if (typeof number !== "number")
    throw new Error("this job was not started by a pull request: its event has no number");
  return number;
}

function needed<Name extends string>(...names: Name[]): Record<Name, string> {
  const missing = names.filter((name) => !process.env[name]);
  if (missing.length > 0) throw new Error(`${missing.join(", ")} missing in the environment\n\n${USAGE}`);
  return Object.fromEntries(names.map((name) => [name, process.env[name] ?? ""])) as Record<Name, string>;
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`ci: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  },
);
