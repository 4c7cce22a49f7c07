import type { OpReference } from "./op-reference";

/** The public part of an item, without values. */
export interface ItemSummary {
  readonly id: string;
  /** In lower case: `login`. */
  readonly category: string;
  /** Labels of its fields; in a section `section/field`. Built-in fields of the category have their id. */
  readonly labels: readonly string[];
}

/** A field with a value, and its name in references. */
export interface VaultField {
  readonly section: string | undefined;
  readonly label: string;
  readonly value: string;
}

/** An item with its values. */
export interface VaultItem {
  readonly id: string;
  readonly title: string;
  readonly fields: readonly VaultField[];
}

/** One way to read 1Password outside of a Pulumi program. */
export interface SecretReader {
  /** For users: which way this is. */
  readonly name: string;
  /** @throws OnePasswordError, FieldError */
  read(reference: OpReference): Promise<string>;
  /** Items of a vault (its id) by their title, without case. @throws OnePasswordError */
  find(vault: string, title: string): Promise<readonly ItemSummary[]>;
  /** The readable vaults. @throws OnePasswordError */
  vaults(): Promise<readonly { readonly id: string; readonly name: string }[]>;
  /** Everything in a vault (its id). @throws OnePasswordError */
  contents(vault: string): Promise<readonly VaultItem[]>;
  /** Whether it answers and accepts the credential. @throws OnePasswordError */
  check(): Promise<void>;
}

/** No message contains a value. */
export class OnePasswordError extends Error {
  override readonly name = "OnePasswordError";

  constructor(
    problem: string,
    /** What to do next. */
    readonly hint: string,
    options?: ErrorOptions,
  ) {
    super(`${problem}; ${hint}`, options);
  }
}
