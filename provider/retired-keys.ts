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
  /** The label that all keys of this stack carry. */
  label: z.string().min(1),
  /** Keys that were in use before; they may be of another user or registry, or under another label. */
  former: z.array(formerKey),
  /** Who uses the key, and the id of the one that they have: in a run of some targets, that may be a former one. */
  holders: z.array(z.strictObject({ holder: z.string().min(1), uuid: z.string() })),
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
  /** Whether no key's time is over now: `isCalendarHeld`. */
  readonly calendarHeld?: boolean;
}

/** What becomes of one user's keys. */
interface Judgement extends RetirementDecision {
  readonly owner: KeyOwner;
}

/**
 * Sees to it that a stack has one live key. It must come after everybody who uses the key: only then may those before it
 * go. Keys with another label that this stack never used are never touched.
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
    // In a refresh the engine asks with what the last run was told: after a renewal that was cut off that is the key before the one
    // in use, by which the new one would be nobody's.
    if (!this.declared.has(news.label) || this.options.calendarHeld === true) return { changes: false };
    // A registry that does not answer is ZotApiKey's to report; nothing can be revoked there now.
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

  /** The end of the stack, or of one that pushes: no key of it may outlive it, but for the one in use, which is a resource of its own. */
  async delete(_id: string, old: RetiredKeysState, say: LogMessage) {
    // Replaced by hand (`--replace`), perhaps together with the key: which keys go the new one has said already.
    if (this.declared.has(old.label)) return;
    const everything = { ...old, oldKey: "revoke" as const, holders: [] };
    // Where the one in use is dead, each of the others can at least end itself.
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

  /** @param old undefined: nothing is known of the keys that are there. */
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

/** What the last run looked at and did not keep was revoked, or was not there any more. */
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
