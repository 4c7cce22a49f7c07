import { setTimeout as delay } from "node:timers/promises";
import type { Item } from "./item-types";

/** Connect refused; the text is that of its Go client, which the provider looks into. */
export class ConnectError extends Error {
  override readonly name = "ConnectError";

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(`status ${status}: ${message}`);
  }
}

/** There is not the one item that was asked for. */
export class WrongCount extends Error {
  override readonly name = "WrongCount";

  constructor(
    readonly count: number,
    readonly where: string,
  ) {
    super(`Found ${count} item(s) ${where}`);
  }
}

interface Vault {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
}

/** How often the provider tries again, and how long it waits between. Source: its `internal/onepassword/util/retry.go`. */
const ATTEMPTS = 5;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 500;

/** The provider calls everything of this form an id, though real ids have no 0, 1, 8 and 9. */
export function isId(text: string): boolean {
  return /^[a-z0-9]{26}$/.test(text);
}

/** 1Password as the provider asks it over Connect: it retries on conflicts, and waits until what it wrote can be read. */
export class ConnectClient {
  /** For errors: what the provider asks with. */
  readonly name: string = "connect";
  protected readonly deleteConflict: number = 500;

  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  vault(id: string): Promise<Vault> {
    return this.send<Vault>("GET", `/v1/vaults/${id}`);
  }

  async vaultByName(name: string): Promise<Vault> {
    const found = await this.send<Vault[]>("GET", `/v1/vaults?filter=${filter(name)}`);
    const [one] = found;
    if (!one) throw new Error(`No vault found with name '${name}'`);
    if (found.length > 1) throw new Error(`Multiple vaults found with name '${name}'`);
    return this.vault(one.id);
  }

  /** @param vault id or name. */
  async item(vault: string, id: string): Promise<Item> {
    const path = await this.itemPath(vault, id);
    return retried(() => this.send<Item>("GET", path), [404]);
  }

  async itemByTitle(vault: string, title: string): Promise<Item> {
    const vaultId = await this.vaultId(vault);
    const found = await this.titled(vaultId, title);
    const [one] = found;
    if (!one || found.length > 1) {
      throw new WrongCount(found.length, `in vault "${vaultId}" with title "${title}"`);
    }
    return this.send<Item>("GET", `/v1/vaults/${vaultId}/items/${one.id}`);
  }

  async create(item: Omit<Item, "id">): Promise<Item> {
    const vaultId = await this.vaultId(item.vault.id);
    const created = await retried(() => this.send<Item>("POST", `/v1/vaults/${vaultId}/items`, item), [409]);
    await this.settled(vaultId, created.id, 1).catch(() => undefined);
    return created;
  }

  async update(item: Item): Promise<Item> {
    const path = `/v1/vaults/${item.vault.id}/items/${item.id}`;
    const updated = await retried(() => this.send<Item>("PUT", path, item), [409]);
    // The answer to a PUT still has the old version.
    await this.settled(item.vault.id, item.id, (updated.version ?? 0) + 1);
    return updated;
  }

  async delete(vaultId: string, id: string): Promise<void> {
    await retried(() => this.send("DELETE", `/v1/vaults/${vaultId}/items/${id}`), [this.deleteConflict]);
    await this.gone(vaultId, id).catch(() => undefined);
  }

  /** The provider only gives up waiting: what the server took is deleted. */
  protected async gone(vaultId: string, id: string): Promise<void> {
    await retried(async () => {
      const status = await this.send("GET", `/v1/vaults/${vaultId}/items/${id}`).then(
        () => 200,
        (error: unknown) => (error instanceof ConnectError ? error.status : Promise.reject(error as Error)),
      );
      if (status === 200) throw new ConnectError(404, "condition not met: item still exists");
    }, [404]);
  }

  protected async settled(vaultId: string, id: string, version: number): Promise<void> {
    await retried(async () => {
      const item = await this.send<Item>("GET", `/v1/vaults/${vaultId}/items/${id}`);
      if (item.version !== version) {
        throw new ConnectError(
          404,
          `condition not met: item version is ${item.version ?? 0}, expected ${version}`,
        );
      }
    }, [404]);
  }

  protected titled(vaultId: string, title: string): Promise<Item[]> {
    return this.send<Item[]>("GET", `/v1/vaults/${vaultId}/items?filter=${filter(title)}`);
  }

  private async itemPath(vault: string, id: string): Promise<string> {
    return `/v1/vaults/${await this.vaultId(vault)}/items/${id}`;
  }

  private async vaultId(vault: string): Promise<string> {
    return isId(vault) ? vault : (await this.vaultByName(vault)).id;
  }

  protected async send<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(`${this.url.replace(/\/+$/, "")}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.status !== (method === "DELETE" ? 204 : 200)) throw refusal(response, text);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }
}

/**
 * As it asks with its SDK, for service accounts: it looks through the whole list for a title, and waits for nothing that it
 * wrote. Source: the provider's `internal/onepassword/sdk/client.go`.
 */
export class SdkClient extends ConnectClient {
  override readonly name = "sdk";
  protected override readonly deleteConflict = 409;

  protected override async titled(vaultId: string, title: string): Promise<Item[]> {
    const all = await this.send<Item[]>("GET", `/v1/vaults/${vaultId}/items`);
    return all.filter((item) => item.title === title);
  }

  protected override settled(): Promise<void> {
    return Promise.resolve();
  }

  protected override gone(): Promise<void> {
    return Promise.resolve();
  }
}

/** The status in the body counts where there is one. */
function refusal(response: Response, text: string): ConnectError {
  try {
    const { status, message } = JSON.parse(text) as { status: number; message: string };
    return new ConnectError(status, message);
  } catch {
    return new ConnectError(response.status, response.statusText);
  }
}

async function retried<T>(work: () => Promise<T>, statuses: readonly number[]): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const passing = error instanceof ConnectError && statuses.includes(error.status);
      if (!passing || attempt + 1 >= ATTEMPTS) throw error;
      await delay(Math.min(FIRST_WAIT_MS * 2 ** attempt + Math.random() * FIRST_WAIT_MS, LONGEST_WAIT_MS));
    }
  }
}

function filter(title: string): string {
  return encodeURIComponent(`title eq "${title}"`);
}
