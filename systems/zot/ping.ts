import { withRetry } from "../http/retry";
import type { Credential, ZotClient } from "./client";

/** `ZotClient.pingWell`, retried while the registry or its proxy fails. */
export function pingWithRetry(
  registry: ZotClient,
  credential: Credential | undefined,
  delaysMs: readonly number[],
): Promise<{ status: number; date?: Date }> {
  return withRetry(() => registry.pingWell(credential), delaysMs);
}
