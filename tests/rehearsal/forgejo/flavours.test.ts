import { type Forgejo, startForgejo } from "../../../rehearsal/forgejo";
import { type FlavourName, FLAVOURS, isVariableName } from "../../../rehearsal/forgejo/flavours";
import type { RunningJob } from "../../../rehearsal/forgejo/jobs";

/*
 * What differs between the servers' versions, as it was measured on Forgejo 9 (docs/ci.md) and as the others document it.
 */
let server: Forgejo;
const start = async (flavour: FlavourName) => {
  server = await startForgejo({
    token: "forge-token",
    owner: "eblume",
    repositories: ["blumeops", { name: "archive", archived: true }, { name: "quiet", actions: false }],
    flavour,
  });
};
afterEach(() => server.stop());

async function ask(method: string, path: string, body?: unknown, token = "forge-token") {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: { authorization: `token ${token}`, "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === "" ? undefined : JSON.parse(text)) as unknown };
}
const repository = "/repos/eblume/blumeops";
const put = (name: string, data = "x", path = repository) =>
  ask("PUT", `${path}/actions/secrets/${name}`, { data }).then(({ status }) => status);

/** Runs a job that does one thing. */
const asJob = async (work: (job: RunningJob) => Promise<void>) =>
  server.runJob({ name: "deploy", event: "push" }, (job) => work(job).then(() => "success" as const));

test.each<[FlavourName, string, number]>([
  ["strictest", "FORGEJO_X", 400],
  ["forgejo=9", "FORGEJO_X", 201],
  ["forgejo=9", "GITEA_X", 400],
  ["forgejo=15", "FORGEJO_X", 400],
  ["gitea=1.26", "CI", 400],
  ["gitea=1.26", "CI_X", 201],
])("%s: the secret %s is answered with %i", async (flavour, name, status) => {
  await start(flavour);
  expect(await put(name)).toBe(status);
});

test.each<[FlavourName, boolean]>([
  ["forgejo=9", false],
  ["forgejo=11", false],
  ["forgejo=15", false],
  ["gitea=1.26", true],
])("%s: whether a variable's name may begin with CI: %s", async (flavour, taken) => {
  await start("strictest");
  expect(isVariableName("ci_lock", FLAVOURS[flavour])).toBe(taken);
  expect(isVariableName("STACK", FLAVOURS[flavour])).toBe(true);
});

test.each<[FlavourName, number]>([
  ["forgejo=9", 35],
  ["strictest", 30],
])("%s: a list of 35 secrets without a page comes with %i, and by pages of 30", async (flavour, length) => {
  await start(flavour);
  for (let index = 0; index < 35; index++) await put(`S_${index}`);
  expect((await ask("GET", `${repository}/actions/secrets`)).body).toHaveLength(length);
  expect((await ask("GET", `${repository}/actions/secrets?page=1`)).body).toHaveLength(30);
  expect((await ask("GET", `${repository}/actions/secrets?page=2`)).body).toHaveLength(5);
});

test("the largest secret, and secrets without Actions", async () => {
  await start("gitea=1.26");
  expect(await put("LARGE", "x".repeat(65_536))).toBe(201);
  expect(await put("LARGER", "x".repeat(65_537))).toBe(400);
  await server.stop();
  await start("forgejo=15");
  expect(await put("A", "x", "/repos/eblume/quiet")).toBe(404);
  await server.stop();
  await start("forgejo=9");
  expect(await put("A", "x", "/repos/eblume/quiet")).toBe(201);
});

test("an archived repository takes secrets, and no issues", async () => {
  await start("forgejo=9");
  expect(await put("A", "x", "/repos/eblume/archive")).toBe(201);
  expect((await ask("POST", "/repos/eblume/archive/issues", { title: "t" })).status).toBe(423);
  expect((await ask("GET", "/repos/eblume/archive/issues")).status).toBe(200);
});

test.each<[FlavourName, number]>([
  ["forgejo=9", 500],
  ["forgejo=15", 201],
])("%s: a job's comment is written, and answered with %i; a person's with 201", async (flavour, status) => {
  await start(flavour);
  const { comments, number } = server.openPull("blumeops", "pull");
  const path = `${repository}/issues/${number}/comments`;
  await asJob(async ({ token }) => {
    expect((await ask("POST", path, { body: "job's" }, token)).status).toBe(status);
  });
  expect((await ask("POST", path, { body: "person's" })).status).toBe(201);
  expect(comments.map(({ body, user }) => [body, user.id])).toEqual([
    ["job's", -2],
    ["person's", 1],
  ]);
});

test("a job's token manages no secrets, and ends with the job", async () => {
  await start("forgejo=9");
  let token = "";
  await asJob(async (job) => {
    token = job.token;
    expect((await ask("GET", `${repository}/actions/secrets`, undefined, token)).status).toBe(403);
    expect((await ask("GET", "/user", undefined, token)).body).toMatchObject({ id: -2 });
    const { body } = await ask("GET", `${repository}/actions/tasks`, undefined, token);
    expect(body).toMatchObject({ workflow_runs: [{ status: "running", run_number: 1, name: "deploy" }] });
  });
  expect((await ask("GET", `${repository}/issues`, undefined, token)).status).toBe(401);
});

test("gitea=1.26: a job may neither ask who it is nor list the jobs", async () => {
  await start("gitea=1.26");
  await asJob(async ({ token }) => {
    for (const path of ["/user", `${repository}/actions/tasks`])
      expect((await ask("GET", path, undefined, token)).status).toBe(403);
  });
});

/** Three pushes, the second and third while the job of the first runs. @returns what happened, in its order */
async function threePushes(): Promise<[order: string[], states: string[]]> {
  const order: string[] = [];
  let goOn = (): void => undefined;
  const held = new Promise<void>((resolve) => (goOn = resolve));
  const push = (name: string) =>
    server.runJob({ name, event: "push", group: "deploy" }, async ({ cancelled }) => {
      order.push(`${name} begins`);
      await Promise.race([held, new Promise((end) => cancelled.addEventListener("abort", end))]);
      order.push(`${name} ends`);
      return "success";
    });
  const ended = Promise.all(["A", "B", "C"].map(push));
  await new Promise(setImmediate);
  goOn();
  return [order, await ended];
}

test.each<[FlavourName, string[], string[]]>([
  [
    "forgejo=9",
    ["A begins", "B begins", "C begins", "A ends", "B ends", "C ends"],
    ["cancelled", "cancelled", "success"],
  ],
  ["forgejo=15", ["A begins", "A ends", "C begins", "C ends"], ["success", "cancelled", "success"]],
])("%s: pushes while a job runs", async (flavour, order, states) => {
  await start(flavour);
  expect(await threePushes()).toEqual([order, states]);
});
