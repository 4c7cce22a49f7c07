import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";

const HEX_LENGTH: Record<string, number> = { sha256: 64, sha384: 96, sha512: 128 };

/** Whether Go's digest.Parse takes it: a known algorithm and its number of lower-case hex digits. */
export function isDigest(reference: string): boolean {
  const [algorithm = "", encoded = "", ...more] = reference.split(":");
  return more.length === 0 && HEX_LENGTH[algorithm] === encoded.length && /^[0-9a-f]+$/.test(encoded);
}

/** `sha256:…` that is not one: zot answers 400 to a manifest that is pushed by it. */
export function looksLikeDigest(reference: string): boolean {
  const [, algorithm = "", encoded = ""] = /^([^:]*):(.*)$/s.exec(reference) ?? [];
  return encoded !== "" && algorithm in HEX_LENGTH && !isDigest(reference);
}

export function splitDigest(digest: string): { algorithm: string; encoded: string } {
  const [algorithm = "", encoded = ""] = digest.split(":");
  return { algorithm, encoded };
}

export function digestOf(content: Uint8Array, algorithm = "sha256"): string {
  return `${algorithm}:${createHash(algorithm).update(content).digest("hex")}`;
}

export async function digestOfFile(path: string, algorithm: string): Promise<string> {
  const hash: Hash = createHash(algorithm);
  await pipeline(createReadStream(path), hash);
  return `${algorithm}:${hash.digest("hex")}`;
}
