import { setTimeout as delay } from "node:timers/promises";
import { StatusError, SystemError } from "./errors";

/** Waits before the second and the third try, in milliseconds. */
export const RETRY_DELAYS_MS: readonly number[] = [300, 1500];
const LONGEST_WAIT_MS = 30_000;

/**
 * Retries what may be asked twice without harm, as long as the error is transient. A server that says how long it wants to
 * be left alone gets that, as far as it is bearable.
 */
export async function withRetry<T>(ask: () => Promise<T>, delaysMs: readonly number[]): Promise<T> {
  for (const wait of delaysMs) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof SystemError && error.transient)) throw error;
      const asked = error instanceof StatusError ? error.retryAfterMs : undefined;
      await delay(asked === undefined ? wait : Math.min(asked, LONGEST_WAIT_MS));
    }
  }
  return ask();
}
