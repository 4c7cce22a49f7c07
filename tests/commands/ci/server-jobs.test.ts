import type { Lock } from "../../../commands/ci/locks";
import { holderState, type ServerJob, ServerJobs } from "../../../commands/ci/server-jobs";
import { type Forgejo, startForgejo } from "../../../rehearsal/forgejo";
import type { FlavourName } from "../../../rehearsal/forgejo/flavours";
import { openJob } from "./support/world";

const NOW = new Date("2026-11-25T12:00:00Z");
const ago = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000);
const lock: Lock = { owner: "root@stack-job", pid: 57, since: ago(10) };
const self: ServerJob = {
  id: 9,
  run_number: 19,
  workflow_id: "stack.yaml",
  event: "push",
  status: "running",
  run_started_at: ago(6),
  updated_at: ago(0),
};
/** The job that took the lock, and what became of it. */
const holder = (changes: Partial<ServerJob> = {}): ServerJob => ({
  ...self,
  id: 8,
  run_number: 18,
  status: "cancelled",
  run_started_at: ago(12),
  updated_at: ago(6),
  ...changes,
});
const word = (...jobs: ServerJob[]) => holderState([self, ...jobs], { lock, now: NOW, runNumber: 19 });

test.each(["cancelled", "failure", "success"])("a job that ended as %s holds no lock", (status) => {
  expect(word(holder({ status }))).toBe("ended");
  expect(word(holder({ status }), holder({ id: 3, event: "schedule", status, updated_at: ago(9) }))).toBe(
    "ended",
  );
});

test.each<[string, ServerJob[]]>([
  ["no other job is known", []],
  ["the runner may not have heard yet that it was cancelled", [holder({ updated_at: ago(1) })]],
  ["it was over before the lock was taken", [holder({ updated_at: ago(13) })]],
  ["it began after the lock was taken", [holder({ run_started_at: ago(5) })]],
  ["it is another workflow's", [holder({ workflow_id: "images.yaml" })]],
  ["it is a pull request's, which takes no lock", [holder({ event: "pull_request" })]],
  ["it has not begun", [holder({ status: "waiting" })]],
  [
    "of two that may hold it one is in a state that is not known",
    [holder(), holder({ id: 10, status: "unknown" })],
  ],
])("nothing is known where %s", (_name, jobs) => {
  expect(word(...jobs)).toBe("unknown");
});

test("nothing is known where the server does not list the job itself", () => {
  expect(holderState([holder()], { lock, now: NOW, runNumber: 19 })).toBe("unknown");
  expect(holderState([self, holder()], { lock, now: NOW, runNumber: Number.NaN })).toBe("unknown");
});

test("of two jobs that find a dead job's lock, the first clears it", () => {
  expect(word(holder(), holder({ id: 4, status: "running" }))).toBe("earlierJobRuns");
  expect(word(holder(), holder({ id: 12, status: "running", run_started_at: ago(4) }))).toBe("ended");
});

describe("a server", () => {
  let server: Forgejo;
  let clock = NOW;
  afterEach(() => server.stop());
  const started = async (flavour: FlavourName) => {
    clock = NOW;
    server = await startForgejo({
      token: "t",
      owner: "eblume",
      repositories: ["blumeops"],
      flavour,
      now: () => clock,
    });
  };
  const pass = (minutes: number) => (clock = new Date(clock.getTime() + minutes * 60_000));
  const asked = (token: string, runNumber: number, since: Date) =>
    new ServerJobs(
      { apiUrl: `${server.url}/api/v1`, name: "eblume/blumeops", token, retryDelaysMs: [] },
      runNumber,
    ).holderState({ ...lock, since }, clock);

  test("that cancels the running job of the same ref reports it to the next job", async () => {
    await started("forgejo=9");
    for (let index = 0; index < 120; index++)
      await (await openJob(server, { name: "pull-request", event: "pull_request" })).end("success");
    const first = await openJob(server, { name: "deploy", event: "push" });
    const since = pass(2);
    const second = await openJob(server, { name: "deploy", event: "push" });
    expect(first.cancelled.aborted).toBe(true);
    expect(await asked(second.token, 122, since)).toBe("unknown");
    pass(3);
    expect(await asked(second.token, 122, since)).toBe("ended");
  });

  test("that lets it run reports nothing until it has ended", async () => {
    await started("strictest");
    const first = await openJob(server, { name: "deploy", event: "push" });
    const since = pass(2);
    const second = await openJob(server, { name: "nightly", event: "schedule" });
    pass(5);
    expect(await asked(second.token, 2, since)).toBe("earlierJobRuns");
    await first.end("failure");
    pass(3);
    expect(await asked(second.token, 2, since)).toBe("ended");
  });

  test.each<[string, FlavourName, string]>([
    ["that gives a job no right to ask", "gitea=1.26", ""],
    ["that does not know the token", "strictest", "another"],
  ])("%s: the lock's age decides", async (_name, flavour, token) => {
    await started(flavour);
    const running = await openJob(server, { name: "deploy", event: "push" });
    expect(await asked(token || running.token, 1, ago(5))).toBe("unknown");
  });
});
