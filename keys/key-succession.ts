/**
 * What this process has learnt of which key follows which. Keys are told apart by their ids: a registry's clock may have
 * been set back between two of them.
 */
export class KeySuccession {
  private programRuns = false;
  private inUse: string | undefined;
  private former: ReadonlySet<string> | undefined;

  /** The program has declared its key. A destroy runs none, nor does a refresh, though the engine asks for diffs in it. */
  begin(): void {
    this.programRuns = true;
  }

  /** Whether what is deleted now is deleted because the whole stack is. */
  get isOver(): boolean {
    return !this.programRuns;
  }

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
    if (this.isOver) return false;
    // A run of some targets may leave the history out.
    return this.former?.has(uuid) ?? (this.inUse !== undefined && this.inUse !== uuid);
  }
}
