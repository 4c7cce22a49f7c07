import { randomUUID } from "node:crypto";
import type { Answer, Asked } from "./world";

export interface StoredItem {
  readonly id: string;
  readonly title: string;
  readonly value: string;
  readonly expiresAt: string;
  readonly version: number;
}

const ITEMS = "/v1/vaults/homelab/items";
const ATTEMPTS = 3;

/** Connect: several items may have one title, and the answer to a PUT has the old version. */
export function connect(items: StoredItem[], { method, path, query, body }: Asked): Answer | undefined {
  if (!path.startsWith(ITEMS)) return undefined;
  const id = path.slice(ITEMS.length + 1);
  const at = items.findIndex((item) => item.id === id);
  const found = items[at];
  if (id === "" && method === "GET") {
    const title = query.get("title");
    return { status: 200, body: items.filter((item) => item.title === title) };
  }
  if (id === "" && method === "POST") {
    const made = { ...(body as StoredItem), id: randomUUID(), version: 1 };
    items.push(made);
    return { status: 200, body: made };
  }
  if (!found) return { status: 404 };
  if (method === "DELETE") {
    items.splice(at, 1);
    return { status: 204 };
  }
  if (method === "PUT") items[at] = { ...found, ...(body as StoredItem), version: found.version + 1 };
  return { status: 200, body: found };
}

type Content = Pick<StoredItem, "title" | "value" | "expiresAt">;

/**
 * The requests that the provider onepassword 3.3.1 makes over Connect, as rehearsal/plugins does them. It asks again for
 * what is not there yet, and for nothing else that a fault here is.
 */
export class Items {
  constructor(
    private readonly url: string,
    private readonly timeoutMs: number,
  ) {}

  /** undefined: none has the title. @throws where several have. */
  async find(title: string): Promise<StoredItem | undefined> {
    const found = await this.titled(title);
    if (found.length > 1) throw new Error(`there are ${found.length} items "${title}"`);
    return found[0] && ((await this.send("GET", `/${found[0].id}`)) as StoredItem);
  }

  async count(title: string): Promise<number> {
    return (await this.titled(title)).length;
  }

  private async titled(title: string): Promise<StoredItem[]> {
    return (await this.send("GET", `?title=${encodeURIComponent(title)}`)) as StoredItem[];
  }

  /** @returns its id. */
  async create(content: Content): Promise<string> {
    const { id } = (await this.send("POST", "", content)) as StoredItem;
    await this.settled(id, 1).catch(() => undefined);
    return id;
  }

  async update(id: string, content: Content): Promise<void> {
    const { version } = (await this.send("PUT", `/${id}`, content)) as StoredItem;
    await this.settled(id, version + 1);
  }

  /** @throws for one that is gone, as the provider does */
  async remove(id: string): Promise<void> {
    await this.send("DELETE", `/${id}`);
  }

  async isGone(id: string): Promise<boolean> {
    return (await this.answer("GET", `/${id}`)).status === 404;
  }

  private async settled(id: string, version: number): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (((await this.send("GET", `/${id}`)) as StoredItem).version === version) return;
    }
    throw new Error("what was written cannot be read back");
  }

  private async send(method: string, path: string, content?: Content): Promise<unknown> {
    const response = await this.answer(method, path, content);
    if (!response.ok) throw new Error(`1Password answers ${response.status}`);
    return response.status === 204 ? undefined : response.json();
  }

  private answer(method: string, path: string, content?: Content): Promise<Response> {
    return fetch(`${this.url}${ITEMS}${path}`, {
      method,
      signal: AbortSignal.timeout(this.timeoutMs),
      ...(content && { body: JSON.stringify(content) }),
    });
  }
}
