import { createHash } from "node:crypto";
import { createConnection, createServer, type Socket } from "node:net";

/*
 * An ssh-agent that has one key of another agent's, as IdentitiesOnly has it for OpenSSH. It hands messages on, so it
 * also serves kinds of keys that no library here knows, such as those of hardware. Messages: draft-miller-ssh-agent.
 */

const FAILURE = 5;
const REQUEST_IDENTITIES = 11;
const IDENTITIES_ANSWER = 12;
const SIGN_REQUEST = 13;

/** As OpenSSH's agent has it. */
const MAX_BYTES = 256 << 10;

export interface Identity {
  /** The public key as the protocol has it. */
  readonly key: Buffer;
  readonly comment: Buffer;
}

/** The agent cannot be asked, or lacks the key. */
export class AgentError extends Error {
  override readonly name = "AgentError";
}

/** As `ssh-add -l` prints it. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

const framed = (body: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
};

/** Hands over each message that is complete. */
function onMessages(socket: Socket, take: (body: Buffer) => void): void {
  let held = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 4) {
      const length = held.readUInt32BE(0);
      if (length > MAX_BYTES) {
        socket.destroy();
        return;
      }
      if (held.length < 4 + length) return;
      take(held.subarray(4, 4 + length));
      held = held.subarray(4 + length);
    }
  });
}

/** One question to an agent. @throws AgentError */
function ask(agent: string, body: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(agent);
    const fail = (reason: string, cause?: unknown) => {
      reject(
        new AgentError(
          `the ssh-agent at ${agent} does not answer (${reason}): start one, until \`ssh-add -l\` lists its keys`,
          { cause },
        ),
      );
    };
    socket.on("error", (error) => fail(error.message, error));
    socket.on("close", () => fail("it closed the connection"));
    onMessages(socket, (answer) => {
      resolve(answer);
      socket.destroy();
    });
    socket.write(framed(body));
  });
}

/** A string of the protocol at a place, and the place behind it; undefined if it is not whole. */
function fieldAt(body: Buffer, at: number): { readonly field: Buffer; readonly next: number } | undefined {
  if (body.length < at + 4) return undefined;
  const next = at + 4 + body.readUInt32BE(at);
  return next > body.length ? undefined : { field: body.subarray(at + 4, next), next };
}

/** @throws AgentError */
export async function identitiesOf(agent: string): Promise<Identity[]> {
  const answer = await ask(agent, Buffer.from([REQUEST_IDENTITIES]));
  if (answer[0] !== IDENTITIES_ANSWER || answer.length < 5)
    throw new AgentError(
      `the ssh-agent at ${agent} lists no keys: if it is locked, \`ssh-add -X\` unlocks it`,
    );
  const found: Identity[] = [];
  let at = 5;
  for (let left = answer.readUInt32BE(1); left > 0; left--) {
    const key = fieldAt(answer, at);
    const comment = key && fieldAt(answer, key.next);
    if (!key || !comment) break;
    found.push({ key: key.field, comment: comment.field });
    at = comment.next;
  }
  return found;
}

function identitiesAnswer(identities: readonly Identity[]): Buffer {
  const head = Buffer.alloc(5, IDENTITIES_ANSWER);
  head.writeUInt32BE(identities.length, 1);
  return Buffer.concat([head, ...identities.flatMap(({ key, comment }) => [framed(key), framed(comment)])]);
}

/**
 * Listens at a socket, in a folder that nobody else may enter.
 *
 * @returns what ends it
 */
export async function startOneKeyAgent(
  socket: string,
  agent: string,
  isChosen: (key: Buffer) => boolean,
): Promise<() => void> {
  const answerTo = async (body: Buffer): Promise<Buffer> => {
    if (body[0] === REQUEST_IDENTITIES)
      return identitiesAnswer((await identitiesOf(agent)).filter(({ key }) => isChosen(key)));
    const key = body[0] === SIGN_REQUEST ? fieldAt(body, 1)?.field : undefined;
    return key && isChosen(key) ? ask(agent, body) : Buffer.from([FAILURE]);
  };
  const open = new Set<Socket>();
  const server = createServer((client) => {
    open.add(client);
    client.on("close", () => open.delete(client));
    client.on("error", () => client.destroy());
    let last = Promise.resolve();
    onMessages(client, (body) => {
      last = last.then(async () => {
        const answer = await answerTo(body).catch(() => Buffer.from([FAILURE]));
        if (client.writable) client.write(framed(answer));
      });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.on("error", reject);
    server.listen(socket, resolve);
  });
  return () => {
    for (const client of open) client.destroy();
    server.close();
  };
}
