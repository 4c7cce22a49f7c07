import { createHash, timingSafeEqual } from "node:crypto";
import { Client, type ConnectConfig, utils } from "ssh2";
import type { SshTarget } from "./types";

/** The host could not be asked. */
export class SshError extends Error {
  override readonly name = "SshError";
  constructor(target: SshTarget, reason: string) {
    super(`SSH to ${target.user}@${target.host}:${target.port}: ${reason}`);
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
  const parsed = utils.parseKey(target.hostKey);
  if (parsed instanceof Error) {
    throw new SshError(target, "the host key is no OpenSSH public key; `ssh-keyscan HOST` prints it");
  }
  const { type } = parsed;
  return { type, key: parsed.getPublicSSH() };
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
  return new Promise((resolve, reject) => {
    const client = new Client();
    let seen: string | undefined;
    let settled = false;
    const settle = (finish: () => void) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      client.end();
      finish();
    };
    const fail = (reason: string) => settle(() => reject(new SshError(target, reason)));
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
      ...(target.privateKey !== undefined && { privateKey: target.privateKey }),
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
        fail(error.message);
      }
    });
    client.on("close", () => fail("the connection was closed"));
    client.on("ready", () => {
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
      fail(error instanceof Error ? error.message : String(error));
    }
  });
}
