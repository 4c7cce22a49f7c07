import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../../rehearsal/host/free-port";
import { type Sshd, startSshd } from "../../../rehearsal/host/sshd";
import { until } from "../../../rehearsal/host/until";
import { startOneKeyAgent } from "../../../systems/host/one-key-agent";
import { runOverSsh } from "../../../systems/host/ssh";

/* An agent with more keys than a server allows attempts, of which the last one is the right one. */
const ROOT = join(__dirname, "../../..");
let folder: string;
let sshd: Sshd;
let agent: ChildProcess;
let socket: string;
const file = (index: number) => join(folder, `key-${index}`);
const LAST = 7;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "zot-access-key-"));
  sshd = await startSshd({ folder, home: folder, port: await freePort() });
  socket = join(folder, "agent");
  agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
  await until("the agent listens", () => existsSync(socket));
  for (let index = 0; index <= LAST; index++) {
    execFileSync("ssh-keygen", ["-q", "-N", "", "-C", `key ${index}`, "-t", "ed25519", "-f", file(index)]);
    execFileSync("ssh-add", ["-q", file(index)], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
  }
  appendFileSync(join(folder, "authorized_keys"), execFileSync("ssh-keygen", ["-y", "-f", file(LAST)]));
});
afterAll(async () => {
  agent.kill("SIGTERM");
  await sshd.stop();
  rmSync(folder, { recursive: true, force: true });
});

const withKey = (...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> => {
  const temporary = join(folder, "tmp");
  execFileSync("mkdir", ["-p", temporary]);
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ["--require", "./tools/start/transpile.cjs", "commands/with-key/main.ts", ...words],
      { cwd: ROOT, env: { ...process.env, SSH_AUTH_SOCK: socket, TMPDIR: temporary } },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
};

test("the SSH client logs in by the chosen key, where the agent's own keys are too many", async () => {
  const one = join(folder, "one");
  const { privateKey: _, ...target } = sshd.target;
  const echo = (agentSocket: string) => runOverSsh({ ...target, agentSocket }, "echo in", "", 60);
  await expect(echo(socket)).rejects.toThrow(/the agent offered more keys .*npm run with-key/);
  const publicKey = execFileSync("ssh-keygen", ["-y", "-f", file(LAST)], { encoding: "utf8" });
  const chosen = Buffer.from(publicKey.split(" ")[1] ?? "", "base64");
  const stop = await startOneKeyAgent(one, socket, (key) => key.equals(chosen));
  try {
    expect((await echo(one)).stdout).toBe("in\n");
  } finally {
    stop();
  }
});

test("a command sees one key, by its file or its fingerprint; its exit code and options are its own", async () => {
  const listed = await withKey(`${file(LAST)}.pub`, "ssh-add", "-l");
  expect(listed).toMatchObject({ code: 0, stderr: "" });
  expect(listed.stdout).toMatch(/^256 SHA256:\S+ key 7 \(ED25519\)\n$/);
  const [, fingerprint = ""] = listed.stdout.split(" ");
  expect((await withKey(fingerprint, "ssh-add", "-l")).stdout).toBe(listed.stdout);
  expect((await withKey(fingerprint, "sh", "-c", "exit 7")).code).toBe(7);
  // OpenSSH's own tools have the chosen key sign, and no other.
  writeFileSync(join(folder, "text"), "text");
  const sign = (index: number) =>
    withKey(
      fingerprint,
      "ssh-keygen",
      "-q",
      "-Y",
      "sign",
      "-U",
      "-n",
      "x",
      "-f",
      `${file(index)}.pub`,
      join(folder, "text"),
    );
  expect((await sign(0)).code).not.toBe(0);
  expect((await sign(LAST)).code).toBe(0);
  expect(readdirSync(join(folder, "tmp")).filter((name) => name.startsWith("zot-access-agent"))).toEqual([]);
});

test("a key that the agent lacks, a private key and a missing agent are refused with what to do", async () => {
  const missing = await withKey("SHA256:none", "true");
  expect(missing).toMatchObject({ code: 1, stdout: "" });
  expect(missing.stderr).toMatch(
    /lacks the key SHA256:none: load it with ssh-add\. It has SHA256:\S+ key 0, /,
  );
  expect((await withKey(file(0), "true")).stderr).toMatch(
    /holds no public key: name the file that ends in \.pub/,
  );
  expect((await withKey("SHA256:none")).code).toBe(2);
});
