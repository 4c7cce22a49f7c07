import { setTimeout as delay } from "node:timers/promises";
import { SystemError } from "./errors";

/** Waits before the second and the third try, in milliseconds. */
export const RETRY_DELAYS_MS: readonly number[] = [300, 1500];

/** Retries what may be asked twice without harm, as long as the error is transient. */
export async function withRetry<T>(ask: () => Promise<T>, delaysMs: readonly number[]): Promise<T> {
  for (const wait of delaysMs) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof SystemError && error.transient)) throw error;
      await delay(wait);
    }
  }
  return ask();
}
