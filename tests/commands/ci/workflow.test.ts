import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { JOB_MINUTES, WAIT_MINUTES } from "../../../commands/ci/locks";
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
  concurrency: { group: string; "cancel-in-progress": string };
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

test("a job's time limit is the age at which commands/ci/locks.ts counts it as ended, and leaves time after a lock", () => {
  const { jobs } = parse(readFileSync(file, "utf8")) as Workflow;
  for (const job of Object.values(jobs)) expect(job["timeout-minutes"]).toBe(JOB_MINUTES);
  expect(WAIT_MINUTES).toBeLessThanOrEqual(JOB_MINUTES / 2);
});

test("no night replaces a waiting deploy, and no deploy is cancelled half-way", () => {
  const { concurrency } = parse(readFileSync(file, "utf8")) as Workflow;
  // As GitHub and Gitea read it: of those that wait in one group the newest is kept.
  const group = (event: string) =>
    /^\$\{\{ (.*) \}\}$/
      .exec(concurrency.group)?.[1]
      ?.split(" || ")
      .map((branch) => /^(?:github\.event_name == '(\w+)' && )?(.*)$/.exec(branch))
      .find((branch) => branch?.[1] === undefined || branch[1] === event)?.[2];
  expect(group("pull_request")).toBe("format('preview-{0}', github.ref)");
  expect([group("push"), group("schedule"), group("workflow_dispatch")]).toEqual([
    "'deploy'",
    "'nightly'",
    "'nightly'",
  ]);
  expect(concurrency["cancel-in-progress"]).toBe("${{ github.event_name == 'pull_request' }}");
});

test("each mise task is an npm script that exists", () => {
  const commands = [
    ...readFileSync(join(root, "mise.toml"), "utf8").matchAll(/^run = "npm (?:run )?([\w-]+) --"$/gm),
  ];
  expect(commands.map(([, name]) => name)).toEqual(["preview", "up", "verify", "who-can", "start", "test"]);
  for (const [, name = ""] of commands) expect(scripts).toHaveProperty(name);
});
