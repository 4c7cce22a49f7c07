import { setTimeout as delay } from "node:timers/promises";
import type { ItemContent } from "./item-input";
import { ConnectError, type Item } from "./types";

interface Entry {
  readonly item: Item | undefined;
  /** What readers see until `syncedAt`, a time in milliseconds. */
  readonly previous: Item | undefined;
  readonly syncedAt: number;
}

export interface VaultTraits {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** The token may read the vault and not write to it. */
  readonly readOnly: boolean;
  /** The vault exists, but the token was not made for it. */
  readonly inScope: boolean;
}

const EDITOR = "REHEARSALREHEARSALREHEARSA";
/** A write holds its vault this long; another one in that time meets the conflict that real vaults have. */
const WRITE_MS = 5;

/** One vault: items, versions, and the delay after which a write can be read. */
export class Vault {
  private readonly entries = new Map<string, Entry>();
  private readonly createdAt = new Date().toISOString();
  private contentVersion = 1;
  private writing = false;
  /** Milliseconds until a write can be read back, as with a Connect server that is slow to sync. */
  syncDelay = 0;

  constructor(readonly traits: VaultTraits) {}

  describe(): object {
    const { id, name, description } = this.traits;
    return {
      id,
      name,
      description,
      attributeVersion: 1,
      contentVersion: this.contentVersion,
      items: this.items().length,
      type: "USER_CREATED",
      createdAt: this.createdAt,
      updatedAt: this.createdAt,
    };
  }

  items(): Item[] {
    return [...this.entries.keys()].flatMap((id) => this.find(id) ?? []);
  }

  /** @throws ConnectError 404 */
  get(id: string): Item {
    const item = this.find(id);
    if (!item) throw new ConnectError(404, `item ${id} not found`);
    return item;
  }

  add(content: ItemContent): Item {
    const now = new Date().toISOString();
    const item = { ...content, version: 1, createdAt: now, updatedAt: now, lastEditedBy: EDITOR };
    this.store(item.id, item, undefined);
    return item;
  }

  /** @returns the item as Connect answers a write: with the version it had before. */
  replace(old: Item, content: ItemContent): Item {
    const item = {
      ...content,
      version: old.version + 1,
      createdAt: old.createdAt,
      updatedAt: new Date().toISOString(),
      lastEditedBy: EDITOR,
    };
    this.store(old.id, item, old);
    return { ...item, version: old.version };
  }

  remove(old: Item): void {
    this.store(old.id, undefined, old);
  }

  /** @throws ConnectError with this status when another write is under way. */
  async exclusively<T>(conflict: ConnectError, write: () => T): Promise<T> {
    if (this.writing) throw conflict;
    this.writing = true;
    try {
      await delay(WRITE_MS);
      return write();
    } finally {
      this.writing = false;
    }
  }

  private find(id: string): Item | undefined {
    const entry = this.entries.get(id);
    if (!entry) return undefined;
    return Date.now() < entry.syncedAt ? entry.previous : entry.item;
  }

  private store(id: string, item: Item | undefined, previous: Item | undefined): void {
    this.contentVersion += 1;
    this.entries.set(id, { item, previous, syncedAt: Date.now() + this.syncDelay });
  }
}
