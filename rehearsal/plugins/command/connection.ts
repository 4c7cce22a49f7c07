import { connect } from "node:net";
import { Client, type ClientChannel, utils, type ConnectConfig } from "ssh2";
import { readablePrivateKey } from "../../../systems/host/private-key";
import type { Log } from "../plugin";
import { messageOf } from "../../../systems/text";

/** `connection` after its check has filled in the defaults. */
export interface Connection extends Server {
  /** The server on the way. */
  readonly proxy?: Server;
}

interface Server {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string;
  readonly privateKey?: string;
  readonly privateKeyPassword?: string;
  readonly agentSocketPath?: string;
  /** OpenSSH public key; without one any host is believed, as by the real provider. */
  readonly hostKey?: string;
  /** How many dials may fail; -1 for no limit. */
  readonly dialErrorLimit: number;
  /** Seconds; 0 for no limit. */
  readonly perDialTimeout: number;
}

const FIRST_WAIT_MS = 100;
const WAIT_FACTOR = 1.5;
const LONGEST_WAIT_MS = 5000;

/**
 * Dials until it is through or the limit of failures is reached.
 *
 * @throws Error in the words of the real provider; never with a key in it.
 */
export async function dial(connection: Connection, log: Log): Promise<Client> {
  const config = await sshConfig(connection);
  const { dialErrorLimit: limit, proxy } = connection;
  if (!proxy) return retried("Dial", limit, log, () => dialOnce(config));
  let way: Client | undefined;
  try {
    const proxyConfig = await sshConfig(proxy);
    const opened = (way = await retried("Dial proxy", proxy.dialErrorLimit, log, () =>
      dialOnce(proxyConfig),
    ));
    const sock = await retried("Dial from proxy", limit, log, () => through(opened, connection));
    // The way ends with what went through it, as in the real one, which closes neither by itself.
    const client = await retried("Dial", limit, log, () => dialOnce({ ...config, sock }));
    client.once("close", () => opened.end());
    return client;
  } catch (error) {
    way?.end();
    throw new Error(`proxy: ${messageOf(error)}`);
  }
}

function through(way: Client, { host, port }: Connection): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    way.forwardOut("127.0.0.1", 0, host, port, (error, channel) => {
      if (error) reject(new Error(`ssh: rejected: ${error.message}`));
      else resolve(channel);
    });
  });
}

async function retried<T>(what: string, limit: number, log: Log, attempt: () => Promise<T>): Promise<T> {
  for (let failures = 1, wait = FIRST_WAIT_MS; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      const reason = messageOf(error);
      if (limit > -1 && failures > limit) throw new Error(`after ${failures - 1} failed attempts: ${reason}`);
      log("info", `${what} ${failures}/${limit === -1 ? "inf" : limit} failed: retrying`, true);
      await new Promise((resolve) => setTimeout(resolve, wait));
      wait = Math.min(wait * WAIT_FACTOR, LONGEST_WAIT_MS);
    }
  }
}

async function sshConfig(connection: Server): Promise<ConnectConfig> {
  const agent = connection.agentSocketPath ?? (process.env.SSH_AUTH_SOCK || undefined);
  // The real provider dials the agent before the host: a stale socket fails even where a key was given.
  if (agent !== undefined) await reachable(agent);
  return {
    host: connection.host,
    port: connection.port,
    username: connection.user,
    readyTimeout: connection.perDialTimeout * 1000,
    ...hostCheck(connection.hostKey),
    ...(connection.privateKey !== undefined && { privateKey: parsedKey(connection) }),
    ...(connection.privateKeyPassword !== undefined && { passphrase: connection.privateKeyPassword }),
    ...(connection.password !== undefined && { password: connection.password }),
    ...(agent !== undefined && { agent }),
  };
}

function hostCheck(hostKey: string | undefined): Partial<ConnectConfig> {
  if (hostKey === undefined) return { hostVerifier: () => true };
  const expected = utils.parseKey(hostKey);
  if (expected instanceof Error) throw new Error("failed to parse host key: ssh: no key found");
  const wanted = expected.getPublicSSH();
  return {
    algorithms: { serverHostKey: [expected.type] as never },
    hostVerifier: (offered: Buffer) => offered.equals(wanted),
  };
}

/** Go's SSH library reads PKCS#8 too, which this one does not. */
function parsedKey({ privateKey = "", privateKeyPassword }: Server): string {
  if (privateKeyPassword !== undefined) {
    if (utils.parseKey(privateKey, privateKeyPassword) instanceof Error) throw new Error(UNPARSED);
    return privateKey;
  }
  try {
    return readablePrivateKey(privateKey);
  } catch {
    throw new Error(UNPARSED);
  }
}

const UNPARSED = "ssh: the private key cannot be parsed";

function reachable(socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath);
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
    socket.once("error", (error) => reject(new Error(`dial unix ${socketPath}: connect: ${error.message}`)));
  });
}

function dialOnce(config: ConnectConfig): Promise<Client> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    client.once("ready", () => {
      client.removeAllListeners("error");
      // A connection that is lost later shows where something is waited for, in run.ts.
      client.on("error", () => undefined);
      resolve(client);
    });
    client.once("error", (error) => {
      client.end();
      reject(new Error(inRealWords(error, config)));
    });
    client.connect(config);
  });
}

function inRealWords(error: Error & { level?: string }, { host, port }: ConnectConfig): string {
  if (error.level === "client-socket") return `dial tcp ${host ?? ""}:${port ?? 22}: ${error.message}`;
  const handshake = "ssh: handshake failed: ssh:";
  if (error.message.includes("Host denied")) return `${handshake} host key mismatch`;
  if (error.level === "client-authentication") {
    return `${handshake} unable to authenticate, no supported methods remain`;
  }
  return `${handshake} ${error.message}`;
}
