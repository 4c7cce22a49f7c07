import { ActionsSecretHandler, type ActionsSecretInputs } from "../../../provider/actions-secret";
import { Forgejo } from "../../../provider/forgejo";
import { RetiredKeysHandler, type RetiredKeysState } from "../../../provider/retired-keys";
import type { OldKeyPolicy } from "../../../provider/retirement";
import { UndeclaredSecretsHandler } from "../../../provider/undeclared-secrets";
import { ZotApiKeyHandler, type ZotApiKeyState } from "../../../provider/zot-api-key";
import { Saying } from "../saying";
import type { Fault } from "./faults";
import { Items } from "./onepassword";
import { DAY_MS, ITEM, SECRET, type World } from "./world";

export const LABEL = "zot-access/life/zot-ci";
const NOTE = `${ITEM}: about this item`;
/** What each repository is given; the one that is not the key never changes. */
const SECRETS = [
  ["blumeops", "OTHER"],
  ["blumeops", SECRET],
  ["cv", SECRET],
] as const;
const RENEW_AFTER_DAYS = 60;
const LIFETIME_DAYS = 90;
/** Nothing waits for it: life/network.ts gives up at once. */
const TIMEOUT_MS = 1000;
const limits = { timeoutMs: TIMEOUT_MS, retryDelaysMs: [0, 0] };

interface Resource<Outputs> {
  readonly id: string;
  readonly outputs: Outputs;
}

/** The engine's state file, as plain data, so that it can be copied. */
export interface State {
  key?: Resource<ZotApiKeyState>;
  /** Keys that were replaced and not deleted yet. */
  pending: Resource<ZotApiKeyState>[];
  note?: Resource<string>;
  /** The 1Password item; its output is the key in it. */
  item?: Resource<string>;
  secrets: Map<string, ActionsSecretInputs>;
  undeclared: boolean;
  retired?: RetiredKeysState;
}

export type Accident = Fault | "state not saved";

/**
 * What the engine does with the program's resources, in its order: creates before deletes, each step into the state as it
 * ends, and nothing after one that failed. Each run has handlers of its own, as each run has its own plugin process.
 */
export class Stack {
  readonly told = new Saying();

  constructor(
    private readonly world: World,
    readonly policy: { oldKey: OldKeyPolicy; graceHours: number },
    readonly state: State = { pending: [], secrets: new Map(), undeclared: false },
  ) {}

  /** Ids of the keys that live on for those who use them. */
  get kept(): string[] {
    return (this.state.retired?.kept ?? []).map(({ uuid }) => uuid);
  }

  /** One `pulumi up`. @returns whether it succeeded. */
  async up(accident?: Accident): Promise<boolean> {
    this.world.beginRun(typeof accident === "object" ? accident : undefined);
    const keys = new ZotApiKeyHandler({ ...limits, loginTimeoutMs: TIMEOUT_MS, now: this.world.now });
    const items = new Items(this.world.url, TIMEOUT_MS);
    try {
      await this.tryToWrite(items);
      await this.renew(keys, accident === "state not saved");
      await this.store(items);
      await this.sync(new Forgejo(limits));
      await this.retire(new RetiredKeysHandler(limits));
      await this.bury(keys);
      return true;
    } catch (error) {
      this.told.all.push(`error: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  }

  /** As components/vault-check.ts and the note of components/ci-credential.ts. */
  private async tryToWrite(items: Items): Promise<void> {
    this.world.step = "look up";
    const item = await items.find(ITEM);
    const left = Date.parse(item?.expiresAt ?? "") - this.world.now().getTime();
    const isDue = !(left > (LIFETIME_DAYS - RENEW_AFTER_DAYS) * DAY_MS);
    this.world.step = "try to write";
    const { note } = this.state;
    const today = this.world.now().toISOString().slice(0, 10);
    const content = { title: NOTE, value: today, expiresAt: "" };
    if (!note) this.state.note = { id: await items.create(content), outputs: today };
    else if (isDue && note.outputs !== today) {
      await items.update(note.id, content);
      this.state.note = { ...note, outputs: today };
    }
  }

  private async renew(keys: ZotApiKeyHandler, loseState: boolean): Promise<void> {
    const { say } = this.told;
    const news = {
      registryUrl: this.world.url,
      username: "zot-ci",
      label: LABEL,
      groups: ["artifact-workloads"],
      lifetimeDays: LIFETIME_DAYS,
      renewAfterDays: RENEW_AFTER_DAYS,
      ...this.world.registry.login,
      authentikUrl: this.world.url,
    };
    this.world.step = "is the key due?";
    const old = this.state.key;
    if (old && (await keys.diff(old.id, old.outputs, news, say)).replaces.length === 0) return;
    this.world.step = "mint";
    const made = await keys.create(news, say);
    if (loseState) throw new Error("the state could not be written: no space left on device");
    if (old) this.state.pending.push(old);
    this.state.key = made;
  }

  private async store(items: Items): Promise<void> {
    this.world.step = "store";
    const { key, expiresAt } = this.inUse().outputs;
    const { item } = this.state;
    if (item?.outputs === key) return;
    const content = { title: ITEM, value: key, expiresAt };
    if (item) await items.update(item.id, content);
    const id = item?.id ?? (await items.create(content));
    this.state.item = { id, outputs: key };
  }

  private async sync(forgejo: Forgejo): Promise<void> {
    this.world.step = "sync";
    const { say } = this.told;
    const handler = new ActionsSecretHandler(forgejo);
    const at = { url: this.world.url, token: "t", owner: "eblume" };
    const { secrets } = this.state;
    for (const [repository, name] of SECRETS) {
      const old = secrets.get(`${repository}/${name}`);
      const value = name === SECRET ? this.inUse().outputs.key : "it never changes";
      const news = handler.prepare({ ...at, repository, name, value }, old);
      if (!old) await handler.create(news, say);
      else if ((await handler.diff("id", old, news, say)).changes) await handler.update("id", old, news);
      secrets.set(`${repository}/${name}`, news);
    }
    const undeclared = new UndeclaredSecretsHandler(forgejo);
    const declared = { ...at, repository: "cv", declared: [SECRET] };
    await undeclared.prepare(declared, undefined, say);
    if (!this.state.undeclared) await undeclared.create(declared);
    this.state.undeclared = true;
  }

  private async retire(handler: RetiredKeysHandler): Promise<void> {
    this.world.step = "retire";
    const { id: uuid, outputs } = this.inUse();
    const { registryUrl, username, key, label } = outputs;
    const news = { registryUrl, username, key, uuid, label, ...this.policy };
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

  private inUse(): Resource<ZotApiKeyState> {
    if (!this.state.key) throw new Error("there is no key");
    return this.state.key;
  }
}
