import { timingSafeEqual } from "node:crypto";
import { Client, type ClientChannel, type ConnectConfig, utils } from "ssh2";
import { messageOf, printable } from "../text";
import { fingerprintOf } from "./one-key-agent";
import { PrivateKeyError, readablePrivateKey } from "./private-key";
import type { SshServer, SshTarget } from "./types";

/** Far more than a host's config, the log of a deploy or a login shell's greeting. */
const MAX_OUTPUT_BYTES = 16 << 20;

/** The host could not be asked. */
export class SshError extends Error {
  override readonly name = "SshError";
  constructor(target: SshServer, reason: string, options?: ErrorOptions) {
    super(printable(`SSH to ${target.user}@${target.host}:${target.port}: ${reason}`), options);
  }
}

/** A server, and the setting that describes it. */
interface Server extends SshServer {
  readonly setting: "host" | "host.proxyJump";
}

export interface CommandResult {
  stdout: string;
  stderr: string;
  /** Some servers always report 0, so a caller must check the last line of the output. */
  code: number | undefined;
}

/** Key types with several signature algorithms. */
function algorithms(type: string): string[] {
  return type === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [type];
}

function pinned(target: Server): { type: string; key: Buffer } {
  const parsed = utils.parseKey(target.hostKey.trim());
  if (parsed instanceof Error) {
    throw new SshError(
      target,
      `${target.setting}.hostKey is not an OpenSSH public key: write one line \`ssh-ed25519 AAAA…\`; of what \`ssh-keyscan HOST\` prints, leave out the name in front`,
    );
  }
  const { type } = parsed;
  return { type, key: parsed.getPublicSSH() };
}

function usable(target: Server, privateKey: string): string {
  try {
    return readablePrivateKey(privateKey, `${target.setting}.privateKey`);
  } catch (error) {
    if (!(error instanceof PrivateKeyError)) throw error;
    throw new SshError(target, error.message, { cause: error });
  }
}

/** ssh2 1.17 names the stage that failed, and gives a network's or a server's code where there is one. */
type ClientError = Error & { level?: string; code?: string | number };

/** What to do about a connection that failed, by the level and the code that the client gives its error. */
function wayOut(error: ClientError, target: Server): string | undefined {
  const { level, code } = error;
  const { setting } = target;
  const byAgent = target.privateKey === undefined && target.agentSocket !== undefined;
  // A number is the server's reason to disconnect (RFC 4253 11.1): during the login the only one is too many
  // attempts.
  if (byAgent && typeof code === "number") {
    return (
      "the agent offered more keys than the server allows: choose one by `npm run with-key -- KEY.pub COMMAND` (as IdentitiesOnly of " +
      `OpenSSH; \`ssh-add -l\` lists the keys), or set ${setting}.privateKey`
    );
  }
  if (level === "client-authentication" || level === "agent") {
    const key = byAgent
      ? "a key of the agent at SSH_AUTH_SOCK (`ssh-add -l` lists them; a stale socket has none)"
      : target.privateKey !== undefined
        ? `the key of ${setting}.privateKey`
        : `a key: set ${setting}.privateKey, or start an ssh-agent (SSH_AUTH_SOCK)`;
    return `the server must know ${key}: see ~/.ssh/authorized_keys of ${target.user} there, and ${setting}.user`;
  }
  if (code === "ENOTFOUND" || code === "EAI_AGAIN" || level === "client-dns") {
    return (
      `the name does not resolve. ~/.ssh/config is not read: write what \`ssh -G ${target.host}\` prints as hostname, user and port into ` +
      `${setting}.address, ${setting}.user and ${setting}.port, and its proxyjump into host.proxyJump`
    );
  }
  if (level === "client-timeout" || level === "client-socket") {
    return (
      `see whether the host is up, whether this machine may reach it, ${setting}.address and ${setting}.port; ~/.ssh/config is not read: a ` +
      "ProxyJump there goes into host.proxyJump"
    );
  }
  return undefined;
}

/**
 * A handshake that fails before the server has shown a key: both sides have no algorithm in common. Only the pinned key's type is
 * offered, so it is the likely one.
 */
function handshakeHint({ level }: ClientError, pinnedKey: string): string | undefined {
  if (level !== "handshake") return undefined;
  return `only the type of the pinned host key, ${pinnedKey}, was offered: see with \`ssh-keyscan HOST\` whether the server has a key of that type`;
}

/**
 * Runs one command on one connection, with the script on its stdin. The server must have the pinned host key, and so
 * must a jump host.
 *
 * @param seconds Limit for everything; each connection has its own limit of 10 s.
 */
