import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import type { SshTarget } from "../../systems/host/types";
import { until } from "./until";

/** Compiled into Debian's sshd, which refuses to start as root without it. */
const PRIVILEGE_SEPARATION = "/run/sshd";
const BINARIES = ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/opt/homebrew/sbin/sshd"];

export interface SshdOptions {
  /** Folder for keys, config and log. */
  folder: string;
  /** Home folder of the sessions. */
  home: string;
  port: number;
  /** PATH of the sessions. */
  path?: string;
  /** More of their environment. */
  environment?: Record<string, string>;
  /** Passes nobody on to other servers, as a jump host must. */
  noForwarding?: boolean;
  /** Reports success for whatever ran, as Tailscale's SSH server on macOS does. */
  alwaysExitsZero?: boolean;
}

export interface Sshd {
  target: SshTarget;
  /** Down, nothing answers on the port, as where a host is switched off; sessions that are open go on. */
  setUp(up: boolean): Promise<void>;
  stop(): Promise<void>;
}

/**
 * An empty folder of the system, which Debian's own service makes at each start. It stays: every connection of every SSH server needs it,
 * also those of a rehearsal that runs beside this one.
 */
function makePrivilegeSeparation(): void {
  if (process.getuid?.() === 0) mkdirSync(PRIVILEGE_SEPARATION, { recursive: true, mode: 0o755 });
}

function key(file: string): { publicKey: string; privateKey: string } {
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "rehearsal", "-f", file]);
  return { publicKey: readFileSync(`${file}.pub`, "utf8").trim(), privateKey: readFileSync(file, "utf8") };
}

/** Resolves once an SSH server greets on the port. */
export async function greeted(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    const answer = (greeting: boolean) => {
      socket.destroy();
      resolve(greeting);
    };
    socket.once("data", () => answer(true));
    socket.once("error", () => answer(false));
    socket.setTimeout(2000, () => answer(false));
  });
}

/** A real OpenSSH server on 127.0.0.1 for the current user and one key. */
export async function startSshd(options: SshdOptions): Promise<Sshd> {
  const { folder, home, port } = options;
  const binary = BINARIES.find((candidate) => existsSync(candidate));
  if (binary === undefined) {
    throw new Error(
      "rehearsal/host: no sshd found; install the OpenSSH server (Debian: apt-get install openssh-server)",
    );
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const host = key(join(folder, "host_ed25519"));
  const client = key(join(folder, "client_ed25519"));
  writeFileSync(join(folder, "authorized_keys"), `${client.publicKey}\n`, { mode: 0o600 });
  const environment = Object.entries({
    HOME: home,
    ...(options.path === undefined ? {} : { PATH: options.path }),
    ...options.environment,
  }).map(([name, value]) => `${name}=${value}`);
  writeFileSync(
    join(folder, "sshd_config"),
    [
      "ListenAddress 127.0.0.1",
      `Port ${port}`,
      `HostKey ${join(folder, "host_ed25519")}`,
      `AuthorizedKeysFile ${join(folder, "authorized_keys")}`,
      `PidFile ${join(folder, "sshd.pid")}`,
      "PasswordAuthentication no",
      "KbdInteractiveAuthentication no",
      "PermitRootLogin prohibit-password",
      "UsePAM no",
      "StrictModes no",
      "MaxStartups 100",
      "Subsystem sftp internal-sftp",
      `AllowTcpForwarding ${options.noForwarding === true ? "no" : "yes"}`,
      ...(options.alwaysExitsZero === true
        ? [`ForceCommand /bin/sh -c "$SSH_ORIGINAL_COMMAND"; exit 0`]
        : []),
      `SetEnv ${environment.map((value) => `"${value}"`).join(" ")}`,
      "",
    ].join("\n"),
  );
  makePrivilegeSeparation();
  const args = ["-D", "-f", join(folder, "sshd_config"), "-E", join(folder, "sshd.log")];
  let sshd: ChildProcess;
  const log = () =>
    existsSync(join(folder, "sshd.log")) ? readFileSync(join(folder, "sshd.log"), "utf8") : "";
  const start = async (): Promise<void> => {
    sshd = spawn(binary, args, { stdio: "ignore" });
    await until("sshd answers", async () => {
      if (sshd.exitCode !== null) throw new Error(`rehearsal/host: sshd ended at its start: ${log()}`);
      return greeted(port);
    });
  };
  const end = async (): Promise<void> => {
    sshd.kill("SIGTERM");
    await until("sshd ends", () => sshd.exitCode !== null || sshd.signalCode !== null);
  };
  await start();
  return {
    setUp: (up) => (up ? start() : end()),
    target: {
      host: "127.0.0.1",
      port,
      user: userInfo().username,
      hostKey: host.publicKey,
      privateKey: client.privateKey,
    },
    stop: end,
  };
}
