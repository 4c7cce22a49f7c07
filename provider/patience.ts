import { setTimeout as delay } from "node:timers/promises";
import { LoginTimedOut, RegistryRefused, UnexpectedAnswer, Unreachable } from "../authentik/errors";
import type { Credential, ZotClient } from "../zot/client";
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

/** `ZotClient.ping`, with a registry or a proxy that is not well as the error that it is. */
export async function pingPatiently(
  registry: ZotClient,
  credential: Credential | undefined,
  delaysMs: readonly number[],
): Promise<{ status: number; date?: Date }> {
  return patiently(async () => {
    const answer = await registry.ping(credential);
    if (isUnwell(answer.status)) throw new UnwellError(answer.status);
    return answer;
  }, delaysMs);
}

/** The registry answers, and not what was asked. */
export class UnwellError extends Error {
  override readonly name = "UnwellError";

  constructor(readonly status: number) {
    super(`the registry answers ${status} to /v2/; see its log and that of the proxy before it`);
  }
}

function mayPass(error: unknown): boolean {
  const answered = [ZotStatusError, UnwellError, UnexpectedAnswer, RegistryRefused] as const;
  if (answered.some((kind) => error instanceof kind)) return isUnwell((error as UnwellError).status);
  const silent = [ZotUnreachableError, ZotTimeoutError, Unreachable, LoginTimedOut];
  return silent.some((kind) => error instanceof kind);
}

function isUnwell(status: number): boolean {
  return status === 429 || status >= 500;
}
