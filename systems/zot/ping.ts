import { isUnwell, SystemError } from "../http/errors";
import { withRetry } from "../http/retry";
import type { Credential, ZotClient } from "./client";

/** `ZotClient.ping`, with a registry or a proxy that is not well as the error that it is. */
export async function pingWithRetry(
  registry: ZotClient,
  credential: Credential | undefined,
  delaysMs: readonly number[],
): Promise<{ status: number; date?: Date }> {
  return withRetry(async () => {
    const answer = await registry.ping(credential);
    if (isUnwell(answer.status)) throw new UnwellError(answer.status);
    return answer;
  }, delaysMs);
}

/** The registry answers, and not what was asked. */
export class UnwellError extends SystemError {
  override readonly name = "UnwellError";
  override readonly transient = true;

  constructor(readonly status: number) {
    super(`the registry answers ${status} to /v2/; see its log and that of the proxy before it`);
  }
}
