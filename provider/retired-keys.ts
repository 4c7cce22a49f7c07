import { z } from "zod";
import { changed, type Handler } from "./handler";
import { messageOf } from "../systems/text";
import type { LogMessage } from "../systems/log-message";
import { formerKey } from "./key-history";
import { KeyOwner, type KeyCredential, isRefusal } from "../keys/key-owner";
import { RETRY_DELAYS_MS } from "../systems/http/retry";
import { type KeptKey, OLD_KEY_POLICIES, retire, type RetirementDecision } from "../keys/retirement";

const inputs = z.strictObject({
  registryUrl: z.url(),
  username: z.string().min(1),
  /** The key that is in use. */
  key: z.string().min(1),
  /** Its id. */
  uuid: z.string().min(1),
  /** The label of all keys of this stack. */
  label: z.string().min(1),
  /** Former keys; they may have another user, registry or label. */
  former: z.array(formerKey),
  /** The consumers, and the id of the key that each has: after a run with targets, that may be a former one. */
  holders: z.array(z.strictObject({ holder: z.string().min(1), uuid: z.string() })),
  oldKey: z.enum(OLD_KEY_POLICIES),
  graceHours: z.number().min(0),
  /** Whether `oldKey` also applies to an adopted key. */
  revokeAdopted: z.literal(true).optional(),
});
export type RetiredKeysInputs = z.output<typeof inputs>;

export interface RetiredKeysState extends RetiredKeysInputs {
  /** Replaced keys that are still valid, for their consumers. */
  kept: KeptKey[];
}

export interface RetiredKeysOptions {
  /** Limit of each request; default 10 s. */
  readonly timeoutMs?: number;
  readonly retryDelaysMs?: readonly number[];
  /** Whether the calendar is held, so no grace period is over: `isCalendarHeld`. */
  readonly calendarHeld?: boolean;
}

/** The decision about one user's keys. */
interface Judgement extends RetirementDecision {
  readonly owner: KeyOwner;
}

/**
 * Ensures that a stack has one valid key. It must depend on all consumers: only then the former keys may be revoked.
 * Keys with another label that this stack never used are never touched.
 */
export class RetiredKeysHandler implements Handler<RetiredKeysInputs, RetiredKeysState> {
  readonly schema = inputs;
  readonly secrets = ["key", "former.*.key"];

  private readonly declared = new Set<string>();

  constructor(private readonly options: RetiredKeysOptions = {}) {}

  prepare(news: RetiredKeysInputs): RetiredKeysInputs {
    this.declared.add(news.label);
    return news;
  }

  async diff(_id: string, old: RetiredKeysState, news: RetiredKeysInputs, say: LogMessage) {
    const { kept: _, ...before } = old;
    if (changed<RetiredKeysInputs>(before, news).length > 0) return { changes: true };
    // In a refresh the engine passes the inputs of the last run: after an interrupted renewal that is the former key,
    // so the new one would look like a stranger's.
    if (!this.declared.has(news.label) || this.options.calendarHeld === true) return { changes: false };
    // ZotApiKey reports a registry that does not answer; nothing can be revoked there now.
    const judgements = await this.judge(news, old, silently, { retryDelaysMs: [] }).catch(() => []);
    const doomed = judgements.flatMap(({ revoke }) => revoke.filter(({ dead }) => !dead));
    for (const { uuid, reason } of doomed) await say("info", `key ${uuid} will be revoked: ${reason}`);
    await warnOfHolders(news, old.kept, say);
    return { changes: doomed.length > 0 };
  }

  async create(news: RetiredKeysInputs, say: LogMessage) {
    return { id: news.label, outputs: await this.enforce(news, undefined, say) };
  }

  update(_id: string, old: RetiredKeysState, news: RetiredKeysInputs, say: LogMessage) {
    return this.enforce(news, old, say);
  }

  /**
   * The destroy of the stack or of a pusher: none of its keys may outlive it, except the one in use, which has its
   * own resource.
   */
  async delete(_id: string, old: RetiredKeysState, say: LogMessage) {
    // Replaced manually (`--replace`), perhaps together with the key: the new resource has already revoked what was
    // due.
    if (this.declared.has(old.label)) return;
    const everything = { ...old, oldKey: "revoke" as const, holders: [] };
    // If the key in use is dead, each other key can at least revoke itself.
    const judgements = await this.judge(everything, undefined, say, { mayBeDead: true });
    for (const { owner, revoke } of judgements) await end(owner, revoke);
  }

