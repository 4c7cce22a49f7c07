import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../../rehearsal/host/free-port";
import { startSshd } from "../../../rehearsal/host/sshd";
import { until } from "../../../rehearsal/host/until";
import { claim, endKilled, RUN } from "../../../rehearsal/mission/killed";

/* What `npm start` ends of a rehearsal that was killed, and what it leaves alone since it cannot be known to be of one. */
const only = process.platform === "linux" ? test : test.skip;
let parent: string;
let children: ChildProcess[];
const told: string[] = [];

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "killed-"));
  children = [];
  told.length = 0;
});
afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(parent, { recursive: true });
});

const folderOf = (name: string): string => {
  mkdirSync(join(parent, name));
  return join(parent, name);
};

function sleeper(environment: NodeJS.ProcessEnv): ChildProcess {
  const child = spawn("sleep", ["600"], {
    env: { PATH: process.env["PATH"], ...environment },
    detached: true,
  });
  children.push(child);
  return child;
}

/** As `claim` writes it, in the name of another process. */
function claimedBy(folder: string, change: Record<string, unknown>): void {
  claim(folder);
  const file = join(folder, "owner.json");
  const own = JSON.parse(readFileSync(file, "utf8")) as object;
  writeFileSync(file, JSON.stringify({ ...own, ...change }));
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;
const end = () => endKilled(parent, (text) => void told.push(text));

only("what a killed rehearsal started is ended, and its folder removed", async () => {
  const folder = folderOf("run-killed");
  const mine = [sleeper({ [RUN]: folder }), sleeper({ HOME: join(folder, "host/home") })];
  const others = [sleeper({ [RUN]: `${folder}-2` }), sleeper({ HOME: parent }), sleeper({ TMPDIR: folder })];
  // This process's number, of which another process may have been told before.
  claimedBy(folder, { started: "1" });
  await end();
  await until("they have ended", () => mine.every(hasEnded));
  expect(others.map(hasEnded)).toEqual([false, false, false]);
  expect(readdirSync(parent)).toEqual([]);
  expect(told).toEqual([`ending what a rehearsal left in ${folder} that was killed\n`]);
});

only(
  "an SSH server of it is known by its config, and another one that has its number now is not touched",
  async () => {
    const [folder, later] = [folderOf("run-killed"), folderOf("run-later")];
    const ssh = join(folder, "host/ssh");
    await startSshd({ folder: ssh, home: join(folder, "host/home"), port: await freePort() });
    const pid = readFileSync(join(ssh, "sshd.pid"), "utf8").trim();
    const other = sleeper({});
    mkdirSync(join(later, "host/ssh"), { recursive: true });
    writeFileSync(join(later, "host/ssh/sshd.pid"), String(other.pid));
    for (const each of [folder, later]) claimedBy(each, { started: "1" });
    await end();
    await until("the SSH server has ended", () => !existsSync(`/proc/${pid}`));
    expect(hasEnded(other)).toBe(false);
    expect(readdirSync(parent)).toEqual([]);
  },
);

only.each([
  ["its rehearsal runs", {}],
  ["it is of before a restart, or of another machine", { boot: "another", started: "1" }],
  ["it is of another container", { namespace: "pid:[1]", started: "1" }],
])("a folder is left alone where %s", async (_why, change) => {
  const folder = folderOf("run-of-somebody");
  const theirs = sleeper({ [RUN]: folder });
  claimedBy(folder, change);
  await end();
  expect(hasEnded(theirs)).toBe(false);
  expect(readdirSync(parent)).toEqual(["run-of-somebody"]);
  expect(told).toEqual([]);
});

only(
  "a folder that says nobody's name, and one that was cut while it was written, are left alone",
  async () => {
    folderOf("test-of-jest");
    writeFileSync(join(folderOf("run-cut"), "owner.json"), '{"pid":');
    writeFileSync(join(parent, "tsc.json"), "{}");
    await end();
    expect(readdirSync(parent).sort()).toEqual(["run-cut", "test-of-jest", "tsc.json"]);
  },
);

only("a rehearsal that has ended but was not asked how is over", async () => {
  const folder = folderOf("run-ended");
  // The shell's child ends at once, and nobody asks for its status.
  const shell = spawn("sh", ["-c", "sleep 1 & echo $!; exec sleep 600"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  children.push(shell);
  const [text] = (await once(shell.stdout, "data")) as [Buffer];
  const pid = Number(text.toString());
  const fields = () =>
    readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
  await until("it has ended", () => fields()[0] === "Z");
  claimedBy(folder, { pid, started: fields()[19] });
  await end();
  expect(readdirSync(parent)).toEqual([]);
});
