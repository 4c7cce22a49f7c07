import { z } from "zod";
import { fingerprint, isFingerprint } from "./fingerprint";
import { ForgejoClient, label, type RepositoryRef } from "./forgejo-client";
import { changed, type Handler } from "./handler";

const inputs = z.strictObject({
  /** Forgejo's base URL, without a trailing slash. */
  url: z.url(),
  token: z.string().min(1),
  owner: z.string().min(1),
  repository: z.string().min(1),
  /** In upper case, as Forgejo keeps it. */
  name: z.string().regex(/^[A-Z_][A-Z0-9_]*$/),
  /** The value on its way in; a fingerprint of it in the state. */
  value: z.string().min(1),
});
export type ActionsSecretInputs = z.output<typeof inputs>;

/**
 * A Forgejo Actions secret. The value itself never reaches the state: `check` keeps it in the memory of this process and
 * hands the engine a fingerprint, and `create` and `update`, which run in the same process, look it up by that.
 */
export class ActionsSecretHandler implements Handler<ActionsSecretInputs, ActionsSecretInputs> {
  readonly schema = inputs;
  readonly secrets = ["token", "value"];
  private readonly values = new Map<string, string>();
  private readonly lists = new Map<string, Promise<Set<string>>>();

  conceal(news: ActionsSecretInputs, old: Partial<ActionsSecretInputs> | undefined): ActionsSecretInputs {
    if (isFingerprint(news.value)) return news;
    const value = fingerprint(news.value, old?.value);
    this.values.set(value, news.value);
    return { ...news, value };
  }

  async diff(_id: string, old: ActionsSecretInputs, news: ActionsSecretInputs) {
    const differing = changed(old, news);
    const replaces = differing.filter((key) => ["url", "owner", "repository", "name"].includes(key));
    const vanished = replaces.length === 0 && !(await this.names(news)).has(news.name);
    return { changes: differing.length > 0 || vanished, replaces };
  }

  async create(news: ActionsSecretInputs) {
    await this.put(news);
    return { id: `${label(news)}/${news.name}`, outputs: news };
  }

  async read(_id: string, old: ActionsSecretInputs) {
    return (await this.names(old)).has(old.name) ? old : undefined;
  }

  async update(_id: string, old: ActionsSecretInputs, news: ActionsSecretInputs) {
    // A new token alone is no reason to write: the value in Forgejo is still the right one.
    if (old.value !== news.value || !(await this.names(news)).has(news.name)) await this.put(news);
    return news;
  }

  async delete(_id: string, old: ActionsSecretInputs) {
    await client(old).delete(old, old.name);
  }

  private async put(news: ActionsSecretInputs): Promise<void> {
    const value = this.values.get(news.value);
    if (value === undefined) {
      throw new Error(
        `the value of ${label(news)}/${news.name} is not known to this run; run pulumi up again`,
      );
    }
    await client(news).put(news, news.name, value);
  }

  /** One request a repository and run, however many of its secrets ask. A failed one is asked again. */
  private names(ref: RepositoryRef & { url: string; token: string }): Promise<Set<string>> {
    const key = `${ref.url} ${label(ref)}`;
    const known = this.lists.get(key);
    if (known) return known;
    const list = client(ref).listNames(ref);
    this.lists.set(key, list);
    list.catch(() => this.lists.delete(key));
    return list;
  }
}

function client({ url, token }: { url: string; token: string }): ForgejoClient {
  return new ForgejoClient(url, token);
}
