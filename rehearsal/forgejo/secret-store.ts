import type { Flavour } from "./flavours";

export interface StoredSecret {
  readonly name: string;
  readonly value: string;
  readonly createdAt: Date;
}

/** Secrets of repositories, organisations and the user, each under the path that the API knows it by. */
export class SecretStore {
  private readonly owners = new Map<string, Map<string, StoredSecret>>();

  constructor(private readonly flavour: Pick<Flavour, "lineEnds">) {}

  /** Names are one whatever their case and kept in upper case; an update leaves the creation time alone. */
  put(owner: string, name: string, value: string): "created" | "updated" {
    const secrets = this.of(owner);
    const key = name.toUpperCase();
    const old = secrets.get(key);
    // Some releases of Forgejo turn CRLF into LF; one that expects its bytes back must not pass here.
    const kept = this.flavour.lineEnds === "kept" ? value : value.replaceAll("\r\n", "\n");
    secrets.set(key, { name: key, value: kept, createdAt: old?.createdAt ?? new Date() });
    return old ? "updated" : "created";
  }

  delete(owner: string, name: string): boolean {
    return this.of(owner).delete(name.toUpperCase());
  }

  /** @param to undefined: nowhere. */
  move(owner: string, to: string | undefined): void {
    const secrets = this.of(owner);
    this.owners.delete(owner.toLowerCase());
    if (to !== undefined) this.owners.set(to.toLowerCase(), secrets);
  }

  /** By name, as the servers list them. */
  list(owner: string): StoredSecret[] {
    return [...this.of(owner).values()].sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  private of(owner: string): Map<string, StoredSecret> {
    const key = owner.toLowerCase();
    const secrets = this.owners.get(key) ?? new Map<string, StoredSecret>();
    this.owners.set(key, secrets);
    return secrets;
  }
}
