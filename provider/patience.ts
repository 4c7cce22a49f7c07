import { setTimeout as delay } from "node:timers/promises";
import { LoginTimedOut, UnexpectedAnswer, Unreachable } from "../authentik/errors";
import { ZotStatusError, ZotTimeoutError, ZotUnreachableError } from "../zot/errors";

/** Waits before the second and the third try, in milliseconds. */
export const RETRY_DELAYS_MS: readonly number[] = [300, 1500];

/**
 * Tries again what may be asked twice without harm, as long as the reason may pass: no answer, or one of a proxy or a
 * server that is not well.
 */
export async function patiently<T>(ask: () => Promise<T>, delaysMs: readonly number[]): Promise<T> {
  for (const wait of delaysMs) {
    try {
      return await ask();
    } catch (error) {
      if (!mayPass(error)) throw error;
      await delay(wait);
    }
  }
  return ask();
}

function mayPass(error: unknown): boolean {
  if (error instanceof ZotStatusError || error instanceof UnexpectedAnswer) {
    return error.status === 429 || error.status >= 500;
  }
  return [ZotUnreachableError, ZotTimeoutError, Unreachable, LoginTimedOut].some(
    (kind) => error instanceof kind,
  );
}
