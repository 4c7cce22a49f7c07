import { createHmac, randomBytes } from "node:crypto";

/*
 * Codes by time as Authentik's devices have them: six digits, thirty seconds, SHA-1 (RFC 6238, RFC 4226).
 */
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
export const STEP_MS = 30_000;

/** A device of somebody's: its secret, and the last step of which a code was taken. */
export interface TotpDevice {
  readonly secret: string;
  lastStep: number;
  /** Wrong codes since the last right one, and when the last of them came. */
  failures?: number;
  failedAt?: number;
}

const THROTTLE_MS = 1000;

/** @param secret in base 32 @param step of thirty seconds since 1970 */
export function totpCode(secret: string, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac("sha1", bytesOf(secret)).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 0xf;
  const number = mac.readUInt32BE(offset) & 0x7f_ff_ff_ff;
  return String(number % 1_000_000).padStart(6, "0");
}

export function stepOf(timeMs: number): number {
  return Math.floor(timeMs / STEP_MS);
}

export function newTotpSecret(): string {
  return [...randomBytes(32)].map((byte) => ALPHABET.charAt(byte % ALPHABET.length)).join("");
}

/** The secret in an `otpauth://` address. @throws Error where it has none */
export function secretIn(configUrl: string): string {
  const secret = new URL(configUrl).searchParams.get("secret");
  if (secret === null) throw new Error("the set-up of a second factor told no secret");
  return secret;
}

/**
 * One step to either side is taken, and no code twice, nor one from before it. After a wrong one none is looked at for a second, and twice
 * as long after each other one (django_otp's TOTPDevice).
 */
export function takesCode(device: TotpDevice, code: string, now: number): boolean {
  const { failures = 0, failedAt = 0 } = device;
  if (failures > 0 && now < failedAt + THROTTLE_MS * 2 ** (failures - 1)) return false;
  const step = stepOf(now);
  const right = [step - 1, step, step + 1].find(
    (each) => each > device.lastStep && totpCode(device.secret, each) === code,
  );
  if (right === undefined) {
    Object.assign(device, { failures: failures + 1, failedAt: now });
    return false;
  }
  Object.assign(device, { lastStep: right, failures: 0 });
  return true;
}

function bytesOf(secret: string): Buffer {
  const digits = Array.from(secret.toUpperCase().replace(/=+$/, ""), (letter) =>
    ALPHABET.indexOf(letter).toString(2).padStart(5, "0"),
  );
  const bytes = digits.join("").match(/.{8}/g) ?? [];
  return Buffer.from(bytes.map((byte) => parseInt(byte, 2)));
}
