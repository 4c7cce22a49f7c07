import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Sshd, startSshd } from "../../../rehearsal/host/sshd";
import { type Command, runRemote } from "../../../rehearsal/plugins/command/run";
import { runOverSsh } from "../../../systems/host/ssh";
import type { SshServer, SshTarget } from "../../../systems/host/types";
import { freePort } from "../../../rehearsal/host/free-port";

/* The way to the host leads over another one: for the probe, and for the deploy by the stand-in of the command provider. */
let folder: string;
let jump: Sshd;
let narrow: Sshd;
let host: Sshd;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "zot-access-jump-"));
  const start = async (name: string, options = {}) =>
    startSshd({ folder: join(folder, name), home: folder, port: await freePort(), ...options });
  [jump, narrow, host] = await Promise.all([
    start("jump"),
    start("narrow", { noForwarding: true }),
    start("host"),
  ]);
});
afterAll(async () => {
  await Promise.all([jump, narrow, host].map((sshd) => sshd.stop()));
  rmSync(folder, { recursive: true, force: true });
});

const logins = (name: string) =>
  readFileSync(join(folder, name, "sshd.log"), "utf8").match(/Accepted publickey/g)?.length ?? 0;

/** The deploy's connection, as the component makes it of the same target. */
function connection({ jump: proxy, ...target }: SshTarget): Command["connection"] {
  const server = ({ agentSocket: _, ...each }: SshServer) => ({
    ...each,
    dialErrorLimit: 0,
    perDialTimeout: 5,
  });
  return { ...server(target), ...(proxy && { proxy: server(proxy) }) };
}

const deploy = (target: SshTarget) =>
  runRemote(
    "cat",
    { connection: connection(target), stdin: "in", logging: "none" },
    { stdout: "", stderr: "" },
    () => undefined,
  );

test("probe and deploy go over the jump host, each with a login and a key of its own there", async () => {
  const target = { ...host.target, jump: jump.target };
  const before = [logins("jump"), logins("host")];
  const { stdout } = await runOverSsh(target, "cat", "in", 20);
  expect(stdout).toBe("in");
  expect(await deploy(target)).toEqual({ stdout: "in", stderr: "" });
  expect([logins("jump"), logins("host")].map((count, at) => count - (before[at] ?? 0))).toEqual([2, 2]);
});

test("the key of either server is pinned, and the error names the setting of the right one", async () => {
  const swapped = { ...host.target, jump: { ...jump.target, hostKey: host.target.hostKey } };
  await expect(runOverSsh(swapped, "cat", "", 20)).rejects.toThrow(
    `:${jump.target.port}: the server shows the host key`,
  );
  await expect(deploy(swapped)).rejects.toThrow(
    "proxy: after 0 failed attempts: ssh: handshake failed: ssh: host key mismatch",
  );
  const stranger = { ...host.target, jump: { ...jump.target, privateKey: host.target.privateKey ?? "" } };
  await expect(runOverSsh(stranger, "cat", "", 20)).rejects.toThrow(
    /the key of host.proxyJump.privateKey.*and host.proxyJump.user/,
  );
  const wrong = { ...host.target, hostKey: jump.target.hostKey, jump: jump.target };
  await expect(runOverSsh(wrong, "cat", "", 20)).rejects.toThrow(
    `:${host.target.port}: the server shows the host key`,
  );
  await expect(deploy(wrong)).rejects.toThrow("host key mismatch");
});

test("a jump host that forbids forwarding and one that cannot reach the host are told apart", async () => {
  const closed = { ...host.target, jump: narrow.target };
  await expect(runOverSsh(closed, "cat", "", 20)).rejects.toThrow(
    /no way from there to 127.0.0.1:\d+: .*AllowTcpForwarding/,
  );
  await expect(deploy(closed)).rejects.toThrow(/^proxy: after 0 failed attempts: ssh: rejected/);
  const nowhere = { ...host.target, port: await freePort(), jump: jump.target };
  await expect(runOverSsh(nowhere, "cat", "", 20)).rejects.toThrow(
    /see host.address and host.port as that server knows them/,
  );
});
