import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { CONFLICTS } from "../../../commands/ci/request";
import { type GitServer, startGitServer } from "./support/git-server";

/*
 * The workflow's first step, with the real Git and a server that knows the job's token.
 */
interface Workflow {
  readonly jobs: Readonly<Record<string, { readonly steps: readonly { name: string; run: string }[] }>>;
}
const { jobs } = parse(
  readFileSync(join(__dirname, "../../../.forgejo/workflows/stack.yaml"), "utf8"),
) as Workflow;
const script = (job: string, step: string) => jobs[job]?.steps.find(({ name }) => name === step)?.run ?? "";
const TOKEN = "job-token-0123456789";

let folder: string;
let origin: string;
let server: GitServer;
const git = (...args: string[]) =>
  execFileSync("git", ["-C", origin, "-c", "user.name=ada", "-c", "user.email=ada@example.org", ...args], {
    encoding: "utf8",
  }).trim();
const commit = (file: string, text: string) => {
  writeFileSync(join(origin, file), text);
  git("add", file);
  git("commit", "--quiet", "--message", text);
  return git("rev-parse", "HEAD");
};
/** A pull request's commit, as the server names it: by a reference of its own, on top of which there may be another by now. */
const pull = (number: number, base: string, file: string, text: string) => {
  git("checkout", "--quiet", "--detach", base);
  const pulled = commit(file, text);
  git("update-ref", `refs/pull/${number}/head`, commit("later", "pushed later"));
  git("checkout", "--quiet", "main");
  return pulled;
};
let [pulled, conflicting, main] = ["", "", ""];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "checkout-"));
  origin = join(folder, "forge/eblume/blumeops");
  mkdirSync(origin, { recursive: true });
  git("init", "--quiet", "--initial-branch", "main");
  const base = commit("file", "on main");
  pulled = pull(1, base, "README", "of the pull request");
  conflicting = pull(2, base, "file", "of another pull request");
  main = commit("file", "on main since");
  // What a runner's image may bring along, and what would run at a checkout or a merge.
  const hooks = join(folder, "templates/hooks");
  mkdirSync(hooks, { recursive: true });
  for (const hook of ["post-checkout", "pre-merge-commit", "post-merge", "commit-msg"])
    writeFileSync(join(hooks, hook), `#!/bin/sh\necho ${hook} >>'${folder}/hooked'\n`, { mode: 0o755 });
  server = await startGitServer(join(folder, "forge"), TOKEN);
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

interface Run {
  readonly job: string;
  readonly commit: string;
  readonly token?: string;
}

async function checkOut({ job, commit: sha, token = TOKEN }: Run) {
  const workspace = mkdtempSync(join(folder, "job-"));
  const seen = join(folder, "arguments");
  const bin = mkdtempSync(join(folder, "bin-"));
  const real = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
  writeFileSync(join(bin, "git"), `#!/bin/sh\necho "$*" >>'${seen}'\nexec '${real}' "$@"\n`, { mode: 0o755 });
  const child = spawn("bash", ["-e", "-o", "pipefail", "-c", script(job, "check out")], {
    cwd: workspace,
    env: {
      PATH: `${bin}:${process.env["PATH"] ?? ""}`,
      HOME: workspace,
      GIT_TERMINAL_PROMPT: "0",
      GITHUB_SERVER_URL: server.url,
      GITHUB_REPOSITORY: "eblume/blumeops",
      GITHUB_SHA: sha,
      GITHUB_BASE_REF: job === "pull-request" ? "main" : "",
      GIT_TEMPLATE_DIR: join(folder, "templates"),
      GITHUB_TOKEN: token,
    },
    stdio: "ignore",
  });
  const [status] = (await once(child, "close")) as [number | null];
  return { status, workspace, typed: readFileSync(seen, "utf8") };
}

const at = (workspace: string, file: string) => readFileSync(join(workspace, file), "utf8");

test("a deploy checks out the merged commit in the same way", () => {
  expect(script("deploy", "check out")).toBe(script("nightly", "check out"));
  expect(script("deploy", "check out")).not.toBe("");
});

test.each<Run>([
  { job: "deploy", commit: "main" },
  { job: "pull-request", commit: "pulled" },
])("$job: the token stays in no file and no arguments, and no hook runs", async ({ job }) => {
  const { status, workspace, typed } = await checkOut({ job, commit: job === "deploy" ? main : pulled });
  expect(status).toBe(0);
  const forms = [TOKEN, Buffer.from(`x-access-token:${TOKEN}`).toString("base64")];
  const files = readdirSync(workspace, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const texts = [typed, ...files.map((file) => readFileSync(join(file.parentPath, file.name), "latin1"))];
  expect(texts.length).toBeGreaterThan(5);
  for (const form of forms) expect(texts.filter((text) => text.includes(form))).toEqual([]);
  expect(readdirSync(folder)).not.toContain("hooked");
});

test("a deploy checks out the commit of its push, whatever was pushed since", async () => {
  const { workspace } = await checkOut({ job: "deploy", commit: pulled });
  expect([at(workspace, "file"), at(workspace, "README")]).toEqual(["on main", "of the pull request"]);
});

test("a pull request that is behind is previewed as its merge result, not as its head", async () => {
  const { status, workspace } = await checkOut({ job: "pull-request", commit: pulled });
  expect(status).toBe(0);
  expect([at(workspace, "file"), at(workspace, "README")]).toEqual(["on main since", "of the pull request"]);
  expect(readdirSync(workspace)).not.toContain("later");
});

test("a pull request with conflicts leaves the base, and names the conflicting files", async () => {
  const { status, workspace } = await checkOut({ job: "pull-request", commit: conflicting });
  expect(status).toBe(0);
  expect([at(workspace, "file"), at(workspace, CONFLICTS)]).toEqual(["on main since", "file\n"]);
});

test.each(["deploy", "pull-request"])("%s: without the right token the job ends there", async (job) => {
  const { status, workspace } = await checkOut({ job, commit: pulled, token: "another" });
  expect(status).not.toBe(0);
  expect(readdirSync(workspace)).not.toContain("file");
});

test.each(Object.keys(jobs))("%s: all missing settings are named before anything is set up", (job) => {
  expect(jobs[job]?.steps[0]?.name).toBe("settings");
  const run = (env: Record<string, string>) =>
    spawnSync("bash", ["-e", "-o", "pipefail", "-c", script(job, "settings")], {
      env: { PATH: process.env["PATH"], HOME: folder, ...env },
      encoding: "utf8",
    });
  const set = { STACK: "indri", PULUMI_BACKEND_URL: "postgres://pulumi:s3cret@db/pulumi" };
  expect(run(set)).toMatchObject({ status: 0, stderr: "" });
  expect(run({ ...set, STACK: "" }).status).toBe(1);
  const { status, stderr } = run({ STACK: "", PULUMI_BACKEND_URL: "" });
  expect([status, stderr]).toEqual([1, expect.stringContaining("for Actions: STACK PULUMI_BACKEND_URL;")]);
});
