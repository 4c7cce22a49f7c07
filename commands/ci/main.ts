import { setTimeout as delay } from "node:timers/promises";
import { runMain } from "../shared/command-line";
import { openStack } from "../shared/stack";
import { IssueTracker } from "./forgejo";
import { deploy, type Job, nightly, pullRequest } from "./jobs";
import { mask, secretsOf } from "./mask";
import { parseRequest } from "./request";
import { runCommand } from "./run";
import { ServerJobs } from "./server-jobs";
import { secretsInSettings } from "./settings-secrets";

async function main(): Promise<number> {
  const request = parseRequest(process.argv.slice(2), process.env);
  const { apiUrl, configFile, lockOwner, policySettings, repository, runNumber, stack, task, token, url } =
    request;
  const forgejo = { apiUrl, name: repository, token };
  const serverJobs = new ServerJobs(forgejo, runNumber);
  let inSettings: Promise<readonly string[]> | undefined;
  const job: Job = {
    stack,
    url,
    tracker: new IssueTracker(forgejo),
    run: runCommand,
    secrets: secretsOf(process.env),
    // They do not change while the job runs, and 1Password limits reads.
    settingsSecrets: () => (inSettings ??= openStack({ stack, configFile }).then(secretsInSettings)),
    stackArguments: configFile === undefined ? [] : ["--config-file", configFile],
    policyArguments: policySettings === undefined ? [] : ["--policy-pack-config", policySettings],
    lockOwner,
    holderState: (lock, now) => serverJobs.holderState(lock, now),
    now: () => new Date(),
    wait: (milliseconds) => delay(milliseconds),
    say: (text) => process.stdout.write(text),
  };
  if (task.name === "pull-request") return pullRequest(job, task);
  return task.name === "deploy" ? deploy(job) : nightly(job);
}

runMain("ci", main, { failed: 2, shown: (text) => mask(text, secretsOf(process.env)) });
