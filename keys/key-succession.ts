/**
 * What this process knows about which key follows which, for each label; each pusher has its own label. Keys are
 * compared by id: a registry's clock may have been set back between two of them.
 */
export class KeySuccession {
  private readonly declared = new Set<string>();
  private readonly inUse = new Map<string, string>();
  private readonly former = new Map<string, ReadonlySet<string>>();
  private readonly renamed = new Map<string, string>();

  /**
   * The program has declared a key. A destroy or a refresh runs no program, although the engine asks for diffs in a
   * refresh.
   */
  begin(label: string): void {
    this.declared.add(label);
  }

  /** The keys of one label have another label from now on. */
  rename(before: string, label: string): void {
    if (before !== label) this.renamed.set(before, label);
  }

  /** Whether a key is deleted because the program no longer has its account. */
  isOver(label: string): boolean {
    return !this.declared.has(this.nameOf(label));
  }

  /** The key that the program has, or is about to replace. */
  use(label: string, uuid: string): void {
    this.inUse.set(label, uuid);
  }

  /** undefined: none yet. */
  current(label: string): string | undefined {
    return this.inUse.get(label);
  }

  /** Former keys that were given to consumers. */
  record(label: string, former: readonly { readonly uuid: string }[]): void {
    this.former.set(label, new Set(former.map(({ uuid }) => uuid)));
  }

  /**
   * Whether a key was replaced while consumers may still use it: then RetiredKeys revokes it. Not a key that no
   * consumer ever got, and not one that the program dropped without a successor.
   */
  isSuperseded(label: string, uuid: string): boolean {
    if (this.declared.size === 0) return false;
    // A key may have a former label.
    if ([...this.former.values()].some((keys) => keys.has(uuid))) return true;
    if (this.isOver(label)) return false;
    const name = this.nameOf(label);
    const now = this.inUse.get(name);
    // A run with targets may skip the history.
    return !this.former.has(name) && now !== undefined && now !== uuid;
  }

  private nameOf(label: string): string {
    return this.renamed.get(label) ?? label;
  }
}
