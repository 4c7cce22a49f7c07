/**
 * What this process has learnt of which key follows which, for each label: every account that pushes has one of its own. Keys are told
 * apart by their ids: a registry's clock may have been set back between two of them.
 */
export class KeySuccession {
  private readonly declared = new Set<string>();
  private readonly inUse = new Map<string, string>();
  private readonly former = new Map<string, ReadonlySet<string>>();
  private readonly renamed = new Map<string, string>();

  /** The program has declared a key. A destroy runs none, nor does a refresh, though the engine asks for diffs in it. */
  begin(label: string): void {
    this.declared.add(label);
  }

  /** The keys of one label carry another one from now on. */
  rename(before: string, label: string): void {
    if (before !== label) this.renamed.set(before, label);
  }

  /** Whether what is deleted now is deleted because the program has no such account any more. */
  isOver(label: string): boolean {
    return !this.declared.has(this.nameOf(label));
  }

  /** The key that the program has, or that it is about to replace. */
  use(label: string, uuid: string): void {
    this.inUse.set(label, uuid);
  }

  /** undefined: none yet. */
  current(label: string): string | undefined {
    return this.inUse.get(label);
  }

  /** The keys that were given to somebody before the one in use. */
  record(label: string, former: readonly { readonly uuid: string }[]): void {
    this.former.set(label, new Set(former.map(({ uuid }) => uuid)));
  }

  /**
   * Whether a key has given way to another one while others may still use it: then its end is RetiredKeys' to bring about.
   * Not so a key that nobody was ever given, and one that the program no longer has without another in its place.
   */
  isSuperseded(label: string, uuid: string): boolean {
    if (this.declared.size === 0) return false;
    // A key may carry the label of before.
    if ([...this.former.values()].some((keys) => keys.has(uuid))) return true;
    if (this.isOver(label)) return false;
    const name = this.nameOf(label);
    const now = this.inUse.get(name);
    // A run of some targets may leave the history out.
    return !this.former.has(name) && now !== undefined && now !== uuid;
  }

  private nameOf(label: string): string {
    return this.renamed.get(label) ?? label;
  }
}
