import { deploy, type Job, nightly, pullRequest } from "../../../commands/ci/jobs";
import { type Answers, drift, KEY, planned, renewal, startWorld, type World } from "./support/world";

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.forgejo.stop());

const job = (answers: Answers = {}) => world.job(answers);
/** What people read of a preview. */
const diff = "~ registry-config\n";
const issues = () => world.forgejo.issuesOf("blumeops");
const previews = () => world.ran.filter((line) => line.startsWith("pulumi preview"));

describe("a pull request", () => {
  test("gets one comment with what changes first, edited in place by the next run", async () => {
    const pull = world.forgejo.openPull("blumeops", "Open a port");
    expect(await pullRequest(job({ plan: drift }), pull)).toBe(0);
    expect(pull.comments[0]?.body).toMatch(/^<!-- .* -->\n\*\*`pulumi preview` of indri: 1 to update\*\*/);
    expect(pull.comments[0]?.body).toContain("- update `registry-config` (command:remote:Command)");
    expect(await pullRequest(job(), pull)).toBe(0);
    expect(pull.comments).toHaveLength(1);
    expect(pull.comments[0]?.body).toContain("no change");
    expect(previews()[0]).toContain("--policy-pack policy --diff");
  });

  test("keeps other comments, and reports a failed preview", async () => {
    const pull = world.forgejo.openPull("blumeops", "Open a port");
    world.forgejo.comment(pull, "nice");
    expect(await pullRequest(job({ preview: { status: 255, output: "error: no" } }), pull)).toBe(1);
    expect(pull.comments.map(({ body }) => body)).toEqual([
      "nice",
      expect.stringContaining("the preview failed"),
    ]);
  });

  test("shows no secret: not of the state, not of the environment, in no form", async () => {
    const pull = world.forgejo.openPull("blumeops", "Open a port");
    const output = `${diff}+ ${KEY}\n+ the-passphrase\n+ ${Buffer.from(KEY).toString("base64")}\n`;
    await pullRequest(job({ preview: { status: 0, output } }), pull);
    expect(pull.comments[0]?.body.match(/\[secret\]/g)).toHaveLength(3);
    for (const text of [world.said, pull.comments[0]?.body ?? ""]) {
      expect(text).not.toContain(KEY);
      expect(text).not.toContain("the-passphrase");
    }
  });

  test("shows no secret in the name of what changes, nor in its type", async () => {
    const urn = `urn:pulumi:indri::zot-access::test:index:${KEY}::secret-the-passphrase`;
    const pull = world.forgejo.openPull("blumeops", "Name something by a secret");
    expect(await pullRequest(job({ plan: planned({ op: "create", urn }) }), pull)).toBe(0);
    expect(pull.comments[0]?.body).toContain("- create `secret-[secret]` (test:index:[secret])");
    expect(pull.comments[0]?.body).not.toMatch(new RegExp(`the-passphrase|${KEY}`));
  });

  test("asks for no events in the place of the JSON, whatever the runner's environment asks for", async () => {
    const pull = world.forgejo.openPull("blumeops", "Open a port");
    const { run, ...others } = job({ plan: drift });
    const asked: unknown[] = [];
    const watched: Job["run"] = (command, args, environment = {}) => {
      if (args.includes("--json")) asked.push(environment["PULUMI_ENABLE_STREAMING_JSON_PREVIEW"]);
      return run(command, args, environment);
    };
    expect(await pullRequest({ ...others, run: watched }, pull)).toBe(0);
    expect(await nightly({ ...others, run: watched })).toBe(1);
    expect(asked).toEqual(["false", "false", "false"]);
  });

  test.each<[string, Answers, Partial<Job>, string]>([
    [
      "the state cannot be read",
      { state: { status: 255, output: "error: passphrase" } },
      {},
      "The state of indri",
    ],
    [
      "the state is of an unknown form",
      { state: { status: 0, output: `{"no": "${KEY}` } },
      {},
      "an unknown format",
    ],
    [
      "a setting cannot be read",
      {},
      { settingsSecrets: () => Promise.reject(new Error("op://ops/forgejo/token: no answer")) },
      "op://ops/forgejo/token: no answer",
    ],
    [
      "the secrets cannot be masked",
      {},
      { settingsSecrets: () => Promise.reject(new SyntaxError(`Invalid regular expression: /${KEY}/`)) },
      "Its secrets could not be masked (SyntaxError)",
    ],
    [
      "the error names a secret itself",
      {},
      { settingsSecrets: () => Promise.reject(new Error("no route to db, the-passphrase")) },
      "no route to db, [secret]",
    ],
  ])(
    "shows none of Pulumi's output where %s, but the outcome and the reason",
    async (_name, answers, more, why) => {
      const pull = world.forgejo.openPull("blumeops", "Open a port");
      const blind = world.job({ ...answers, preview: { status: 0, output: `registry-config ${KEY}` } }, more);
      expect(await pullRequest(blind, pull)).toBe(1);
      expect(pull.comments[0]?.body).toContain("preview` of indri: its output cannot be shown**");
      for (const text of [world.said, pull.comments[0]?.body ?? ""]) {
        expect(text).toContain("`pulumi preview` succeeded. The output is not shown");
        expect(text).toContain(why);
        expect(text).not.toContain("registry-config");
        expect(text).not.toContain(KEY);
      }
    },
  );

  test("truncates a diff of any length at whole lines, folded, and nothing in it ends the fold", async () => {
    const pull = world.forgejo.openPull("blumeops", "Open a port");
    const output = `${diff}\`\`\`\n${"+ ä line of the diff\n".repeat(9000)}`;
    await pullRequest(job({ preview: { status: 0, output } }), pull);
    const body = pull.comments[0]?.body ?? "";
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(60_000);
    expect(body).toMatch(/\n````diff\n/);
    expect(body).toMatch(/\n\+ ä line of the diff\n… truncated: .*\n````\n\n<\/details>\n$/);
  });
});

