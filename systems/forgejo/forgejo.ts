import { ForgejoClient, type ForgejoOptions } from "./forgejo-client";
import { label, scopeKey, type SecretScope } from "./scope";

/** The arguments of a request about a scope. */
export interface Access extends SecretScope {
  /** Forgejo's base URL, without a trailing slash. */
  readonly url: string;
  readonly token: string;
}

/**
 * What this process knows about Forgejo's secrets, shared by the resources: one list request per scope and run, for
 * all of its secrets, and one queue of requests per server.
 */
export class Forgejo {
  private readonly clients = new Map<string, ForgejoClient>();
  private readonly lists = new Map<string, Promise<ReadonlySet<string>>>();
  private readonly tokens = new Map<string, string>();
  private readonly declared = new Set<string>();

  constructor(private readonly options: ForgejoOptions = {}) {}

  /** Upper-case names from the first request. A failed request is repeated. */
  names(access: Access): Promise<ReadonlySet<string>> {
    const key = `${access.url} ${scopeKey(access)}`;
    const known = this.lists.get(key);
    if (known) return known;
    const list = this.client(access).listNames(access, this.token(access));
    this.lists.set(key, list);
    list.catch(() => this.lists.delete(key));
    return list;
  }

  /** @returns whether the secret existed before. */
  put(access: Access, name: string, value: string): Promise<boolean> {
    return this.client(access).put(access, this.token(access), name, value);
  }

  /** Deletes a secret, under the scope's current name, unless the program declares it there. */
  async delete(access: Access, name: string): Promise<void> {
    const client = this.client(access);
    const token = this.token(access);
    const moved = await client.delete(access, token, name);
    if (!moved || this.isDeclared(moved, name)) return;
    // A redirect of Forgejo has the current name.
    if (await client.delete(moved, token, name))
      throw new Error(`${label(access)} is ${label(moved)} now, which was renamed again; run this again`);
  }

  /** The token of this run: the one in a state may have been replaced since. */
  useToken({ url, token }: Pick<Access, "url" | "token">): void {
    this.tokens.set(url, token);
  }

  /** Notes that the program declares a secret. */
  declare(scope: SecretScope, name: string): void {
    this.declared.add(`${scopeKey(scope)}/${name}`);
  }

  /** Whether the program declares it, perhaps as another resource: names of owners are compared without case. */
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
