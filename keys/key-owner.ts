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
  /** Limit of each request; default 10 s. */
  readonly timeoutMs?: number | undefined;
  readonly retryDelaysMs: readonly number[];
}

/** The keys that one key may list and revoke: those of its own user. */
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

  /** zot confirms every revocation, so the list is checked afterwards. */
  async revoke(uuids: readonly string[]): Promise<void> {
    // After its own revocation the key cannot be used to ask any more.
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

/** Ignores the 401 of a dead key: it is already gone, or the answer to its own revocation was lost. */
export function unlessRefused(error: unknown): undefined {
  if (!isRefusal(error)) throw error;
}

export function isRefusal(error: unknown): boolean {
  return error instanceof StatusError && error.status === 401;
}
