import * as onepassword from "@pulumi/onepassword";
import * as pulumi from "@pulumi/pulumi";
import type { Secret } from "../config";
import { fieldOf, type ItemFields } from "../systems/onepassword/item-fields";
import { once } from "../systems/onepassword/once";
import { messageOf } from "../systems/text";
import type { ItemLister } from "../systems/onepassword/lister";

export interface SecretSourceArgs {
  /** Vault that needs no look-up when a reference names it. */
  readonly vault: { readonly id: string; readonly name?: string | undefined };
  readonly provider: onepassword.Provider;
  /** Where there is a Connect server: it answers by lists and statuses. */
  readonly lister?: ItemLister | undefined;
}

const ID = /^[a-z2-7]{26}$/;

/*
 * With a service account or the desktop app the provider alone is asked. Its errors have no code, only a text: these two are from
 * its source (3.3.1).
 */
/** What it says about a title that not exactly one item has. */
const NOT_ONE = /found (\d+) item\(s\)/i;
/** What it says of an item that is deleted (isNotFoundError). */
const GONE = /\b404\b|not found|couldn't be found|not in an active state/i;

/** 1Password has no item of a title, or several. */
export class NotOneItem extends Error {
  override readonly name = "NotOneItem";

  constructor(
    readonly count: number,
    title: string,
    vault: string,
  ) {
    super(
      count === 0
        ? `there is no item "${title}" in vault ${vault}`
        : `there are ${count} items "${title}" in vault ${vault}`,
    );
  }
}

/**
 * Resolves settings that are secret: references through 1Password, each item read once a run however many references
 * point at it (service accounts have an hourly allowance), and encrypted settings as they are.
 */
export class SecretSource {
  private readonly vaults = new Map<string, Promise<string>>();
  private readonly items = new Map<string, Promise<onepassword.GetItemResult>>();

  constructor(private readonly args: SecretSourceArgs) {}

  /** The secret as an output that stays secret. */
  output(setting: Secret): pulumi.Output<string> {
    return pulumi.secret(this.read(setting));
  }

  /** The secret as plain text, for what must happen before anything is declared. */
  async read(setting: Secret): Promise<string> {
    if (setting.kind === "value") return setting.value;
    const { reference } = setting;
    const vault = await this.vaultId(reference.vault);
    const item: ItemFields = await this.item(vault, reference.item);
    return fieldOf(item, reference);
  }

  /**
   * @param vault its id.
   * @param item id or title.
   * @throws NotOneItem where the title is not that of exactly one item.
   */
  item(vault: string, item: string): Promise<onepassword.GetItemResult> {
    return once(this.items, `${vault}/${item.toLowerCase()}`, () =>
      onepassword
        .getItem({ vault, ...(ID.test(item) ? { uuid: item } : { title: item }) }, this.options())
        .catch(async (cause: unknown) => {
          const count = await this.countOf(vault, item, cause);
          throw count === undefined ? cause : new NotOneItem(count, item, vault);
        }),
    );
  }

  /** Whether a vault certainly lacks an item; both by their ids. */
  async lacks(vault: string, id: string): Promise<boolean> {
    const { lister } = this.args;
    if (lister) {
      return lister.listed(vault).then(
        (all) => all.every((each) => each.id !== id),
        () => false,
      );
    }
    return this.item(vault, id).then(
      () => false,
      (cause: unknown) => GONE.test(messageOf(cause)),
    );
  }

  /** How many items have that title, where that is why the provider found none; undefined where something else is wrong. */
  private async countOf(vault: string, title: string, cause: unknown): Promise<number | undefined> {
    const { lister } = this.args;
    if (ID.test(title)) return undefined;
    if (lister) {
      const count = await lister.titled(vault, title).then(
        (found) => found.length,
        () => undefined,
      );
      return count === 1 ? undefined : count;
    }
    const count = NOT_ONE.exec(messageOf(cause))?.[1];
    return count === undefined ? undefined : Number(count);
  }

  private vaultId(vault: string): Promise<string> {
    if (ID.test(vault)) return Promise.resolve(vault);
    const { id, name } = this.args.vault;
    if (name !== undefined && vault.toLowerCase() === name.toLowerCase()) return Promise.resolve(id);
    return once(
      this.vaults,
      vault.toLowerCase(),
      async () => (await onepassword.getVault({ name: vault }, this.options())).uuid,
    );
  }

  private options(): pulumi.InvokeOptions {
    return { provider: this.args.provider };
  }
}
