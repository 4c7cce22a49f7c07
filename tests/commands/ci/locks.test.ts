import {
  isRefusal,
  judgeLock,
  type Lock,
  locksIn,
  type HolderState,
  type LockDecision,
} from "../../../commands/ci/locks";

const NOW = new Date("2026-11-25T12:00:00Z");
const OWNER = "root@stack-job";
const line = (owner: string, at: string) =>
  `  postgres://****:****@db.example.org/pulumi/.pulumi/locks/organization/zot-access/indri/1f.json: created by ${owner} (pid 57) at ${at}`;
/** As the CLI 3.250.0 prints it; tests/state/team.test.ts reads the real one. */
const refusal = (...lines: string[]) =>
  `Updating (indri):\nerror: the stack is currently locked by ${lines.length} lock(s). Either wait for the other process(es) ` +
  `to end or delete the lock file with \`pulumi cancel\`.\n${lines.join("\n")}\n`;
interface Known {
  readonly owner?: string | undefined;
  readonly word?: HolderState;
  readonly alive?: boolean;
}
const judge = (
  output: string,
  { word = "unknown", alive = false, ...known }: Known = {},
): Promise<LockDecision[]> =>
  Promise.all(
    locksIn(output).map((lock: Lock) =>
      judgeLock(lock, {
        owner: "owner" in known ? known.owner : OWNER,
        now: NOW,
        holderState: () => Promise.resolve(word),
        isAlive: () => alive,
      }),
    ),
  );
const OLD = "2026-11-25T11:14:00Z";
const YOUNG = "2026-11-25T11:50:00Z";
const why = (text: string) => expect.stringContaining(text) as string;

test("the lock of an ended job is cleared: it is older than any live job, or the server reports the end", async () => {
  expect(await judge(refusal(line(OWNER, OLD)))).toEqual([{ act: "clear" }]);
  // In whatever zone its time is told.
  expect(await judge(refusal(line(OWNER, "2026-11-25T13:14:00+02:00")))).toEqual([{ act: "clear" }]);
  expect(await judge(refusal(line(OWNER, YOUNG)), { word: "ended" })).toEqual([{ act: "clear" }]);
});

test.each<[string, string, Known, string]>([
  ["a job that may live", line(OWNER, "2026-11-25T11:16:00Z"), {}, "less than 45 minutes ago"],
  ["a clock that is ahead", line(OWNER, "2026-11-26T00:00:00Z"), {}, "less than 45 minutes ago"],
  [
    "a person who may be at work",
    line("ada@laptop", YOUNG),
    { word: "ended" },
    "which is not root@stack-job",
  ],
  [
    "whoever, where nobody said who the jobs are",
    line(OWNER, YOUNG),
    { owner: undefined },
    "STACK_LOCK_OWNER",
  ],
  [
    "a dead job that an earlier one clears",
    line(OWNER, OLD),
    { word: "earlierJobRuns" },
    "an earlier job is running",
  ],
])("the lock of %s is waited for", async (_name, held, known, reason) => {
  expect(await judge(refusal(held), known)).toEqual([{ act: "wait", why: why(reason) }]);
});

test.each<[string, string, Known, string]>([
  ["a person", line("ada@laptop", OLD), {}, "which is not root@stack-job"],
  ["a person of the same name", line("root@laptop", OLD), {}, "which is not root@stack-job"],
  ["a host that only begins alike", line("root@stack-job-of-ada", OLD), {}, "which is not root@stack-job"],
  ["whoever, where nobody said who the jobs are", line(OWNER, OLD), { owner: undefined }, "STACK_LOCK_OWNER"],
  ["a Pulumi that outlived its job", line(OWNER, OLD), { alive: true }, "runs on this host"],
])("the old lock of %s stays, whatever the server says", async (_name, held, known, reason) => {
  for (const word of ["unknown", "ended"] as const)
    expect(await judge(refusal(held), { word, ...known })).toEqual([{ act: "keep", why: why(reason) }]);
});

test("another failure is no lock, and an unreadable lock is not a dead one", () => {
  expect(locksIn("error: update failed\n")).toEqual([]);
  expect(isRefusal("error: update failed\n")).toBe(false);
  for (const text of [
    refusal("  somebody has it"),
    refusal(line(OWNER, "2026-99-25T11:14:00Z")),
    refusal(line(OWNER, OLD), "  and another"),
  ]) {
    expect(() => locksIn(text)).toThrow("does not say who holds the lock");
  }
});
