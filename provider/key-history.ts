import { z } from "zod";
import { changed, type Handler } from "./handler";
import { NEVER_EXPIRES } from "../keys/key-calendar";
import { KeyOwner, unlessRefused } from "../keys/key-owner";
import type { KeySuccession } from "../keys/key-succession";
import { RETRY_DELAYS_MS } from "../systems/http/retry";

const inputs = z.strictObject({
  registryUrl: z.url(),
  username: z.string().min(1),
  /** The label of all keys that this stack mints. */
  label: z.string().min(1),
  /** The key in use from now on. */
  key: z.string().min(1),
  /** Its id. */
  uuid: z.string().min(1),
  /** RFC 3339, by the registry's clock. */
  createdAt: z.string(),
  /** RFC 3339 by the registry's clock, or `never`. */
  expiresAt: z.string(),
  /** Whether it was adopted. */
  adopted: z.boolean(),
});
export type KeyHistoryInputs = z.output<typeof inputs>;

export const formerKey = z.strictObject({
  registryUrl: z.url(),
  username: z.string().min(1),
  key: z.string().min(1),
  uuid: z.string().min(1),
  expiresAt: z.string(),
  adopted: z.boolean(),
});
/** A former key, with the credentials to revoke it: its user or its registry may have changed since. */
export type FormerKey = z.output<typeof formerKey>;

export interface KeyHistoryState extends KeyHistoryInputs {
  /** Former keys, the last one first, until they expire. */
  former: FormerKey[];
}

export interface KeyHistoryOptions {
  /** Limit of each request; default 10 s. */
  readonly timeoutMs?: number;
  readonly retryDelaysMs?: readonly number[];
}

/** One for each pusher. */
export const HISTORY_ID = "keys";

/**
 * Records each key before any consumer gets it. So every consumer has one of the recorded keys, whatever failed
 * afterwards, and an unrecorded key was never given to anybody.
 */
export class KeyHistoryHandler implements Handler<KeyHistoryInputs, KeyHistoryState> {
  readonly schema = inputs;
  readonly secrets = ["key", "former.*.key"];

  constructor(
    private readonly succession: KeySuccession,
    private readonly options: KeyHistoryOptions = {},
  ) {}

  prepare(news: KeyHistoryInputs): KeyHistoryInputs {
    this.succession.begin(news.label);
    return news;
  }

  diff(_id: string, old: KeyHistoryState, news: KeyHistoryInputs) {
    const { former: _, ...before } = old;
    this.succession.rename(old.label, news.label);
    this.succession.record(news.label, old.former);
    return Promise.resolve({ changes: changed<KeyHistoryInputs>(before, news).length > 0 });
  }

  create(news: KeyHistoryInputs) {
    return Promise.resolve({ id: HISTORY_ID, outputs: this.recorded({ ...news, former: [] }) });
  }

  update(_id: string, old: KeyHistoryState, news: KeyHistoryInputs) {
    return Promise.resolve(this.recorded({ ...news, former: formerKeys(old, news) }));
  }

  /**
   * The destroy of the stack: no key may outlive it that an interrupted run minted, and that is in no state.
   * RetiredKeys and ZotApiKey revoke those in the state, before and after this.
   */
  async delete(_id: string, old: KeyHistoryState) {
    if (!this.succession.isOver(old.label)) return;
    const { timeoutMs, retryDelaysMs = RETRY_DELAYS_MS } = this.options;
    const owner = new KeyOwner(old, { timeoutMs, retryDelaysMs });
    try {
      const { keys } = await owner.keys();
      const lost = keys.filter(({ uuid, label }) => label === old.label && uuid !== old.uuid);
      await owner.revoke(lost.map(({ uuid }) => uuid));
    } catch (error) {
      // The key is dead, so nothing can be asked with it.
      unlessRefused(error);
    }
  }

  private recorded(state: KeyHistoryState): KeyHistoryState {
    this.succession.record(state.label, state.former);
    return state;
  }
}

function formerKeys(old: KeyHistoryState, news: KeyHistoryInputs): FormerKey[] {
  const { former, createdAt: _, label: _label, ...last } = old;
  const all = last.uuid === news.uuid ? former : [last, ...former];
  const livesOn = ({ expiresAt }: FormerKey) =>
    expiresAt === NEVER_EXPIRES || Date.parse(expiresAt) > Date.parse(news.createdAt);
  return all.filter((key) => key.uuid !== news.uuid && livesOn(key));
}
