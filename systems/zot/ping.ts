import { withRetry } from "../http/retry";
import type { Credential, ZotClient } from "./client";

/** `ZotClient.pingWell`, asked again while the registry or the proxy before it is not well. */
export function pingWithRetry(
  registry: ZotClient,
  credential: Credential | undefined,
  delaysMs: readonly number[],
): Promise<{ status: number; date?: Date }> {
  return withRetry(() => registry.pingWell(credential), delaysMs);
}
