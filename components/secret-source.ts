import * as onepassword from "@pulumi/onepassword";
import * as pulumi from "@pulumi/pulumi";
import type { Secret } from "../config";
import { fieldOf, type ItemFields } from "../onepassword/item-fields";
import { once } from "../onepassword/once";

export interface SecretSourceArgs {
  /** Vault that needs no look-up when a reference names it. */
  readonly vault: { readonly id: string; readonly name?: string | undefined };
  readonly provider: onepassword.Provider;
}

const ID = /^[a-z2-7]{26}$/;

/**
 * Resolves settings that are secret: references through 1Password, each item read once a run however many references
 * point at it (service accounts have an hourly allowance), and encrypted settings as they are.
 */
export class SecretSource {
  private readonly vaults = new Map<string, Promise<string>>();
  private readonly items = new Map<string, Promise<ItemFields>>();

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
    return fieldOf(await this.item(vault, reference.item), reference);
  }

  private vaultId(vault: string): Promise<string> {
    if (ID.test(vault)) return Promise.resolve(vault);
    const { id, name } = this.args.vault;
    if (name !== undefined && vault.toLowerCase() === name.toLowerCase()) return Promise.resolve(id);
    return once(this.vaults, vault.toLowerCase(), async () => {
      const found = await onepassword
        .getVault({ name: vault }, this.options())
        .catch(explain(`vault ${vault}`));
      return found.uuid;
    });
  }

  private item(vault: string, item: string): Promise<ItemFields> {
    return once(this.items, `${vault}/${item.toLowerCase()}`, () =>
      onepassword
        .getItem({ vault, ...(ID.test(item) ? { uuid: item } : { title: item }) }, this.options())
        .catch(explain(`item ${item} in vault ${vault}`)),
    );
  }

  private options(): pulumi.InvokeOptions {
    return { provider: this.args.provider };
  }
}

function explain(what: string): (cause: unknown) => never {
  return (cause) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `1Password: cannot read ${what}: ${reason}\nCheck the op:// reference, and that the token may read the vault.`,
    );
  };
}
