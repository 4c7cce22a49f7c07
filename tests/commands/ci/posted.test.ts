import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deploy, type Job, nightly, pullRequest } from "../../../commands/ci/jobs";
import { DEPLOYED, DRIFT, PREVIEW, STEPS } from "./support/plans";
import { type Answers, planned, startWorld, type World } from "./support/world";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.forgejo.stop());

const FILE = join(__dirname, "../../../docs/ci.md");
/** What has fences in it needs a longer one; and Prettier takes no longer one than is needed. */
const fenced = (text: string) => {
  const fence = text.includes("```") ? "````" : "```";
  return `${fence}text\n${text.trim()}\n${fence}\n`;
};
const plan = planned(...STEPS);
const VERIFIED = { status: 0, output: "all answers are right\n" };

/** What a job prints, besides all that it posts. */
async function printed(run: (job: Job) => Promise<number>, answers: Answers): Promise<string> {
  const before = world.said.length;
  await run(world.job({ verify: VERIFIED, ...answers }, { stack: "rehearsal" }));
  return world.said.slice(before);
}
const lastLine = (text: string) => text.trim().split("\n").at(-1) ?? "";
const issues = () => world.forgejo.issuesOf("blumeops").filter(({ pull }) => !pull);

test("docs/ci.md shows what the jobs really post", async () => {
  const pull = world.forgejo.openPull("blumeops", "Open a port");
  const previewed = await printed((job) => pullRequest(job, pull), {
    preview: { status: 0, output: PREVIEW },
    plan,
  });
  const comment = pull.comments[0]?.body ?? "";
  const deployed = await printed(deploy, { up: { status: 0, output: DEPLOYED } });
  const quiet = await printed(nightly, {});
  expect(issues()).toEqual([]);
  const drifted = await printed(nightly, { preview: { status: 0, output: DRIFT }, plan, held: plan });
  const [issue] = issues();
  const body = issue?.body ?? "";
  const well = await printed(nightly, {});
  expect(issue?.state).toBe("closed");

  const posted = [
    "**A pull request's run** writes one comment:",
    fenced(comment),
    "and ends with this line:",
    fenced(lastLine(previewed)),
    "**The run on main** posts nothing; its log is Pulumi's:",
    fenced(deployed),
    "**A nightly run without problems** posts nothing, and ends with:",
    fenced(lastLine(quiet)),
    `**A nightly run with drift** fails, and opens the issue "${issue?.title}":`,
    fenced(body),
    `and ends with \`${lastLine(drifted)}\`. The next run without drift closes the issue, and ends with:`,
    fenced(lastLine(well)),
  ].join("\n\n");
  const [head = "", , tail = ""] = readFileSync(FILE, "utf8").split(/<!-- posted(?: ends)? -->\n/);
  const expected = `${head}<!-- posted -->\n\n${posted.replace(/\n{3,}/g, "\n\n")}\n<!-- posted ends -->\n${tail}`;
  // With WRITE_DOCS=1 the section is made; otherwise a difference fails.
  if (process.env["WRITE_DOCS"] === "1") writeFileSync(FILE, expected);
  expect(readFileSync(FILE, "utf8")).toBe(expected);
});
