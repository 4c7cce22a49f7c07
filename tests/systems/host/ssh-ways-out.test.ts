import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Sshd, startSshd } from "../../../rehearsal/host/sshd";
import { until } from "../../../rehearsal/host/until";
import { readablePrivateKey } from "../../../systems/host/private-key";
import { runOverSsh } from "../../../systems/host/ssh";
import { freePort } from "../../../rehearsal/host/free-port";

/* What people give that OpenSSH's own client would take, or that no client could: it works, or the error says what would. */
let folder: string;
let sshd: Sshd;
const children: ChildProcess[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "zot-access-ssh-"));
  sshd = await startSshd({ folder, home: folder, port: await freePort() });
});
afterAll(async () => {
  for (const child of children) child.kill("SIGTERM");
  await sshd.stop();
  rmSync(folder, { recursive: true, force: true });
});

function keygen(name: string, ...args: string[]): string {
  const file = join(folder, name);
  execFileSync("ssh-keygen", ["-q", "-N", "", "-C", name, "-f", file, ...args]);
  return file;
}

const refusal = (changes: Partial<Sshd["target"]>): Promise<string> =>
  runOverSsh({ ...sshd.target, ...changes }, "true", "", 20).then(
    () => "it worked",
    (error: unknown) => String(error),
  );

test.each(["ed25519", "rsa", "ec"] as const)("a PKCS#8 key of the kind %s logs in", async (kind) => {
  const { privateKey } =
    kind === "ed25519"
      ? generateKeyPairSync("ed25519")
      : kind === "rsa"
        ? generateKeyPairSync("rsa", { modulusLength: 2048 })
        : generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pkcs8 = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
  const file = join(folder, `pkcs8-${kind}`);
  writeFileSync(file, readablePrivateKey(pkcs8), { mode: 0o600 });
  // OpenSSH's own tool takes what the conversion made.
  const publicKey = execFileSync("ssh-keygen", ["-y", "-f", file], { encoding: "utf8" });
  appendFileSync(join(folder, "authorized_keys"), publicKey);
  const { stdout } = await runOverSsh({ ...sshd.target, privateKey: pkcs8 }, "echo in", "", 20);
  expect(stdout).toBe("in\n");
});

test("a key with a passphrase, in any format, is reported as such and not shown", async () => {
  const { privateKey } = generateKeyPairSync("ed25519");
  const pkcs8 = privateKey
    .export({ format: "pem", type: "pkcs8", cipher: "aes-256-cbc", passphrase: "x" })
    .toString();
  const openssh = readFileSync(keygen("closed", "-t", "ed25519", "-N", "secret phrase"), "utf8");
  for (const key of [pkcs8, openssh]) {
    const error = await refusal({ privateKey: key });
    expect(error).toContain("host.privateKey is protected by a passphrase");
    expect(error).toContain("ssh-keygen -p");
    expect(error).not.toContain(key.split("\n")[1]);
  }
});

test("a public key, and a text that is no key, are refused with the expected format", async () => {
  expect(await refusal({ privateKey: sshd.target.hostKey })).toContain("holds a public key");
  expect(await refusal({ privateKey: "hunter2" })).toContain("BEGIN OPENSSH PRIVATE KEY");
  expect(await refusal({ privateKey: "hunter2" })).not.toContain("hunter2");
});

test("an agent with more keys than the server allows is refused with how to choose one", async () => {
  const socket = join(folder, "agent");
  children.push(spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" }));
  await until("the agent listens", () => existsSync(socket));
  const environment = { ...process.env, SSH_AUTH_SOCK: socket };
  for (let index = 0; index < 8; index++) {
    execFileSync("ssh-add", ["-q", keygen(`many-${index}`, "-t", "ed25519")], { env: environment });
  }
  const { privateKey: _, ...target } = sshd.target;
  const error = await runOverSsh({ ...target, agentSocket: socket }, "true", "", 20).catch(String);
  expect(error).toContain("the agent offered more keys than the server allows");
  expect(error).toContain("ssh-add");
});

test("endless output of a server is cut, on either stream", async () => {
  for (const command of ["yes", "yes >&2"]) {
    await expect(runOverSsh(sshd.target, command, "", 300)).rejects.toThrow(
      /it sent more than \d+ bytes, .*see what its shell's start-up files print/,
    );
  }
});

test("an unknown key, and a name that only ~/.ssh/config resolves, are refused with the fix", async () => {
  const privateKey = readFileSync(keygen("unknown", "-t", "ed25519"), "utf8");
  expect(await refusal({ privateKey })).toMatch(
    /the server must know the key of host\.privateKey: .*authorized_keys/,
  );
  expect(await refusal({ host: "registry-alias.invalid" })).toMatch(
    /~\/\.ssh\/config is not read: .*`ssh -G registry-alias\.invalid`.*host\.address/,
  );
});

test("a host key with its name in front says to leave it out; line feeds around it do not matter", async () => {
  const { hostKey } = sshd.target;
  expect(await refusal({ hostKey: `127.0.0.1 ${hostKey}` })).toContain("leave out the name in front");
  expect(await refusal({ hostKey: `\n${hostKey}\n` })).toBe("it worked");
});