export async function runOverSsh(
  target: SshTarget,
  command: string,
  stdin: string,
  seconds: number,
): Promise<CommandResult> {
  const open: Client[] = [];
  let late: NodeJS.Timeout | undefined;
  try {
    const timeUp = new Promise<never>((_, reject) => {
      late = setTimeout(() => reject(new SshError(target, `no answer within ${seconds} s`)), seconds * 1000);
    });
    return await Promise.race([timeUp, reachAndRun(target, command, stdin, open)]);
  } finally {
    clearTimeout(late);
    for (const client of open.reverse()) client.end();
  }
}

async function reachAndRun(
  target: SshTarget,
  command: string,
  stdin: string,
  open: Client[],
): Promise<CommandResult> {
  const server: Server = { ...target, setting: "host" };
  if (!target.jump) return run(await connect(server, open), server, command, stdin);
  const jump: Server = { ...target.jump, setting: "host.proxyJump" };
  const way = await forward(await connect(jump, open), jump, server);
  return run(await connect(server, open, way), server, command, stdin);
}

/** A tunnel from the jump host to the other one; the jump host only sees encrypted bytes. */
function forward(client: Client, jump: Server, { host, port }: SshServer): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.forwardOut("127.0.0.1", 0, host, port, (error, channel) => {
      if (!error) resolve(channel);
      else {
        const hint =
          "see host.address and host.port as that server knows them, and whether it lets anybody through (AllowTcpForwarding)";
        reject(
          new SshError(jump, `no way from there to ${host}:${port}: ${error.message}; ${hint}`, {
            cause: error,
          }),
        );
      }
    });
  });
}

/** Logs in, and fails if the server has another key than the pinned one. */
function connect(server: Server, open: Client[], sock?: ClientChannel): Promise<Client> {
  const { type, key } = pinned(server);
  const privateKey = server.privateKey === undefined ? undefined : usable(server, server.privateKey);
  return new Promise((resolve, reject) => {
    const client = new Client();
    open.push(client);
    let seen: string | undefined;
    const fail = (reason: string, cause?: unknown) =>
      reject(new SshError(server, reason, cause === undefined ? {} : { cause }));
    const config: ConnectConfig = {
      host: server.host,
      port: server.port,
      username: server.user,
      readyTimeout: 20_000,
      algorithms: {
        serverHostKey: algorithms(type) as NonNullable<ConnectConfig["algorithms"]>["serverHostKey"],
      },
      hostVerifier: (offered: Buffer) => {
        if (offered.length === key.length && timingSafeEqual(offered, key)) return true;
        seen = fingerprintOf(offered);
        return false;
      },
      ...(sock && { sock }),
      ...(privateKey !== undefined && { privateKey }),
      ...(server.agentSocket !== undefined && { agent: server.agentSocket }),
    };
    client.on("error", (error) => {
      if (seen !== undefined) {
        fail(
          `the server shows the host key ${seen} instead of the pinned ${fingerprintOf(key)}. If the host was reinstalled, check its key on the host itself and change the setting; otherwise somebody may be intercepting the connection`,
        );
      } else {
        const hint = wayOut(error, server) ?? handshakeHint(error, `${type} ${fingerprintOf(key)}`);
        fail(hint === undefined ? error.message : `${error.message}; ${hint}`, error);
      }
    });
    client.on("close", () => fail("the connection was closed"));
    client.on("ready", () => resolve(client));
    try {
      client.connect(config);
    } catch (error) {
      fail(messageOf(error), error);
    }
  });
}

function run(client: Client, server: Server, command: string, stdin: string): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string, cause?: Error) =>
      reject(new SshError(server, reason, cause ? { cause } : {}));
    client.on("error", (error) => fail(error.message, error));
    client.on("close", () => fail("the connection was closed"));
    client.exec(command, (error, channel) => {
      if (error) {
        fail(error.message, error);
        return;
      }
      const out: Buffer[] = [];
      const err: Buffer[] = [];
      let code: number | undefined;
      let bytes = 0;
      const readInto = (chunks: Buffer[]) => (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= MAX_OUTPUT_BYTES) chunks.push(chunk);
        else {
          fail(
            `it sent more than ${MAX_OUTPUT_BYTES} bytes, and the rest was not read: see what its shell's start-up files print`,
          );
          client.destroy();
        }
      };
      channel.on("data", readInto(out));
      channel.stderr.on("data", readInto(err));
      channel.on("exit", (status: number | null) => (code = status ?? undefined));
      channel.on("close", () =>
        resolve({ stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString(), code }),
      );
      channel.end(stdin);
    });
  });
}
