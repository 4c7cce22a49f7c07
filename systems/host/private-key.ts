import { createPrivateKey, type KeyObject } from "node:crypto";
import { utils } from "ssh2";

/** Why a private key cannot be used, and what to do. Contains nothing of the key. */
export class PrivateKeyError extends Error {
  override readonly name = "PrivateKeyError";
}

const store = (setting: string) =>
  `store that one where ${setting} points, or leave ${setting} out and load the key into an ssh-agent`;

/**
 * A private key in a format that the SSH client reads. PKCS#8, 1Password's format unless a reference ends in
 * `?ssh-format=openssh`, is converted here, in memory.
 *
 * @throws PrivateKeyError
 */
export function readablePrivateKey(text: string, setting = "host.privateKey"): string {
  const trimmed = `${text.trim()}\n`;
  if (hasPassphrase(trimmed)) {
    throw new PrivateKeyError(
      `${setting} is protected by a passphrase, which nobody can type here; remove it from a copy with \`ssh-keygen -p -f COPY\`, then ${store(setting)}`,
    );
  }
  const readable = /^-----BEGIN PRIVATE KEY-----/.test(trimmed) ? fromPkcs8(trimmed) : trimmed;
  const parsed = utils.parseKey(readable);
  if (!(parsed instanceof Error)) {
    if (parsed.isPrivateKey()) return readable;
    throw new PrivateKeyError(
      `${setting} holds a public key; take the private one, and ${store(setting)}; to choose a key of the agent's by its public one, leave ${setting} out and run \`npm run with-key -- KEY.pub COMMAND\``,
    );
  }
  throw new PrivateKeyError(
    `${setting} is not a private key that SSH can use: it begins with -----BEGIN OPENSSH PRIVATE KEY----- (or RSA, EC or no word ` +
      `in the place of OPENSSH); convert another with \`ssh-keygen -p -f COPY\`, then ${store(setting)}`,
  );
}

/** PKCS#8 has it in its name, the older formats in a header, and OpenSSH's as the name of its cipher (PROTOCOL.key). */
function hasPassphrase(text: string): boolean {
  if (/^-----BEGIN ENCRYPTED |^Proc-Type: 4,ENCRYPTED/m.test(text)) return true;
  const [, base64] = /^-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END/.exec(text) ?? [];
  if (base64 === undefined) return false;
  const cipher = Buffer.from(base64, "base64").subarray(OPENSSH_MAGIC.length);
  return cipher.length > 4 && cipher.subarray(4, 4 + cipher.readUInt32BE(0)).toString() !== "none";
}

const OPENSSH_MAGIC = Buffer.from("openssh-key-v1\0");

function fromPkcs8(pem: string): string {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    // No cause: its message could contain the key.
    return pem;
  }
  switch (key.asymmetricKeyType) {
    case "rsa":
      return key.export({ format: "pem", type: "pkcs1" }).toString();
    case "ec":
      return key.export({ format: "pem", type: "sec1" }).toString();
    case "ed25519":
      return opensshEd25519(key);
    default:
      return pem;
  }
}

/** The only Ed25519 format that SSH clients read (OpenSSH's PROTOCOL.key; RFC 8709). */
function opensshEd25519(key: KeyObject): string {
  const { x = "", d = "" } = key.export({ format: "jwk" });
  const [publicKey, seed] = [Buffer.from(x, "base64url"), Buffer.from(d, "base64url")];
  const type = field("ssh-ed25519");
  const check = Buffer.alloc(8);
  const secret = Buffer.concat([
    check,
    type,
    field(publicKey),
    field(Buffer.concat([seed, publicKey])),
    field(""),
  ]);
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, at) => at + 1));
  const blob = Buffer.concat([
    OPENSSH_MAGIC,
    field("none"),
    field("none"),
    field(""),
    Buffer.from([0, 0, 0, 1]),
    field(Buffer.concat([type, field(publicKey)])),
    field(Buffer.concat([secret, padding])),
  ]);
  const lines = blob.toString("base64").match(/.{1,70}/g) ?? [];
  return ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join(
    "\n",
  );
}

/** A string of the SSH protocol: its length, then itself (RFC 4251 5). */
function field(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
