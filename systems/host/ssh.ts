import { createHash, timingSafeEqual } from "node:crypto";
import { Client, type ConnectConfig, utils } from "ssh2";
import { messageOf, printable } from "../text";
import { PrivateKeyError, readablePrivateKey } from "./private-key";
import type { SshTarget } from "./types";

/** The host could not be asked. */
export class SshError extends Error {
  override readonly name = "SshError";
  constructor(target: SshTarget, reason: string, options?: ErrorOptions) {
    super(printable(`SSH to ${target.user}@${target.host}:${target.port}: ${reason}`), options);
  }
}

export interface Ran {
  stdout: string;
  stderr: string;
  /** Some servers report 0 for everything, so a caller must look for its own last line. */
  code: number | undefined;
}

const fingerprint = (key: Buffer): string =>
  `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;

/** Key types whose signatures have names of their own. */
function algorithms(type: string): string[] {
  return type === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [type];
}

function pinned(target: SshTarget): { type: string; key: Buffer } {
  const parsed = utils.parseKey(target.hostKey.trim());
  if (parsed instanceof Error) {
    throw new SshError(
      target,
      "host.hostKey is no OpenSSH public key: write one line `ssh-ed25519 AAAA…`; of what `ssh-keyscan HOST` prints, leave out the name in front",
    );
  }
  const { type } = parsed;
  return { type, key: parsed.getPublicSSH() };
}

function usable(target: SshTarget, privateKey: string): string {
  try {
    return readablePrivateKey(privateKey);
  } catch (error) {
    if (!(error instanceof PrivateKeyError)) throw error;
    throw new SshError(target, error.message, { cause: error });
  }
}

/** What to do about a connection that did not come about, by the level and the code that the client gives its error. */
function wayOut(
  error: Error & { level?: string; code?: string | number },
  target: SshTarget,
): string | undefined {
  const { level, code } = error;
  const byAgent = target.privateKey === undefined && target.agentSocket !== undefined;
  // A number is the server's own reason to disconnect (RFC 4253 11.1): in the login it has no other than too many tries.
  if (byAgent && typeof code === "number") {
    return (
      "the agent offered more keys than the server lets anybody try: load the one key for this host into an agent of its own " +
      "(`ssh-agent -a SOCKET`, `ssh-add`, SSH_AUTH_SOCK), or set host.privateKey"
    );
  }
  if (level === "client-authentication" || level === "agent") {
    const key = byAgent
      ? "a key of the agent at SSH_AUTH_SOCK (`ssh-add -l` lists them; a stale socket has none)"
      : target.privateKey !== undefined
        ? "the key of host.privateKey"
        : "a key: set host.privateKey, or start an ssh-agent (SSH_AUTH_SOCK)";
    return `the server must know ${key}: see ~/.ssh/authorized_keys of ${target.user} there, and host.user`;
  }
  if (code === "ENOTFOUND" || code === "EAI_AGAIN" || level === "client-dns") {
    return (
      `the name does not resolve. ~/.ssh/config is not read: write what \`ssh -G ${target.host}\` prints as hostname, user and port into ` +
      "host.address, host.user and host.port"
    );
  }
  if (level === "client-timeout" || level === "client-socket") {
    return "see whether the host is up, whether this machine may reach it, host.address and host.port; ~/.ssh/config (with its ProxyJump) is not read";
  }
  return undefined;
}

/**
 * Runs one command on one connection, with the script on its stdin. The server must hold the pinned host key.
 *
 * @param seconds Bound for all of it, and for the connection alone 10 s.
 */
export async function runOverSsh(
  target: SshTarget,
  command: string,
  stdin: string,
  seconds: number,
): Promise<Ran> {
  const { type, key } = pinned(target);
  const privateKey = target.privateKey === undefined ? undefined : usable(target, target.privateKey);
  return new Promise((resolve, reject) => {
    const client = new Client();
    let seen: string | undefined;
    let settled = false;
    let connected = false;
    const settle = (finish: () => void) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      client.end();
      finish();
    };
    const fail = (reason: string, cause?: unknown) =>
      settle(() => reject(new SshError(target, reason, cause === undefined ? {} : { cause })));
    const timer = setTimeout(() => fail(`no answer within ${seconds} s`), seconds * 1000);
    const config: ConnectConfig = {
      host: target.host,
      port: target.port,
      username: target.user,
      readyTimeout: 10_000,
      algorithms: {
        serverHostKey: algorithms(type) as NonNullable<ConnectConfig["algorithms"]>["serverHostKey"],
      },
      hostVerifier: (offered: Buffer) => {
        if (offered.length === key.length && timingSafeEqual(offered, key)) return true;
        seen = fingerprint(offered);
        return false;
      },
      ...(privateKey !== undefined && { privateKey }),
      ...(target.agentSocket !== undefined && { agent: target.agentSocket }),
    };
    client.on("error", (error) => {
      if (seen !== undefined) {
        fail(
          `the server shows the host key ${seen} instead of the pinned ${fingerprint(key)}. If the host was set up anew, check its key on the host itself and change the setting; otherwise somebody sits in between`,
        );
      } else if (/no matching host key/i.test(error.message)) {
        fail(`the server has no host key of the pinned type ${type}; the pinned one is ${fingerprint(key)}`);
      } else {
        const hint = connected ? undefined : wayOut(error, target);
        fail(hint === undefined ? error.message : `${error.message}; ${hint}`, error);
      }
    });
    client.on("close", () => fail("the connection was closed"));
    client.on("ready", () => {
      connected = true;
      client.exec(command, (error, channel) => {
        if (error) {
          fail(error.message);
          return;
        }
        const out: Buffer[] = [];
        const err: Buffer[] = [];
        let code: number | undefined;
        channel.on("data", (chunk: Buffer) => out.push(chunk));
        channel.stderr.on("data", (chunk: Buffer) => err.push(chunk));
        channel.on("exit", (status: number | null) => (code = status ?? undefined));
        channel.on("close", () =>
          settle(() =>
            resolve({ stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString(), code }),
          ),
        );
        channel.end(stdin);
      });
    });
    try {
      client.connect(config);
    } catch (error) {
      fail(messageOf(error));
    }
  });
}
