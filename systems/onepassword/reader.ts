import type { OpReference } from "./op-reference";

/** What an item shows of itself without its values. */
export interface ItemSummary {
  readonly id: string;
  /** In lower case: `login`. */
  readonly category: string;
  /** Labels of its fields; of one in a section `section/field`. Fields that the category has anyway go by their id. */
  readonly labels: readonly string[];
}

/** A field that holds something, and what a reference names it by. */
export interface VaultField {
  readonly section: string | undefined;
  readonly label: string;
  readonly value: string;
}

/** An item with what it holds. */
export interface VaultItem {
  readonly id: string;
  readonly title: string;
  readonly fields: readonly VaultField[];
}

/** One way to read 1Password outside of a Pulumi program. */
export interface SecretReader {
  /** For people: which way this is. */
  readonly name: string;
  /** @throws OnePasswordError, FieldError */
  read(reference: OpReference): Promise<string>;
  /** Items of a vault (its id) by their title, in any case. @throws OnePasswordError */
  find(vault: string, title: string): Promise<readonly ItemSummary[]>;
  /** The vaults that may be read. @throws OnePasswordError */
  vaults(): Promise<readonly { readonly id: string; readonly name: string }[]>;
  /** Everything in a vault (its id). @throws OnePasswordError */
  contents(vault: string): Promise<readonly VaultItem[]>;
  /** Whether it answers and takes the credential at hand. @throws OnePasswordError */
  check(): Promise<void>;
}

/** No message holds a value. */
export class OnePasswordError extends Error {
  override readonly name = "OnePasswordError";

  constructor(
    problem: string,
    /** The next thing to do. */
    readonly hint: string,
    options?: ErrorOptions,
  ) {
    super(`${problem}; ${hint}`, options);
  }
}
