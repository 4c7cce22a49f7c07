import { locksIn, reasonsToKeep } from "../../../commands/ci/locks";

const NOW = new Date("2026-11-25T12:00:00Z");
const OWNER = "root@stack-job";
const line = (owner: string, at: string) =>
  `  postgres://****:****@db.example.org/pulumi/.pulumi/locks/organization/zot-access/indri/1f.json: created by ${owner} (pid 57) at ${at}`;
/** As the CLI 3.250.0 prints it; tests/state/team.test.ts reads the real one. */
const refusal = (...lines: string[]) =>
  `Updating (indri):\nerror: the stack is currently locked by ${lines.length} lock(s). Either wait for the other process(es) ` +
  `to end or delete the lock file with \`pulumi cancel\`.\n${lines.join("\n")}\n`;
const keep = (output: string, owner: string | undefined = OWNER) =>
  reasonsToKeep(locksIn(output), owner, NOW);
const OLD = "2026-11-25T11:14:00Z";

test("the lock of a job that is over is stale, in whatever zone its time is told", () => {
  expect(keep(refusal(line(OWNER, OLD)))).toEqual([]);
  expect(keep(refusal(line(OWNER, "2026-11-25T13:14:00+02:00")))).toEqual([]);
});

test.each([
  ["a person", line("ada@laptop", "2026-11-01T00:00:00Z"), "which is not root@stack-job"],
  ["a person of the same name", line("root@laptop", OLD), "which is not root@stack-job"],
  ["a host that only begins alike", line("root@stack-job-of-ada", OLD), "which is not root@stack-job"],
  ["a job that may live", line(OWNER, "2026-11-25T11:16:00Z"), "less than 45 minutes ago"],
  ["a clock that is ahead", line(OWNER, "2026-11-26T00:00:00Z"), "less than 45 minutes ago"],
])("the lock of %s stays", (_name, held, reason) => {
  expect(keep(refusal(held))).toEqual([expect.stringContaining(reason)]);
  expect(keep(refusal(line(OWNER, OLD), held))).toHaveLength(1);
});

test("nothing is stale as long as nobody said who the jobs are", () => {
  expect(reasonsToKeep(locksIn(refusal(line(OWNER, OLD))), undefined, NOW)).toEqual([
    expect.stringContaining("STACK_LOCK_OWNER"),
  ]);
});

test("another failure is no lock, and a lock that cannot be read is no dead one", () => {
  expect(locksIn("error: update failed\n")).toEqual([]);
  for (const text of [
    refusal("  somebody has it"),
    refusal(line(OWNER, "2026-99-25T11:14:00Z")),
    refusal(line(OWNER, OLD), "  and another"),
  ]) {
    expect(() => locksIn(text)).toThrow("does not say who holds the lock");
  }
});
