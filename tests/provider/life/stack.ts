import { ActionsSecretHandler, type ActionsSecretInputs } from "../../../provider/actions-secret";
import { Forgejo } from "../../../systems/forgejo/forgejo";
import { KeyHistoryHandler, type KeyHistoryState } from "../../../provider/key-history";
import { KeySuccession } from "../../../keys/key-succession";
import { RetiredKeysHandler, type RetiredKeysState } from "../../../provider/retired-keys";
import type { OldKeyPolicy } from "../../../keys/retirement";
import { UndeclaredSecretsHandler } from "../../../provider/undeclared-secrets";
import { ZotApiKeyHandler, type ZotApiKeyState } from "../../../provider/zot-api-key";
import { messageOf } from "../../../systems/text";
import { RecordedMessages } from "../recorded-messages";
import type { Fault } from "./faults";
import { Items, type StoredItem } from "./onepassword";
import { DAY_MS, ITEM, SECRET, type World } from "./world";

/** Of the item of a key. */
const noteOf = (item: string): string => `${item}: about this item`;
export const NOTE = noteOf(ITEM);

/** What belongs to one pusher: its item, and what repositories are given; what is not the key never changes. */
export interface Belongings {
  readonly item: string;
  /** Name of the secrets that are its key. */
  readonly secret: string;
  /** Repository and name of each secret. */
  readonly secrets: readonly (readonly [repository: string, name: string])[];
  /** Where secrets that nobody declares are deleted. */
  readonly authoritative?: string;
}

const BELONGINGS: Belongings = {
  item: ITEM,
  secret: SECRET,
  secrets: [
    ["blumeops", "OTHER"],
    ["blumeops", SECRET],
    ["cv", SECRET],
  ],
  authoritative: "cv",
};
const RENEW_AFTER_DAYS = 60;
const LIFETIME_DAYS = 90;
/** Nothing waits for it: life/network.ts gives up at once. */
const TIMEOUT_MS = 1000;
export const limits = { timeoutMs: TIMEOUT_MS, retryDelaysMs: [0, 0] };

interface Resource<Outputs> {
  readonly id: string;
  readonly outputs: Outputs;
}

/** The engine's state file, as plain data, so that it can be copied. */
export interface State {
  key?: Resource<ZotApiKeyState>;
  /** Keys that were replaced and not deleted yet. */
  pending: Resource<ZotApiKeyState>[];
  history?: KeyHistoryState;
  note?: Resource<string>;
  /** The 1Password item; its outputs are the key in it and that key's id. */
  item?: Resource<{ readonly key: string; readonly uuid: string }>;
  secrets: Map<string, ActionsSecretInputs>;
  undeclared: boolean;
  retired?: RetiredKeysState;
}

/** The run ends before the key is in the state, or as soon as it is. */
export type Accident = Fault | "state not saved" | "nothing written down";

/** 1Password, or a repository. */
export type User = string;

export interface Settings {
  readonly oldKey: OldKeyPolicy;
  readonly graceHours: number;
  /** CI's user; zot-ci unless told. */
  readonly username?: string;
  /** The stack's name. */
  readonly stack?: string;
  /** One of the names of the registry. */
  readonly registryUrl?: string;
  /** 90 unless told. */
  readonly lifetimeDays?: number;
  /** 60 unless told. */
  readonly renewAfterDays?: number;
}

/** Of one plugin process, which serves all pushers of a run. */
export interface Handlers {
  readonly keys: ZotApiKeyHandler;
  readonly history: KeyHistoryHandler;
  readonly items: Items;
  readonly forgejo: Forgejo;
  readonly retired: RetiredKeysHandler;
}

export function handlersFor(world: World): Handlers {
  const succession = new KeySuccession();
  const clocks = { loginTimeoutMs: TIMEOUT_MS, now: world.now };
  return {
    keys: new ZotApiKeyHandler({ ...limits, ...clocks }, succession),
    history: new KeyHistoryHandler(succession, limits),
    items: new Items(world.url, TIMEOUT_MS),
    forgejo: new Forgejo(limits),
    retired: new RetiredKeysHandler(limits),
  };
}

/**
 * What the engine does with the program's resources, in its order: creates before deletes, each step into the state as it
 * ends, and nothing after one that failed. Each run has handlers of its own, as each run has its own plugin process.
 */
export class Stack {
  readonly told = new RecordedMessages();

