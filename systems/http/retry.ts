import { setTimeout as delay } from "node:timers/promises";
import { StatusError, SystemError } from "./errors";

/** Delays before the second and the third attempt, in milliseconds. */
export const RETRY_DELAYS_MS: readonly number[] = [300, 1500];
const LONGEST_WAIT_MS = 30_000;

/** Retries an idempotent request while its error is transient. The server's own delay is respected, up to a limit. */
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