test("a merge is deployed, and its failure fails the job", async () => {
  expect(await deploy(job())).toBe(0);
  expect(world.ran[0]).toMatch(/^pulumi up --stack indri --policy-pack policy --yes/);
  expect(await deploy(job({ up: { status: 255, output: "error" } }))).toBe(1);
});

test("a job whose output cannot be masked reports the outcome, posts the reason, and fails", async () => {
  const blind = { state: { status: 255, output: KEY } };
  expect(await deploy(job(blind))).toBe(1);
  expect(world.said).toContain("`pulumi up` succeeded. The output is not shown");
  expect(await nightly(job({ ...blind, plan: drift }))).toBe(1);
  expect(issues()[0]?.title).toBe("indri: the preview cannot be shown; the verification cannot be shown");
  const known = { status: 0, output: '{"deployment": {}}' };
  const renewed = [known, known, { status: 255, output: KEY }];
  expect(await nightly(job({ plan: renewal, state: renewed }))).toBe(1);
  expect(issues()[0]?.title).toContain("the renewal cannot be shown");
  expect(issues()[0]?.body).toContain("The key was renewed.");
  expect(world.said + (issues()[0]?.body ?? "")).not.toContain(KEY);
});

describe("a night", () => {
  const off = { plan: drift, held: drift };

  test("without a finding opens nothing", async () => {
    expect(await nightly(job())).toBe(0);
    expect(issues()).toEqual([]);
    expect(previews()[0]).toContain("--refresh");
  });

  test("with drift opens one issue, keeps it up to date, and closes it when all is well", async () => {
    expect(await nightly(job(off))).toBe(1);
    expect(await nightly(job({ ...off, verify: { status: 1, output: "anonymous may push" } }))).toBe(1);
    expect(issues()).toHaveLength(1);
    expect(issues()[0]).toMatchObject({
      state: "open",
      title: "indri: drift: 1 to update; the registry does not answer as the settings say",
    });
    expect(issues()[0]?.body).toContain("anonymous may push");
    expect(world.ran.some((line) => line.startsWith("pulumi up"))).toBe(false);
    expect(await nightly(job())).toBe(0);
    expect(issues()[0]?.state).toBe("closed");
    await nightly(job(off));
    expect(issues().map(({ state }) => state)).toEqual(["closed", "open"]);
  });

  test("finds its issue among many", async () => {
    await nightly(job(off));
    const { tracker } = job();
    for (let index = 0; index < 60; index++) await tracker.createIssue(`another ${index}`, "-", "-");
    await nightly(job(off));
    expect(issues()).toHaveLength(61);
  });

  test("renews a due key, and posts nothing", async () => {
    expect(await nightly(job({ plan: renewal }))).toBe(0);
    expect(world.ran.some((line) => line.startsWith("pulumi up"))).toBe(true);
    expect(issues()).toEqual([]);
  });

  test("treats an unreadable plan as changes", async () => {
    for (const output of ["", "{}", '{"steps": []}', '{"steps": [{"urn": "x"}]}']) {
      expect(await nightly(job({ plan: { status: 0, output } }))).toBe(1);
      expect(issues()[0]?.title).toBe("indri: the preview failed");
      expect(issues()[0]?.body).toMatch(/cannot be read|an unknown format/);
    }
  });

  test("judges Pulumi's output even where its words are secrets", async () => {
    const words = ["update", "command:remote:Command", "Resources", "registry-config"];
    expect(await nightly(world.job(off, { settingsSecrets: () => Promise.resolve(words) }))).toBe(1);
    expect(issues()[0]?.title).toBe("indri: drift: 1 to update");
    for (const word of ["registry-config", "command:remote:Command"])
      expect(issues()[0]?.body).not.toContain(word);
  });

  test("reports a failed preview and a failed renewal", async () => {
    await nightly(job({ plan: { status: 255, output: "error: no route" } }));
    expect(issues()[0]?.title).toBe("indri: the preview failed");
    await nightly(job({ plan: renewal, up: { status: 255, output: "error" } }));
    expect(issues()[0]?.title).toBe("indri: the renewal failed");
  });
});

test("a pull request with conflicts gets a comment that says so, and no preview", async () => {
  const pull = world.forgejo.openPull("blumeops", "Open a port");
  const conflicts = ["index.ts", "a`b", ...Array.from({ length: 30 }, (_, index) => `file-${index}`)];
  expect(await pullRequest(job(), { ...pull, conflicts })).toBe(1);
  expect(previews()).toEqual([]);
  const [comment] = pull.comments;
  expect(comment?.body).toMatch(
    /indri: conflicts with the base\*\*[^]*- `index\.ts`\n- `a'b`\n[^]*- and 12 more\n/,
  );
  expect(await pullRequest(job(), pull)).toBe(0);
  expect(pull.comments).toHaveLength(1);
  expect(comment?.body).toContain("no change");
});
