import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
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
const scripts = Object.values(jobs).map(
  ({ steps }) => steps.find(({ name }) => name === "check out")?.run ?? "",
);
const TOKEN = "job-token-0123456789";

let folder: string;
let server: GitServer;
let pulled: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "checkout-"));
  const origin = join(folder, "forge/eblume/blumeops");
  mkdirSync(origin, { recursive: true });
  const git = (...args: string[]) =>
    execFileSync("git", ["-C", origin, "-c", "user.name=ada", "-c", "user.email=ada@example.org", ...args], {
      encoding: "utf8",
    }).trim();
  git("init", "--quiet", "--initial-branch", "main");
  const commit = (text: string) => {
    writeFileSync(join(origin, "file"), text);
    git("add", "file");
    git("commit", "--quiet", "--message", text);
    return git("rev-parse", "HEAD");
  };
  commit("on main");
  git("checkout", "--quiet", "-b", "port");
  pulled = commit("of the pull request");
  // Forgejo names a pull request's commit by a reference of its own; by now there is another one on top.
  git("update-ref", "refs/pull/1/head", commit("pushed later"));
  git("checkout", "--quiet", "main");
  git("branch", "--quiet", "-D", "port");
  server = await startGitServer(join(folder, "forge"), TOKEN);
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

async function checkOut(script: string, token: string) {
  const workspace = mkdtempSync(join(folder, "job-"));
  const seen = join(folder, "arguments");
  const bin = mkdtempSync(join(folder, "bin-"));
  const real = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
  writeFileSync(join(bin, "git"), `#!/bin/sh\necho "$*" >>'${seen}'\nexec '${real}' "$@"\n`, { mode: 0o755 });
  const child = spawn("bash", ["-e", "-o", "pipefail", "-c", script], {
    cwd: workspace,
    env: {
      PATH: `${bin}:${process.env["PATH"] ?? ""}`,
      HOME: workspace,
      GIT_TERMINAL_PROMPT: "0",
      GITHUB_SERVER_URL: server.url,
      GITHUB_REPOSITORY: "eblume/blumeops",
      GITHUB_SHA: pulled,
      GITHUB_TOKEN: token,
    },
    stdio: "ignore",
  });
  const [status] = (await once(child, "close")) as [number | null];
  return { status, workspace, typed: readFileSync(seen, "utf8") };
}

test("each job checks out in the same way", () => {
  expect(new Set(scripts).size).toBe(1);
});

test("the commit of the event is checked out, whatever was pushed since, and the token stays in no file and no arguments", async () => {
  const { status, workspace, typed } = await checkOut(scripts[0] ?? "", TOKEN);
  expect(status).toBe(0);
  expect(readFileSync(join(workspace, "file"), "utf8")).toBe("of the pull request");
  const forms = [TOKEN, Buffer.from(`x-access-token:${TOKEN}`).toString("base64")];
  const files = readdirSync(workspace, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const texts = [typed, ...files.map((file) => readFileSync(join(file.parentPath, file.name), "latin1"))];
  expect(texts.length).toBeGreaterThan(5);
  for (const form of forms) expect(texts.filter((text) => text.includes(form))).toEqual([]);
});

test("without the right token the job ends there", async () => {
  const { status, workspace } = await checkOut(scripts[0] ?? "", "another");
  expect(status).not.toBe(0);
  expect(readdirSync(workspace)).not.toContain("file");
});
