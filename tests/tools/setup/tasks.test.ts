import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { cacheFolder, LANGUAGE_HOST } from "../../../systems/pulumi/cli-location";

/*
 * `npm run preview`, `up` and `ci` in this checkout, where everything is installed, with a CLI that tells what it was given.
 */
const ROOT = resolve(__dirname, "../../..");
/** Logs only where it was told that its log is cut. */
const CLI = `#!/bin/sh
printf '<%s>' "$@"
[ -z "$ZOT_ACCESS_LOG_WITHOUT_VALUES" ] || {
  echo '{"level":"INFO","msg":"Marshaling property for RPC[x]: key={zak_0}","v":9,"arg":"zak_0"}' >&2
  echo 'warning: 1' >&2
}
exit 7
`;
let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "tasks-"));
  mkdirSync(cacheFolder(home), { recursive: true });
  for (const program of ["pulumi", LANGUAGE_HOST])
    writeFileSync(join(cacheFolder(home), program), CLI, {
      mode: 0o755,
    });
});
afterAll(() => {
  rmSync(home, { recursive: true });
});

const run = (task: string, ...args: string[]) => {
  const { PATH, TMPDIR } = process.env;
  const env = { PATH, TMPDIR, HOME: home, PULUMI_HOME: home };
  return spawnSync(process.execPath, ["tools/setup/bootstrap.cjs", task, ...args], {
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
      "**::pusher-zot-ci-api-key",
      "--message",
      "a b",
    );
    expect(stdout).toBe(
      `<${task}><--policy-pack><policy><--stack><indri><--replace><**::pusher-zot-ci-api-key><--message><a b>`,
    );
    expect(status).toBe(7);
  },
);

test.each([
  ["up", "--refresh", "-v=9"],
  ["preview", "--logtostderr", "--debug"],
  ["up", "--json"],
])("%s with a flag that prints secrets starts no Pulumi", (task, ...args) => {
  const { status, stdout, stderr } = run(task, "--stack", "indri", ...args);
  expect([status, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(new RegExp(`^pulumi was asked for ${args.at(-1) ?? ""}: .* Nothing was done`));
});

test("a preview as JSON, which masks secrets, goes on", () => {
  expect(run("preview", "--json").stdout).toBe("<preview><--policy-pack><policy><--json>");
});

test("the engine's log is shown without values, and the program knows it", () => {
  const { status, stdout, stderr } = run("up", "--logtostderr", "-v=9");
  expect(stdout).toBe("<up><--policy-pack><policy><--logtostderr><-v=9>");
  expect(stderr).toBe('{"level":"INFO","msg":"Marshaling property for RPC[x]: key…","v":9}\nwarning: 1\n');
  expect(status).toBe(7);
});

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