  constructor(
    private readonly world: World,
    public settings: Settings,
    readonly state: State = { pending: [], secrets: new Map(), undeclared: false },
    readonly own: Belongings = BELONGINGS,
  ) {}

  private get calendar() {
    const { lifetimeDays = LIFETIME_DAYS, renewAfterDays = RENEW_AFTER_DAYS } = this.settings;
    return { lifetimeDays, renewAfterDays };
  }

  /** Ids of the keys that live on for those who use them. */
  get kept(): string[] {
    return (this.state.retired?.kept ?? []).map(({ uuid }) => uuid);
  }

  /**
   * One `pulumi up`.
   *
   * @param leftOut users of the key that `--exclude` names.
   * @returns whether it succeeded.
   */
  async up(accident?: Accident, leftOut: readonly User[] = []): Promise<boolean> {
    this.world.beginRun(typeof accident === "object" ? accident : undefined);
    const handlers = handlersFor(this.world);
    try {
      await this.make(handlers, accident, leftOut);
      await this.handOut(handlers, leftOut);
      await this.end(handlers);
      return true;
    } catch (error) {
      this.told.all.push(`error: ${messageOf(error)}`);
      return false;
    }
  }

  /** A key, written down and kept. */
  async make({ keys, history, items }: Handlers, accident?: Accident, leftOut: readonly User[] = []) {
    const found = await this.tryToWrite(items);
    await this.renew(keys, accident === "state not saved");
    if (accident === "nothing written down") throw new Error("the engine was killed");
    await this.writeDown(history);
    if (!leftOut.includes("1Password")) await this.store(items, found);
  }

  handOut({ forgejo }: Handlers, leftOut: readonly User[] = []): Promise<void> {
    return this.sync(forgejo, leftOut);
  }

  async end({ keys, retired }: Handlers): Promise<void> {
    await this.retire(retired);
    await this.bury(keys);
  }

  /** What `--refresh` finds gone from 1Password. */
  async refreshItems({ items }: Handlers): Promise<void> {
    this.world.step = "refresh";
    const { item, note } = this.state;
    if (item && (await items.isGone(item.id))) delete this.state.item;
    if (note && (await items.isGone(note.id))) delete this.state.note;
  }

  /** The program no longer has the pusher: whoever depends on another goes first. No item of people's is in the way. */
  async leave({ forgejo, history, items, keys, retired }: Handlers): Promise<void> {
    const { say } = this.told;
    this.world.step = "leave";
    const { state } = this;
    if (state.retired) await retired.delete(state.retired.label, state.retired, say);
    delete state.retired;
    const secrets = new ActionsSecretHandler(forgejo);
    for (const [place, inputs] of [...state.secrets]) {
      await secrets.delete(place, inputs);
      state.secrets.delete(place);
    }
    if (state.item) await items.remove(state.item.id);
    delete state.item;
    if (state.history) await history.delete("keys", state.history);
    delete state.history;
    for (const { id, outputs } of [...state.pending, ...(state.key ? [state.key] : [])])
      await keys.delete(id, outputs, say);
    state.pending = [];
    delete state.key;
    if (state.note) await items.remove(state.note.id);
    delete state.note;
  }

  /** As components/vault-check.ts and the note of components/ci-credential.ts. */
  private async tryToWrite(items: Items): Promise<StoredItem | undefined> {
    this.world.step = "look up";
    const item = await items.find(this.own.item);
    const notes = await items.count(noteOf(this.own.item)).catch(() => undefined);
    const noteGone = item !== undefined && notes === 0;
    const left = Date.parse(item?.expiresAt ?? "") - this.world.now().getTime();
    const { lifetimeDays, renewAfterDays } = this.calendar;
    const isDue = !(left > (lifetimeDays - renewAfterDays) * DAY_MS);
    this.world.step = "try to write";
    const { note } = this.state;
    const today = this.world.now().toISOString().slice(0, 10);
    const content = { title: noteOf(this.own.item), value: today, expiresAt: "" };
    if (!note) this.state.note = { id: await items.create(content), outputs: today };
    else if (isDue && note.outputs !== today && !noteGone) {
      await items.update(note.id, content);
      this.state.note = { ...note, outputs: today };
    }
    return item;
  }

