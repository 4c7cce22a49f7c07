/**
 * What this process has learnt of which key follows which. Keys are told apart by their ids: a registry's clock may have
 * been set back between two of them.
 */
export class KeySuccession {
  private inUse: string | undefined;
  private former: ReadonlySet<string> | undefined;

  /** The key that the program has, or that it is about to replace. */
  use(uuid: string): void {
    this.inUse = uuid;
  }

  /** undefined: none yet. */
  get current(): string | undefined {
    return this.inUse;
  }

  /** The keys that were given to somebody before the one in use. */
  record(former: readonly { readonly uuid: string }[]): void {
    this.former = new Set(former.map(({ uuid }) => uuid));
  }

  /**
   * Whether a key has given way to another one while others may still use it: then its end is RetiredKeys' to bring about.
   * Not so a key that nobody was ever given, and one that the program no longer has without another in its place.
   */
  isSuperseded(uuid: string): boolean {
    // A run of some targets may leave the history out.
    return this.former?.has(uuid) ?? (this.inUse !== undefined && this.inUse !== uuid);
  }
}
