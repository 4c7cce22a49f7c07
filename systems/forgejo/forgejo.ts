import { ForgejoClient, type ForgejoOptions } from "./forgejo-client";
import { label, scopeKey, type SecretScope } from "./scope";

/** What is needed to ask about a scope. */
export interface Access extends SecretScope {
  /** Forgejo's base URL, without a trailing slash. */
  readonly url: string;
  readonly token: string;
}

/**
 * What this process knows of Forgejo's secrets, shared by the resources: one list request a scope and run, however many
 * of its secrets ask, and one queue of requests a server.
 */
export class Forgejo {
  private readonly clients = new Map<string, ForgejoClient>();
  private readonly lists = new Map<string, Promise<ReadonlySet<string>>>();
  private readonly tokens = new Map<string, string>();
  private readonly declared = new Set<string>();

  constructor(private readonly options: ForgejoOptions = {}) {}

  /** Upper-case names, as they were when they were first asked for. A request that failed is made again. */
  names(access: Access): Promise<ReadonlySet<string>> {
    const key = `${access.url} ${scopeKey(access)}`;
    const known = this.lists.get(key);
    if (known) return known;
    const list = this.client(access).listNames(access, this.token(access));
    this.lists.set(key, list);
    list.catch(() => this.lists.delete(key));
    return list;
  }

  /** @returns whether there was one of that name before. */
  put(access: Access, name: string, value: string): Promise<boolean> {
    return this.client(access).put(access, this.token(access), name, value);
  }

  /** Deletes a secret, under whatever name its scope has by now, unless the program declares it there. */
  async delete(access: Access, name: string): Promise<void> {
    const client = this.client(access);
    const token = this.token(access);
    const moved = await client.delete(access, token, name);
    if (!moved || this.isDeclared(moved, name)) return;
    // A redirect of Forgejo leads to the name of today.
    if (await client.delete(moved, token, name))
      throw new Error(`${label(access)} is ${label(moved)} now, which was renamed again; run this again`);
  }

  /** The token that this run was given: that of a state may have been replaced since. */
  useToken({ url, token }: Pick<Access, "url" | "token">): void {
    this.tokens.set(url, token);
  }

  /** Notes that the program declares a secret. */
  declare(scope: SecretScope, name: string): void {
    this.declared.add(`${scopeKey(scope)}/${name}`);
  }

  /** Whether the program declares it, perhaps as another resource: an owner written in another case is no other owner. */
  isDeclared(scope: SecretScope, name: string): boolean {
    return this.declared.has(`${scopeKey(scope)}/${name}`);
  }

  private token({ url, token }: Access): string {
    return this.tokens.get(url) ?? token;
  }

  private client({ url }: Access): ForgejoClient {
    const client = this.clients.get(url) ?? new ForgejoClient(url, this.options);
    this.clients.set(url, client);
    return client;
  }
}
