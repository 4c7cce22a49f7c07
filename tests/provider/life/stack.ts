import { ActionsSecretHandler, type ActionsSecretInputs } from "../../../provider/actions-secret";
import { Forgejo } from "../../../provider/forgejo";
import { RetiredKeysHandler, type RetiredKeysState } from "../../../provider/retired-keys";
import type { OldKeyPolicy } from "../../../provider/retirement";
import { ZotApiKeyHandler, type ZotApiKeyState } from "../../../provider/zot-api-key";
import { Saying } from "../saying";
import type { Fault } from "./faults";
import type { World } from "./world";

export const LABEL = "zot-access/life/zot-ci";
export const REPOSITORIES = ["blumeops", "cv"];
const TIMEOUT_MS = 300;
const limits = { timeoutMs: TIMEOUT_MS, retryDelaysMs: [1, 1] };

interface Resource<Outputs> {
  readonly id: string;
  readonly outputs: Outputs;
}

/**
 * What the engine does with the program's resources, in its order: creates before deletes, each step into the state as it
 * ends, and nothing after one that failed. Each run has handlers of its own, as each run has its own plugin process.
 */
export class Stack {
  readonly told = new Saying();
  key: Resource<ZotApiKeyState> | undefined;
  /** Keys that were replaced and not deleted yet. */
  private pending: Resource<ZotApiKeyState>[] = [];
  private stored: string | undefined;
  private readonly secrets = new Map<string, ActionsSecretInputs>();
  private retired: RetiredKeysState | undefined;

  constructor(
    private readonly world: World,
    private readonly policy: { oldKey: OldKeyPolicy; graceHours: number },
  ) {}

  /** Ids of the keys that live on for those who use them. */
  get kept(): string[] {
    return (this.retired?.kept ?? []).map(({ uuid }) => uuid);
  }

  /** One `pulumi up`. @returns whether it succeeded. */
  async up(fault?: Fault | "state not saved"): Promise<boolean> {
    this.world.beginRun(typeof fault === "object" ? fault : undefined);
    const keys = new ZotApiKeyHandler({ ...limits, loginTimeoutMs: TIMEOUT_MS, now: this.world.now });
    try {
      await this.renew(keys, fault === "state not saved");
      await this.store();
      await this.sync(new ActionsSecretHandler(new Forgejo(limits)));
      await this.retire(new RetiredKeysHandler(limits));
      await this.bury(keys);
      return true;
    } catch (error) {
      this.told.all.push(`error: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  }

  private async renew(keys: ZotApiKeyHandler, loseState: boolean): Promise<void> {
    const { say } = this.told;
    const news = {
      registryUrl: this.world.url,
      username: "zot-ci",
      label: LABEL,
      groups: ["artifact-workloads"],
      lifetimeDays: 90,
      renewAfterDays: 60,
      ...this.world.registry.login,
      authentikUrl: this.world.url,
    };
    this.world.step = "is the key due?";
    const old = this.key;
    if (old && (await keys.diff(old.id, old.outputs, news, say)).replaces.length === 0) return;
    this.world.step = "mint";
    const made = await keys.create(news, say);
    if (loseState) throw new Error("the state could not be written: no space left on device");
    if (old) this.pending.push(old);
    this.key = made;
  }

  private async store(): Promise<void> {
    this.world.step = "store";
    const key = this.inUse().outputs.key;
    if (this.stored === key) return;
    const body = JSON.stringify({ password: key });
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const { ok } = await fetch(`${this.world.url}/item`, { method: "PUT", body, signal });
    if (!ok) throw new Error("1Password did not take the item");
    this.stored = key;
  }

  private async sync(handler: ActionsSecretHandler): Promise<void> {
    this.world.step = "sync";
    for (const repository of REPOSITORIES) {
      const old = this.secrets.get(repository);
      const value = this.inUse().outputs.key;
      const place = { url: this.world.url, token: "t", owner: "eblume", repository };
      const news = handler.prepare({ ...place, name: "ZOT_CI_API_KEY", value }, old);
      if (!old) await handler.create(news);
      else if ((await handler.diff("id", old, news, this.told.say)).changes)
        await handler.update("id", old, news);
      this.secrets.set(repository, news);
    }
  }

  private async retire(handler: RetiredKeysHandler): Promise<void> {
    this.world.step = "retire";
    const { id: uuid, outputs } = this.inUse();
    const { registryUrl, username, key, label } = outputs;
    const news = { registryUrl, username, key, uuid, label, ...this.policy };
    const { say } = this.told;
    const old = this.retired;
    if (!old) this.retired = (await handler.create(news, say)).outputs;
    else if ((await handler.diff(label, old, news, say)).changes)
      this.retired = await handler.update(label, old, news, say);
  }

  private async bury(keys: ZotApiKeyHandler): Promise<void> {
    this.world.step = "delete the replaced";
    for (const old of this.pending) {
      await keys.delete(old.id, old.outputs, this.told.say);
      this.pending = this.pending.filter((each) => each !== old);
    }
  }

  private inUse(): Resource<ZotApiKeyState> {
    if (!this.key) throw new Error("there is no key");
    return this.key;
  }
}
