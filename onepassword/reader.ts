import type { OpReference } from "../config";

/** One way to read 1Password outside of a Pulumi program. */
export interface SecretReader {
  /** For people: which way this is. */
  readonly name: string;
  /** @throws OnePasswordError, FieldError */
  read(reference: OpReference): Promise<string>;
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
