import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

const FORM = /^hmac-sha256:([0-9a-f]{32}):([0-9a-f]{64})$/;

/**
 * A keyed hash that stands for a secret in the state: `hmac-sha256:<key>:<mac>`, with a random key of its own. The same
 * secret keeps the fingerprint that it has, so that an unchanged secret makes no difference; equal secrets of two
 * resources have unequal fingerprints.
 */
export function fingerprint(value: string, previous: string | undefined): string {
  const [, key, mac] = FORM.exec(previous ?? "") ?? [];
  if (previous !== undefined && key !== undefined && mac !== undefined && equal(mac, hmac(key, value))) {
    return previous;
  }
  const fresh = randomBytes(16).toString("hex");
  return `hmac-sha256:${fresh}:${hmac(fresh, value)}`;
}

export function isFingerprint(text: string): boolean {
  return FORM.test(text);
}

function hmac(key: string, value: string): string {
  return createHmac("sha256", Buffer.from(key, "hex")).update(value).digest("hex");
}

function equal(left: string, right: string): boolean {
  return timingSafeEqual(Buffer.from(left, "hex"), Buffer.from(right, "hex"));
}
