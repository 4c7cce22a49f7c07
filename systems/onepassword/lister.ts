/**
 * Lists items without an error for a missing one. The provider's own look-up fails then, and prints an error for the
 * whole update even if the program expects it (the bridge to Terraform's provider, measured with 1.1.3).
 */
export interface ItemLister {
  titled(vault: string, title: string): Promise<readonly ListedItem[]>;
  /** Every item of a vault. */
  listed(vault: string): Promise<readonly (ListedItem & { readonly title: string })[]>;
}

export interface ListedItem {
  readonly id: string;
  readonly tags: readonly string[];
}
