import { type ApiKeyInfo, type Credential, ZotClient } from "../systems/zot/client";
import { StatusError } from "../systems/http/errors";
import { withRetry } from "../systems/http/retry";
import { pingWithRetry } from "../systems/zot/ping";

/** An API key of a registry with the user that it belongs to. */
export interface KeyCredential {
  readonly registryUrl: string;
  readonly username: string;
  readonly key: string;
  /** The key's id. */
  readonly uuid: string;
}

export interface KeyOwnerOptions {
  /** Limit of each request, 10 s unless told. */
  readonly timeoutMs?: number | undefined;
  readonly retryDelaysMs: readonly number[];
}

/** Whoever's keys a key may list and revoke: its own user's. */
export class KeyOwner {
  private readonly registry: ZotClient;
  private readonly credential: Credential;

  constructor(
    private readonly holder: KeyCredential,
    private readonly options: KeyOwnerOptions,
  ) {
    const { timeoutMs } = options;
    this.registry = new ZotClient(holder.registryUrl, timeoutMs === undefined ? {} : { timeoutMs });
    this.credential = { kind: "basic", username: holder.username, password: holder.key };
  }

  /** @returns the user's keys, and the registry's time. @throws StatusError 401 where the key is dead */
  async keys(): Promise<{ keys: ApiKeyInfo[]; now: Date }> {
    const { date } = await this.ping();
    return { keys: await this.list(), now: date ?? new Date() };
  }

  /** zot says yes to every revocation, so the list has the last word. */
  async revoke(uuids: readonly string[]): Promise<void> {
    // The key that asks can ask nothing more once it is gone.
    const others = uuids.filter((uuid) => uuid !== this.holder.uuid);
    for (const uuid of others) await this.end(uuid);
    if (others.length > 0) {
      const left = (await this.list()).map(({ uuid }) => uuid);
      this.refuse(others.filter((uuid) => left.includes(uuid)));
    }
    if (!uuids.includes(this.holder.uuid)) return;
    await this.end(this.holder.uuid).catch(unlessRefused);
    if ((await this.ping()).status !== 401) this.refuse([this.holder.uuid]);
  }

  private refuse(left: readonly string[]): void {
    if (left.length === 0) return;
    throw new Error(
      `${this.holder.registryUrl} still takes ${left.join(", ")} after revoking them; see zot's log, then run pulumi up again`,
    );
  }

  private ping() {
    return pingWithRetry(this.registry, this.credential, this.options.retryDelaysMs);
  }

  private list(): Promise<ApiKeyInfo[]> {
    return withRetry(() => this.registry.listApiKeys(this.credential), this.options.retryDelaysMs);
  }

  private end(uuid: string): Promise<void> {
    return withRetry(() => this.registry.revokeApiKey(this.credential, uuid), this.options.retryDelaysMs);
  }
}

/** Passes over what a dead key gets: it is gone already, or the answer to its own revocation was lost. */
export function unlessRefused(error: unknown): undefined {
  if (!isRefusal(error)) throw error;
}

export function isRefusal(error: unknown): boolean {
  return error instanceof StatusError && error.status === 401;
}