  private async enforce(news: RetiredKeysInputs, old: RetiredKeysState | undefined, say: LogMessage) {
    const judgements = await this.judge(news, old, say);
    for (const { owner, revoke } of judgements) {
      await end(owner, revoke);
      for (const { uuid, reason, dead } of revoke) {
        if (!dead) await say("info", `key ${uuid} was revoked: ${reason}`);
      }
    }
    const kept = judgements.flatMap(({ keep }) => keep);
    await warnOfHolders(news, kept, say);
    return { ...news, kept };
  }

  /** @param old undefined: nothing is known about the existing keys. */
  private async judge(
    news: RetiredKeysInputs,
    old: RetiredKeysState | undefined,
    say: LogMessage,
    {
      retryDelaysMs = this.options.retryDelaysMs ?? RETRY_DELAYS_MS,
      mayBeDead = false,
    }: { retryDelaysMs?: readonly number[]; mayBeDead?: boolean } = {},
  ): Promise<Judgement[]> {
    const verdictOf = (keys: Parameters<typeof retire>[0], now: Date) =>
      retire(keys, {
        ...news,
        current: news.uuid,
        kept: old?.kept ?? [],
        held: heldOf(news),
        heldBefore: heldOf(old),
        trustUnknown: old === undefined,
        revokeAdopted: news.revokeAdopted ?? false,
        now,
      });
    const owner = this.ownerBy(news, retryDelaysMs);
    const listed = await owner.keys().catch((error: unknown) => {
      if (!mayBeDead || !isRefusal(error)) throw error;
      return undefined;
    });
    const { keys, now } = listed ?? { keys: [], now: new Date() };
    const judgements: Judgement[] = [{ owner, ...verdictOf(keys, now) }];
    const seen = new Set(keys.map(({ uuid }) => uuid));
    for (const former of news.former) {
      if (seen.has(former.uuid) || (listed && isOf(former, news)) || isGone(former, old)) continue;
      const other = this.ownerBy(former, retryDelaysMs);
      try {
        const theirs = await other.keys();
        const unseen = theirs.keys.filter(({ uuid }) => !seen.has(uuid));
        unseen.forEach(({ uuid }) => seen.add(uuid));
        judgements.push({ owner: other, ...verdictOf(unseen, theirs.now) });
      } catch (error) {
        if (isRefusal(error)) continue;
        const { uuid, expiresAt } = former;
        await say("warning", `key ${uuid} is not revoked; it expires ${expiresAt}: ${messageOf(error)}`);
        const kept = old?.kept.find((key) => key.uuid === uuid) ?? { uuid, since: now.toISOString() };
        judgements.push({ owner: other, revoke: [], keep: [kept] });
      }
    }
    return judgements;
  }

  private ownerBy(holder: KeyCredential, retryDelaysMs: readonly number[]): KeyOwner {
    return new KeyOwner(holder, { timeoutMs: this.options.timeoutMs, retryDelaysMs });
  }
}

async function end(owner: KeyOwner, doomed: RetirementDecision["revoke"]): Promise<void> {
  if (doomed.length > 0) await owner.revoke(doomed.map(({ uuid }) => uuid));
}

function heldOf(inputs: RetiredKeysInputs | undefined): ReadonlySet<string> {
  return new Set(inputs?.holders.map(({ uuid }) => uuid));
}

async function warnOfHolders(
  { holders }: RetiredKeysInputs,
  kept: readonly KeptKey[],
  say: LogMessage,
): Promise<void> {
  for (const { holder, uuid } of holders.filter((each) => kept.some((key) => key.uuid === each.uuid))) {
    await say(
      "warning",
      `key ${uuid} is still used by ${holder}: it is revoked by a run without --target and --exclude`,
    );
  }
}

/** Keys that the last run saw and did not keep were revoked, or were already gone. */
function isGone({ uuid }: KeyCredential, old: RetiredKeysState | undefined): boolean {
  const isIt = (key: { uuid: string }) => key.uuid === uuid;
  return old !== undefined && old.former.some(isIt) && !old.kept.some(isIt);
}

function isOf(left: KeyCredential, right: KeyCredential): boolean {
  return left.registryUrl === right.registryUrl && left.username === right.username;
}

function silently(): Promise<void> {
  return Promise.resolve();
}
