import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { cacheFolder, LANGUAGE_HOST } from "../../setup/cli-location";

/*
 * `npm run preview`, `up` and `ci` in this checkout, where everything is installed, with a CLI that tells what it was given.
 */
const ROOT = resolve(__dirname, "../..");
let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "tasks-"));
  mkdirSync(cacheFolder(home), { recursive: true });
  for (const program of ["pulumi", LANGUAGE_HOST])
    writeFileSync(join(cacheFolder(home), program), `#!/bin/sh\nprintf '<%s>' "$@"\nexit 7\n`, {
      mode: 0o755,
    });
});
afterAll(() => {
  rmSync(home, { recursive: true });
});

const run = (task: string, ...args: string[]) => {
  const { PATH, TMPDIR } = process.env;
  const env = { PATH, TMPDIR, HOME: home, PULUMI_HOME: home };
  return spawnSync(process.execPath, ["setup/bootstrap.cjs", task, ...args], {
    cwd: ROOT,
    encoding: "utf8",
    env,
  });
};

test.each(["preview", "up"])(
  "%s is Pulumi's own, with the policies, each argument as it was given",
  (task) => {
    const { status, stdout } = run(
      task,
      "--stack",
      "indri",
      "--replace",
      "**::ci-credential-api-key",
      "--message",
      "a b",
    );
    expect(stdout).toBe(
      `<${task}><--policy-pack><policy><--stack><indri><--replace><**::ci-credential-api-key><--message><a b>`,
    );
    expect(status).toBe(7);
  },
);

test("a job of CI that lacks its environment is told all that is missing", () => {
  const { status, stderr } = run("ci", "deploy", "--stack", "indri");
  expect([status, stderr]).toEqual([2, expect.stringContaining("ci: GITHUB_API_URL, GITHUB_REPOSITORY")]);
});

test("a task that does not exist is an error", () => {
  expect(run("destroy-all")).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("no task destroy-all") as string,
  });
});
