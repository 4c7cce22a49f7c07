import { z } from "zod";
import { type Credential, ZotClient } from "../zot/client";
import { ZotStatusError } from "../zot/errors";
import { changed, type Handler, type Say } from "./handler";
import { patiently, pingPatiently, RETRY_DELAYS_MS } from "./patience";
import { type KeptKey, OLD_KEY_POLICIES, retire, type Verdict } from "./retirement";

const inputs = z.strictObject({
  registryUrl: z.url(),
  username: z.string().min(1),
  /** The key that is in use. */
  key: z.string().min(1),
  /** Its id. */
  uuid: z.string().min(1),
  /** The label that all keys of this stack carry. */
  label: z.string().min(1),
  oldKey: z.enum(OLD_KEY_POLICIES),
  graceHours: z.number().min(0),
  /** Whether a key that people made, and that this stack used, goes like one of its own. */
  revokeAdopted: z.literal(true).optional(),
});
export type RetiredKeysInputs = z.output<typeof inputs>;

export interface RetiredKeysState extends RetiredKeysInputs {
  /** Replaced keys that still live, for those who use them. */
  kept: KeptKey[];
}

export interface RetiredKeysOptions {
  /** Limit of each request, 10 s unless told. */
  readonly timeoutMs?: number;
  readonly retryDelaysMs?: readonly number[];
}

/**
 * Sees to it that a stack has one live key. It must come after everybody who uses the key: only then may the one before
 * it go. Keys with another label are never touched.
 */
export class RetiredKeysHandler implements Handler<RetiredKeysInputs, RetiredKeysState> {
  readonly schema = inputs;
  readonly secrets = ["key"];

  constructor(private readonly options: RetiredKeysOptions = {}) {}

  async diff(_id: string, old: RetiredKeysState, news: RetiredKeysInputs, say: Say) {
    if (changed(pickInputs(old), news).length > 0) return { changes: true };
    // A registry that does not answer is ZotApiKey's to report; nothing can be revoked there now.
    const verdict = await this.judge(news, old, []).catch(() => undefined);
    const doomed = verdict?.revoke.filter(({ dead }) => !dead) ?? [];
    for (const { uuid, reason } of doomed) await say("info", `key ${uuid} will be revoked: ${reason}`);
    return { changes: doomed.length > 0 };
  }

  async create(news: RetiredKeysInputs, say: Say) {
    return { id: news.label, outputs: await this.enforce(news, undefined, say) };
  }

  update(_id: string, old: RetiredKeysState, news: RetiredKeysInputs, say: Say) {
    return this.enforce(news, old, say);
  }

  /** The end of the stack: no key of it may outlive it, but for the one in use, which is a resource of its own. */
  async delete(_id: string, old: RetiredKeysState) {
    try {
      await this.revoke(old, (await this.judge({ ...old, oldKey: "revoke" }, undefined, this.delays)).revoke);
    } catch (error) {
      // The key in use is dead, and with it the means to ask; the keys of a stack end by themselves.
      if (!(error instanceof ZotStatusError && error.status === 401)) throw error;
    }
  }

  private async enforce(news: RetiredKeysInputs, old: RetiredKeysState | undefined, say: Say) {
    const { revoke, keep } = await this.judge(news, old, this.delays);
    await this.revoke(news, revoke);
    for (const { uuid, reason, dead } of revoke) {
      if (!dead) await say("info", `key ${uuid} was revoked: ${reason}`);
    }
    return { ...news, kept: [...keep] };
  }

  /** @param old undefined: nothing is known of the keys that are there. */
  private async judge(
    news: RetiredKeysInputs,
    old: RetiredKeysState | undefined,
    retryDelaysMs: readonly number[],
  ): Promise<Verdict> {
    const registry = this.registry(news);
    const credential = own(news);
    const now = (await pingPatiently(registry, credential, retryDelaysMs)).date ?? new Date();
    const keys = await patiently(() => registry.listApiKeys(credential), retryDelaysMs);
    const last = old && old.uuid !== news.uuid ? [{ uuid: old.uuid, since: now.toISOString() }] : [];
    return retire(keys, {
      label: news.label,
      current: news.uuid,
      replaced: [...last, ...(old?.kept ?? [])],
      trustUnknown: old === undefined,
      oldKey: news.oldKey,
      graceHours: news.graceHours,
      revokeAdopted: news.revokeAdopted ?? false,
      now,
    });
  }

  /** zot says yes to every revocation, so the list has the last word. */
  private async revoke(news: RetiredKeysInputs, doomed: Verdict["revoke"]): Promise<void> {
    if (doomed.length === 0) return;
    const registry = this.registry(news);
    const credential = own(news);
    for (const { uuid } of doomed)
      await patiently(() => registry.revokeApiKey(credential, uuid), this.delays);
    const left = await patiently(() => registry.listApiKeys(credential), this.delays);
    const stubborn = left.filter(({ uuid }) => doomed.some((key) => key.uuid === uuid));
    if (stubborn.length > 0) {
      throw new Error(
        `${news.registryUrl} still lists ${stubborn.map(({ uuid }) => uuid).join(", ")} after revoking them; ` +
          "see zot's log, then run pulumi up again",
      );
    }
  }

  private registry({ registryUrl }: { registryUrl: string }): ZotClient {
    const { timeoutMs } = this.options;
    return new ZotClient(registryUrl, timeoutMs === undefined ? {} : { timeoutMs });
  }

  private get delays(): readonly number[] {
    return this.options.retryDelaysMs ?? RETRY_DELAYS_MS;
  }
}

function own({ username, key }: RetiredKeysInputs): Credential {
  return { kind: "basic", username, password: key };
}

function pickInputs(state: RetiredKeysState): RetiredKeysInputs {
  const { kept: _kept, ...rest } = state;
  return rest;
}
