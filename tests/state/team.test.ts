import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { IssueTracker } from "../../commands/ci/forgejo";
import { QUIET } from "../../commands/ci/job";
import { deploy, type Job } from "../../commands/ci/jobs";
import { judgeLock, locksIn } from "../../commands/ci/locks";
import { ServerJobs } from "../../commands/ci/server-jobs";
import { type Forgejo, startForgejo } from "../../rehearsal/forgejo";
import type { RunningJob } from "../../rehearsal/forgejo/jobs";
import { type Gate, startGate } from "./support/gate";
import { type Ended, Member, type Running, STACK } from "./support/member";
import { type Postgres, postgresTest, startPostgres } from "./support/postgres";

/*
 * Two operators and a CI job on one stack, whose state is in a PostgreSQL server: the real CLI, engine and server. What
 * docs/state.md says of locks is what happens here.
 */
const PASSWORD = "state-password-0123456789";
const TOKEN = "forgejo-token";
const stops: (() => Promise<void>)[] = [];
let folder: string;
let postgres: Postgres;
let forgejo: Forgejo;
let gate: Gate;
let ada: Member;
let ben: Member;
let job: Member;

beforeAll(async () => {
  if (postgresTest === test.skip) return;
  const root = join(dirname(dirname(__dirname)), ".rehearsal");
  mkdirSync(root, { recursive: true });
  folder = mkdtempSync(join(root, "state-"));
  stops.push(() => rm(folder, { recursive: true, force: true }));
  postgres = await startPostgres(folder, PASSWORD);
  stops.push(() => postgres.stop());
  forgejo = await startForgejo({
    token: TOKEN,
    owner: "eblume",
    repositories: ["blumeops"],
    flavour: "forgejo=9",
  });
  stops.push(() => forgejo.stop());
  gate = await startGate(forgejo.url);
  stops.push(() => gate.stop());
  const environment = {
    PULUMI_BACKEND_URL: postgres.url,
    PGPASSFILE: postgres.passwordFile,
    PULUMI_CONFIG_PASSPHRASE: "shared",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    FORGEJO_URL: gate.url,
    FORGEJO_TOKEN: TOKEN,
  };
  [ada, ben, job] = ["ada", "ben", "job"].map((name) => new Member(folder, name, environment)) as [
    Member,
    Member,
    Member,
  ];
  await ada.init();
});

afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
});

const isLocked = ({ status, output }: Ended) => status !== 0 && output.includes("currently locked by");

/** What a job that waits its turn does. */
async function upWhenFree(member: Member, names: readonly string[]): Promise<Ended> {
  for (;;) {
    const ended = await member.up(names).ended;
    if (!isLocked(ended)) return ended;
  }
}

async function secretsInState(): Promise<string[]> {
  const { deployment } = await ada.exportState();
  expect(deployment.pending_operations ?? []).toEqual([]);
  return deployment.resources
    .filter(({ type }) => type.endsWith(":ActionsSecret"))
    .map(({ id = "" }) => id)
    .sort();
}

postgresTest("during a deploy others are refused with the holder's name, and may still preview", async () => {
  const held = gate.hold();
  const working = ada.up(["ONE"]);
  await held;
  const [second, third, preview] = await Promise.all([
    ben.up(["ONE", "TWO"]).ended,
    job.up(["ONE", "TWO"]).ended,
    ben.preview(["ONE", "TWO"]),
  ]);
  for (const { status, output } of [second, third]) {
    expect(status).not.toBe(0);
    expect(output).toMatch(/the stack is currently locked by 1 lock\(s\).*`pulumi cancel`/);
    expect(output).toContain(`(pid ${working.pid})`);
    expect(output).not.toContain(PASSWORD);
  }
  expect(preview.status).toBe(0);
  gate.release();
  expect((await working.ended).status).toBe(0);
});

postgresTest("concurrent deploys each get a turn, and nothing is lost", async () => {
  const names = ["ONE", "TWO", "THREE"];
  const all = await Promise.all([upWhenFree(ben, names), upWhenFree(job, names)]);
  expect(all.map(({ status }) => status)).toEqual([0, 0]);
  expect(Object.keys(forgejo.secretsOf("blumeops")).sort()).toEqual([...names].sort());
  expect(await secretsInState()).toEqual([...names].sort().map((name) => `eblume/blumeops/${name}`));
});

postgresTest("a killed job's lock stays, names the dead process, and is cancelled", async () => {
  const names = ["ONE", "TWO", "THREE", "FOUR"];
  const held = gate.hold();
  const killed = job.up(names);
  await held;
  killed.kill();
  await killed.ended;
  gate.release();
  const refused = await ben.up(names).ended;
  expect(isLocked(refused)).toBe(true);
  const [, pid] = /\(pid (\d+)\)/.exec(refused.output) ?? [];
  expect(Number(pid)).toBe(killed.pid);
  expect(() => process.kill(killed.pid, 0)).toThrow("ESRCH");
  const owner = `${userInfo().username}@${hostname()}`;
  const locks = locksIn(refused.output);
  expect(locks).toEqual([{ owner, pid: killed.pid, since: expect.any(Date) as Date }]);
  const judged = (now: Date) =>
    Promise.all(
      locks.map((lock) =>
        judgeLock(lock, {
          owner,
          now,
          holderState: () => Promise.resolve("unknown"),
          isAlive: () => false,
        }),
      ),
    );
  expect(await judged(new Date())).toMatchObject([{ act: "wait" }]);
  expect(await judged(new Date(Date.now() + 3_600_000))).toEqual([{ act: "clear" }]);

  expect((await ben.cancel()).status).toBe(0);
  expect((await ada.exportState()).deployment.pending_operations?.length).toBeGreaterThan(0);
  expect(await ben.clearPending()).toMatchObject({ status: 0 });
  expect(await ben.up(names).ended).toMatchObject({ status: 0 });
  expect(Object.keys(forgejo.secretsOf("blumeops")).sort()).toEqual([...names].sort());
  expect(await secretsInState()).toHaveLength(names.length);
});

