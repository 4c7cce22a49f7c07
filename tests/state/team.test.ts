import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { judgeLock, locksIn } from "../../commands/ci/locks";
import { type Forgejo, startForgejo } from "../../rehearsal/forgejo";
import { type Gate, startGate } from "./support/gate";
import { type Ended, Member } from "./support/member";
import { type Postgres, postgresTest, startPostgres } from "./support/postgres";

/*
 * Two operators and a CI job on one stack, whose state is in a PostgreSQL server: the real CLI, engine and server. What
 * docs/state.md says of locks is what happens here.
 */
jest.setTimeout(120_000);

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
  forgejo = await startForgejo({ token: TOKEN, owner: "eblume", repositories: ["blumeops"] });
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

postgresTest("while one deploys the others are refused, told who it is, and may still preview", async () => {
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

postgresTest("whoever comes at the same time gets a turn, and nothing is lost", async () => {
  const names = ["ONE", "TWO", "THREE"];
  const all = await Promise.all([upWhenFree(ben, names), upWhenFree(job, names)]);
  expect(all.map(({ status }) => status)).toEqual([0, 0]);
  expect(Object.keys(forgejo.secretsOf("blumeops")).sort()).toEqual([...names].sort());
  expect(await secretsInState()).toEqual([...names].sort().map((name) => `eblume/blumeops/${name}`));
});

postgresTest(
  "the lock of a job that was killed stays, names the dead process, and is cancelled",
  async () => {
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
            serverWord: () => Promise.resolve("nothing"),
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
  },
);

postgresTest("each change leaves a back-up of the state before it, as a row", () => {
  const backups = "select count(*) from pulumi_state where key like '%/backups/%'";
  expect(Number(postgres.ask(backups))).toBeGreaterThan(1);
});

postgresTest(
  "a password in the backend's URL is shown when it does not answer, so it is not to be there",
  async () => {
    const { status, output } = await ada.whoAmI(
      `postgres://pulumi:${PASSWORD}@127.0.0.1:1/postgres?sslmode=disable`,
    );
    expect(status).not.toBe(0);
    expect(output).toContain(PASSWORD);
  },
);

postgresTest(
  "a state that was lost is put back from an export, and there is nothing to do then",
  async () => {
    const file = join(folder, "state.json");
    writeFileSync(file, JSON.stringify(await ada.exportState()));
    expect(await ada.loseState()).toMatchObject({ status: 0 });
    await ada.init();
    expect(await ada.importState(file)).toMatchObject({ status: 0 });
    const { status, output } = await ben.preview(Object.keys(forgejo.secretsOf("blumeops")));
    expect([status, output]).toEqual([0, expect.not.stringMatching(/to (create|update|replace|delete)/)]);
  },
);
