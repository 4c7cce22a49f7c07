import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

const FORM = /^hmac-sha256:([0-9a-f]{32}):([0-9a-f]{64})$/;

/**
 * A keyed hash that represents a secret in the state: `hmac-sha256:<key>:<mac>`, with its own random key. An
 * unchanged secret keeps its fingerprint, so it shows no difference; equal secrets of two resources have different
 * fingerprints.
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