/** A deploy of CI with the real CLI and the server's word, whose clock runs ahead while it waits. */
function ciDeploy(
  names: readonly string[],
  running: RunningJob,
): { job: Job; pulumi: () => Running | undefined } {
  let [ahead, latest]: [number, Running | undefined] = [0, undefined];
  const repository = { apiUrl: `${forgejo.url}/api/v1`, name: "eblume/blumeops", token: running.token };
  const serverJobs = new ServerJobs(repository, running.task.runNumber);
  // The stack's program here has no policies, and the member says the rest itself.
  const own = (args: readonly string[]) =>
    args.filter((arg) => !["--policy-pack", "policy", ...QUIET, "never"].includes(arg));
  const job: Job = {
    stack: STACK,
    url: "https://forge.example.org/eblume/blumeops/actions/runs/7",
    tracker: new IssueTracker(repository),
    run: async (_program, args) => {
      latest = member.run(own(args), names);
      const { output, status } = await latest.ended;
      return { status, output, stdout: output, stderr: "" };
    },
    secrets: [],
    settingsSecrets: () => Promise.resolve([]),
    stackArguments: [],
    policyArguments: [],
    lockOwner: `${userInfo().username}@${hostname()}`,
    holderState: (lock, now) => serverJobs.holderState(lock, now),
    now: () => new Date(Date.now() + ahead),
    wait: (milliseconds) => {
      ahead += 4 * milliseconds;
      return Promise.resolve();
    },
    say: () => undefined,
  };
  const member = running.task.runNumber % 2 === 0 ? ben : ada;
  return { job, pulumi: () => latest };
}

postgresTest("a push that cancels the former deploy, as Forgejo 9 does, finishes it", async () => {
  const names = ["ONE", "TWO", "THREE", "FOUR", "FIVE"];
  const held = gate.hold();
  const first = forgejo.runJob({ name: "deploy", event: "push" }, async (running) => {
    const { job, pulumi } = ciDeploy(names, running);
    // The runner kills what it has started.
    running.cancelled.addEventListener("abort", () => pulumi()?.kill());
    return (await deploy(job)) === 0 ? "success" : "failure";
  });
  await held;
  const second = forgejo.runJob({ name: "deploy", event: "push" }, async (running) => {
    gate.release();
    return (await deploy(ciDeploy([...names, "SIX"], running).job)) === 0 ? "success" : "failure";
  });
  expect([await first, await second]).toEqual(["cancelled", "success"]);
  expect(Object.keys(forgejo.secretsOf("blumeops")).sort()).toEqual([...names, "SIX"].sort());
  expect(await secretsInState()).toHaveLength(6);
});

postgresTest("a deploy beside a live one waits for its turn, and clears nothing", async () => {
  const held = gate.hold();
  const first = forgejo.runJob({ name: "nightly", event: "schedule" }, async (running) =>
    (await deploy(ciDeploy(["ONE", "SEVEN"], running).job)) === 0 ? "success" : "failure",
  );
  await held;
  const second = forgejo.runJob({ name: "deploy", event: "push" }, async (running) => {
    const { job } = ciDeploy(["ONE", "SEVEN", "EIGHT"], running);
    const waits = jest.fn<Promise<void>, [number]>((milliseconds) => {
      gate.release();
      return job.wait(milliseconds / 4);
    });
    const code = await deploy({ ...job, wait: waits });
    expect(waits).toHaveBeenCalled();
    return code === 0 ? "success" : "failure";
  });
  expect([await first, await second]).toEqual(["success", "success"]);
  expect(await secretsInState()).toHaveLength(3);
});

postgresTest("each change leaves a back-up of the state before it, as a row", () => {
  const backups = "select count(*) from pulumi_state where key like '%/backups/%'";
  expect(Number(postgres.ask(backups))).toBeGreaterThan(1);
});

postgresTest(
  "a password in the backend's URL is printed when it does not answer, so it must not be there",
  async () => {
    const { status, output } = await ada.whoAmI(
      `postgres://pulumi:${PASSWORD}@127.0.0.1:1/postgres?sslmode=disable`,
    );
    expect(status).not.toBe(0);
    expect(output).toContain(PASSWORD);
  },
);

postgresTest("a lost state is restored from an export, and there are no changes", async () => {
  const file = join(folder, "state.json");
  writeFileSync(file, JSON.stringify(await ada.exportState()));
  expect(await ada.loseState()).toMatchObject({ status: 0 });
  await ada.init();
  expect(await ada.importState(file)).toMatchObject({ status: 0 });
  const { status, output } = await ben.preview(Object.keys(forgejo.secretsOf("blumeops")));
  expect([status, output]).toEqual([0, expect.not.stringMatching(/to (create|update|replace|delete)/)]);
});
