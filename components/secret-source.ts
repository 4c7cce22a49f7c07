import * as onepassword from "@pulumi/onepassword";
import * as pulumi from "@pulumi/pulumi";
import type { Secret } from "../config";
import { fieldOf, type ItemFields } from "../systems/onepassword/item-fields";
import { once } from "../systems/onepassword/once";
import { messageOf } from "../systems/text";
import type { ItemLister } from "../systems/onepassword/lister";

export interface SecretSourceArgs {
  /** Vault that needs no look-up if a reference names it. */
  readonly vault: { readonly id: string; readonly name?: string | undefined };
  readonly provider: onepassword.Provider;
  /** Set if there is a Connect server: it answers with lists and status codes. */
  readonly lister?: ItemLister | undefined;
}

const ID = /^[a-z2-7]{26}$/;

/*
 * With a service account or the desktop app only the provider can be asked. Its errors have no code, so these two
 * texts are parsed. They are from its source, version 3.3.1.
 */
/** Its message for a title with no item or several items. */
const NOT_ONE = /found (\d+) item\(s\)/i;
/** Its message for a deleted item (isNotFoundError). */
const GONE = /\b404\b|not found|couldn't be found|not in an active state/i;

/** 1Password has no item with a title, or several. */
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
 * Resolves secret settings: references through 1Password, each item read once a run regardless of the number of
 * references (service accounts have an hourly limit), and encrypted settings as they are.
 */
export class SecretSource {
  private readonly vaults = new Map<string, Promise<string>>();
  private readonly items = new Map<string, Promise<onepassword.GetItemResult>>();

  constructor(private readonly args: SecretSourceArgs) {}

  /** The secret as an output that stays secret. */
  output(setting: Secret): pulumi.Output<string> {
    return pulumi.secret(this.read(setting));
  }

  /** The secret as plain text, for requests before any resource is declared. */
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
   * @throws NotOneItem if there is not exactly one item with the title.
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

  /** Whether a vault certainly lacks an item, given both ids. */
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

  /** How many items have that title, if that is why the provider failed; undefined for any other failure. */
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
