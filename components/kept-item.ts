import * as pulumi from "@pulumi/pulumi";
import type * as onepassword from "@pulumi/onepassword";

export interface KeptItemArgs {
  readonly title: string;
  /** Ids of those that 1Password had of that title when the run began, as far as that is known. */
  readonly seen: readonly string[];
  /** Whether an item is certainly gone, by the ids of its vault and itself. */
  readonly isGone: (vault: string, id: string) => Promise<boolean>;
  /** Why none may be made. */
  readonly refusal?: string | undefined;
}

/** The items of one run that are watched over, by hooks that they share: each hook is a request to the engine. */
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

  /** @throws Error for one that is not watched over: nothing may be written of which nobody knows whether it is there */
  private of(name: string): KeptItem {
    const item = this.items.get(name);
    if (!item)
      throw new Error(
        `nothing watches over the item ${name}, so it was not written: this is a fault of zot-access; report it`,
      );
    return item;
  }
}

/**
 * Watches over an item of the state that somebody may have deleted in 1Password. What the state holds only the engine
 * knows, after its refresh where there is one: so this asks at the moment of the write. The provider (onepassword 3.3.1)
 * fails to update and to delete what is gone; only its read, which a refresh asks for, drops it from the state.
 */
export class KeptItem {
  private made = false;

  constructor(private readonly args: KeptItemArgs) {}

  /** @throws Error where there must not be another one */
  beforeCreate(): void {
    this.made = true;
    if (this.args.refusal !== undefined) throw new Error(this.args.refusal);
  }

  /** @throws Error with the command that makes it again */
  async beforeUpdate({ vault, uuid }: { vault: string; uuid: string }): Promise<void> {
    if (await this.isGone(vault, uuid)) throw new Error(this.advice(vault));
  }

  /** Says so where the run had nothing to write, and so did not fail. In a preview of what is not there yet it says nothing. */
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
