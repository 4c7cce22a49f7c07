import * as pulumi from "@pulumi/pulumi";
import type * as onepassword from "@pulumi/onepassword";

export interface KeptItemArgs {
  readonly title: string;
  /** Ids of the items that had this title when the run began, if known. */
  readonly seen: readonly string[];
  /** Whether an item is certainly gone, given the ids of its vault and itself. */
  readonly isGone: (vault: string, id: string) => Promise<boolean>;
  /** Why no item may be created. */
  readonly refusal?: string | undefined;
}

/** The protected items of one run. They share hooks, because each hook is a request to the engine. */
export class KeptItems {
  private readonly items = new Map<string, KeptItem>();
  private made: pulumi.ResourceHookBinding | undefined;

  /** @param name of the item's resource */
  keep(name: string, args: KeptItemArgs): KeptItem {
    const item = new KeptItem(args);
    this.items.set(name, item);
    return item;
  }

  get hooks(): pulumi.ResourceHookBinding {
    return (this.made ??= {
      beforeCreate: [new pulumi.ResourceHook("kept-item-made", ({ name }) => this.of(name).beforeCreate())],
      beforeUpdate: [
        new pulumi.ResourceHook("kept-item-there", ({ name, oldOutputs = {} }) =>
          this.of(name).beforeUpdate(oldOutputs as { vault: string; uuid: string }),
        ),
      ],
    });
  }

  /** @throws Error for an unprotected item: it is unknown whether it exists, so nothing may be written */
  private of(name: string): KeptItem {
    const item = this.items.get(name);
    if (!item)
      throw new Error(
        `nothing watches over the item ${name}, so it was not written: this is a bug in zot-access; report it`,
      );
    return item;
  }
}

/**
 * Protects an item of the state that a user may have deleted in 1Password. Only the engine knows the state after a
 * refresh, so this asks when the item is written. The provider (onepassword 3.3.1) fails to update and to delete a
 * missing item; only its read, in a refresh, removes it from the state.
 */
export class KeptItem {
  private made = false;

  constructor(private readonly args: KeptItemArgs) {}

  /** @throws Error if there must not be a second item */
  beforeCreate(): void {
    this.made = true;
    if (this.args.refusal !== undefined) throw new Error(this.args.refusal);
  }

  /** @throws Error with the command that creates it again */
  async beforeUpdate({ vault, uuid }: { vault: string; uuid: string }): Promise<void> {
    if (await this.isGone(vault, uuid)) throw new Error(this.advice(vault));
  }

  /**
   * Reports it if the run had nothing to write, and therefore did not fail. In a preview of a new item it reports
   * nothing.
   */
  warnIfGone({ vault, uuid }: Pick<onepassword.Item, "vault" | "uuid">): pulumi.Output<void> {
    return pulumi.all([vault, uuid]).apply(async ([vaultId, id]) => {
      if (!this.made && (await this.isGone(vaultId, id))) await pulumi.log.warn(this.advice(vaultId));
    });
  }

  private async isGone(vault: string, id: string): Promise<boolean> {
    return !this.args.seen.includes(id) && this.args.isGone(vault, id);
  }

  private advice(vault: string): string {
    return (
      `"${this.args.title}" was deleted from the vault ${vault}, and the state still holds it. ` +
      "Run pulumi up --refresh, which creates it again"
    );
  }
}
