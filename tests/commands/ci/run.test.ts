import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../../../commands/ci/run";

/*
 * A command with a plugin, as Pulumi has them: in a process group of its own, with the command's output open.
 */
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "run-"));
});
afterEach(() => {
  // Whatever a test came to, nothing of it lives on.
  for (const pid of ["command", "plugin"].filter(isThere).map(pidIn))
    if (lives(pid)) process.kill(pid, "SIGKILL");
  rmSync(folder, { recursive: true });
});
const isThere = (name: string) =>
  existsSync(join(folder, name)) && readFileSync(join(folder, name), "utf8") !== "";

const PLUGIN = "setInterval(() => {}, 1000)";
/** Node's `detached` would give the plugin a session; a shell with job control gives it a group. */
const command = (end: string, begin = ":") => [
  "-c",
  `${begin}; set -m; '${process.execPath}' -e '${PLUGIN}' & echo $! >'${folder}/plugin'; echo $$ >'${folder}/command'; echo said; ${end}`,
];
const pidIn = (name: string) => Number(readFileSync(join(folder, name), "utf8"));
function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // One that ended and is waited for by nobody lives on as a name alone.
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
const processes = () => readdirSync("/proc").filter((name) => /^\d+$/.test(name));
function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 20));
}
const onLinux = process.platform === "linux" ? test : test.skip;

test("a command's output, each stream and its status are collected, with additions to its environment", async () => {
  const script = 'echo "$WORD"; echo complaint >&2; exit 3';
  const { status, stdout, stderr, output } = await runCommand("sh", ["-c", script], { WORD: "said" });
  expect([status, stdout, stderr]).toEqual([3, "said\n", "complaint\n"]);
  expect(output.split("\n").sort()).toEqual(["", "complaint", "said"]);
});

test("a missing command has the exit code that a shell gives, and is named", async () => {
  const { status, output } = await runCommand(join(folder, "nothing"), []);
  expect(status).toBe(127);
  expect(output).toContain(join(folder, "nothing"));
});

onLinux("a command that a signal ends says so in its last line, and its plugins go with it", async () => {
  const { status, output } = await runCommand("bash", command("kill -KILL $$"));
  expect(status).toBeNull();
  expect(output).toMatch(/^said\n\nbash was ended by SIGKILL before it was done; .*\n$/);
  await until(() => !lives(pidIn("plugin")));
});

describe("a job", () => {
  const root = join(__dirname, "../../..");
  /** Ends the job as soon as its command runs, before it does anything more. */
  const KILLED_AT_SPAWN = `
    const processes = require("node:child_process");
    const { spawn } = processes;
    processes.spawn = (...args) => {
      const child = spawn(...args);
      if (JSON.stringify(args).includes("set -m")) process.kill(process.pid, "SIGKILL");
      return child;
    };`;
  function start(end: string, begin?: string, before = "") {
    const script = join(folder, "job.js");
    const run = JSON.stringify(join(root, "commands/ci/run.ts"));
    writeFileSync(
      script,
      `${before}require(${run}).runCommand("bash", ${JSON.stringify(command(end, begin))});`,
    );
    return spawn(process.execPath, ["--require", join(root, "tools/start/transpile.cjs"), script], {
      cwd: root,
      stdio: "ignore",
    });
  }

  onLinux("that is killed at the moment that its command begins takes it with it", async () => {
    const job = start("while :; do sleep 0.05; done", ":", KILLED_AT_SPAWN);
    expect(await once(job, "exit")).toEqual([null, "SIGKILL"]);
    await until(() => !processes().some((pid) => commandLine(pid).includes(folder)));
  });

  onLinux("that is killed takes the command and its plugins with it", async () => {
    const job = start("while :; do sleep 0.05; done");
    const ended = once(job, "exit");
    await until(() => isThere("command"));
    job.kill("SIGKILL");
    await ended;
    await until(() => !lives(pidIn("command")) && !lives(pidIn("plugin")));
  });

  onLinux.each(["SIGTERM", "SIGINT"] as const)(
    "that gets a %s passes it on as Ctrl-C, and waits",
    async (signal) => {
      const caught = `trap "echo ended >'${folder}/interrupted'; kill \\$!; exit 1" INT`;
      const job = start("while :; do sleep 0.05; done", caught);
      const ended = once(job, "exit");
      await until(() => isThere("command"));
      job.kill(signal);
      expect(await ended).toEqual([0, null]);
      expect(isThere("interrupted")).toBe(true);
      await until(() => !lives(pidIn("plugin")));
    },
  );
});
