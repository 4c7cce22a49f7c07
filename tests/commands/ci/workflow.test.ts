import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { JOB_MINUTES } from "../../../commands/ci/locks";
import { schemaErrors } from "../../support/workflow-schema";

const root = join(__dirname, "../../..");
const file = join(root, ".forgejo/workflows/stack.yaml");
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};

test("the workflow follows the schema, which a wrong one does not", () => {
  const text = readFileSync(file, "utf8");
  expect(schemaErrors(text)).toEqual([]);
  expect(schemaErrors(text.replace("runs-on:", "runs-at:")).join()).toContain("runs-at");
});

interface Workflow {
  concurrency: { group: string };
  jobs: Record<string, { "timeout-minutes": number; steps: { run?: string; uses?: string }[] }>;
}

test("each job runs a script of package.json and no action of somebody else", () => {
  const { jobs } = parse(readFileSync(file, "utf8")) as Workflow;
  expect(Object.keys(jobs)).toEqual(["pull-request", "deploy", "nightly"]);
  for (const [job, { steps }] of Object.entries(jobs)) {
    expect(steps.filter(({ uses }) => uses !== undefined)).toEqual([]);
    expect(steps.at(-1)?.run).toBe(`npm run ci -- ${job} --stack "$STACK"`);
  }
  expect(scripts).toHaveProperty("ci");
});

test("a job ends when commands/ci/locks.ts takes it for over, and those that deploy never run at once", () => {
  const { concurrency, jobs } = parse(readFileSync(file, "utf8")) as Workflow;
  for (const job of Object.values(jobs)) expect(job["timeout-minutes"]).toBe(JOB_MINUTES);
  expect(concurrency.group).toMatch(/^\$\{\{ github\.event_name == 'pull_request' && .* \|\| 'stack' \}\}$/);
});

test("each mise task is an npm script that exists", () => {
  const commands = [
    ...readFileSync(join(root, "mise.toml"), "utf8").matchAll(/^run = "npm (?:run )?([\w-]+) --"$/gm),
  ];
  expect(commands.map(([, name]) => name)).toEqual(["preview", "up", "verify", "who-can", "start", "test"]);
  for (const [, name = ""] of commands) expect(scripts).toHaveProperty(name);
});