  private async renew(keys: ZotApiKeyHandler, loseState: boolean): Promise<void> {
    const { say } = this.told;
    const { username = "zot-ci", stack = "life", registryUrl = this.world.url } = this.settings;
    const news = {
      registryUrl,
      username,
      label: `zot-access/${stack}/${username}`,
      groups: [`${username}-group`],
      ...this.calendar,
      ...this.world.registry.login,
      authentikUrl: this.world.authentikUrl,
    };
    this.world.step = "is the key due?";
    keys.prepare(news);
    const old = this.state.key;
    if (old && (await keys.diff(old.id, old.outputs, news, say)).replaces.length === 0) return;
    this.world.step = "mint";
    const made = await keys.create(news, say);
    if (loseState) throw new Error("the state could not be written: no space left on device");
    if (old) this.state.pending.push(old);
    this.state.key = made;
  }

  private async writeDown(handler: KeyHistoryHandler): Promise<void> {
    const { id: uuid, outputs } = this.inUse();
    const { registryUrl, username, label, key, createdAt, expiresAt, adopted } = outputs;
    const news = { registryUrl, username, label, key, uuid, createdAt, expiresAt, adopted };
    const old = this.state.history;
    if (!old) this.state.history = (await handler.create(news)).outputs;
    else if ((await handler.diff("keys", old, news)).changes)
      this.state.history = await handler.update("keys", old, news);
  }

  /** @param found before the run. */
  private async store(items: Items, found: StoredItem | undefined): Promise<void> {
    this.world.step = "store";
    const { key, uuid, expiresAt } = this.written();
    const { item } = this.state;
    if (item?.outputs.uuid === uuid) return;
    const content = { title: this.own.item, value: key, expiresAt };
    if (item) await items.update(item.id, content);
    else if (found) throw new Error("1Password has an item already that the state does not hold");
    const id = item?.id ?? (await items.create(content));
    this.state.item = { id, outputs: { key, uuid } };
  }

  private async sync(forgejo: Forgejo, leftOut: readonly User[]): Promise<void> {
    this.world.step = "sync";
    const { say } = this.told;
    const handler = new ActionsSecretHandler(forgejo);
    const at = { url: this.world.url, token: "t", owner: "eblume" };
    const { secrets } = this.state;
    const { authoritative, secret, secrets: given } = this.own;
    for (const [repository, name] of given.filter(([repository]) => !leftOut.includes(repository))) {
      const old = secrets.get(`${repository}/${name}`);
      const { key, uuid } = this.written();
      const value = name === secret ? { value: key, keyId: uuid } : { value: "it never changes" };
      const news = handler.prepare({ ...at, repository, name, ...value }, old);
      if (!old) await handler.create(news, say);
      else if ((await handler.diff("id", old, news, say)).changes) await handler.update("id", old, news);
      secrets.set(`${repository}/${name}`, news);
    }
    if (authoritative === undefined) return;
    const undeclared = new UndeclaredSecretsHandler(forgejo);
    const declared = { ...at, repository: authoritative, declared: [secret] };
    await undeclared.prepare(declared, undefined, say);
    if (!this.state.undeclared) await undeclared.create(declared);
    this.state.undeclared = true;
  }

  private async retire(handler: RetiredKeysHandler): Promise<void> {
    this.world.step = "retire";
    const { registryUrl, username, key, uuid, former } = this.written();
    const { oldKey, graceHours } = this.settings;
    const { label } = this.inUse().outputs;
    const holders = [...this.state.secrets]
      .filter(([, { keyId }]) => keyId !== undefined)
      .map(([holder, { keyId = "" }]) => ({ holder, uuid: keyId }));
    holders.push({ holder: "1Password", uuid: this.state.item?.outputs.uuid ?? "" });
    const inputs = { registryUrl, username, key, uuid, label, former, holders, oldKey, graceHours };
    const news = handler.prepare(inputs);
    const { say } = this.told;
    const old = this.state.retired;
    if (!old) this.state.retired = (await handler.create(news, say)).outputs;
    else if ((await handler.diff(label, old, news, say)).changes)
      this.state.retired = await handler.update(label, old, news, say);
  }

  private async bury(keys: ZotApiKeyHandler): Promise<void> {
    this.world.step = "delete the replaced";
    for (const old of [...this.state.pending]) {
      await keys.delete(old.id, old.outputs, this.told.say);
      this.state.pending = this.state.pending.filter((each) => each !== old);
    }
  }

  private written(): KeyHistoryState {
    if (!this.state.history) throw new Error("no key was written down");
    return this.state.history;
  }

  private inUse(): Resource<ZotApiKeyState> {
    if (!this.state.key) throw new Error("there is no key");
    return this.state.key;
  }
}
