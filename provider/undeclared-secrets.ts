import { z } from "zod";
import { Forgejo } from "../systems/forgejo/forgejo";
import { isUnreadable } from "../systems/forgejo/forgejo-error";
import { changed, type Handler } from "./handler";
import type { LogMessage } from "../systems/log-message";
import { label, scopeId, scopeKey } from "../systems/forgejo/scope";
import { hasUnknown } from "../systems/pulumi/values";
import { printable } from "../systems/text";

const inputs = z.strictObject({
  /** Forgejo's base URL, without a trailing slash. */
  url: z.url(),
  token: z.string().min(1),
  owner: z.string().min(1),
  /** If left out: the secrets of the organisation `owner`. */
  repository: z.string().min(1).optional(),
  /** Names in upper case; every other secret of the scope is deleted. */
  declared: z.array(z.string()),
});
export type UndeclaredSecretsInputs = z.output<typeof inputs>;

/**
 * Keeps a repository or an organisation free of undeclared Actions secrets. It owns none: its own deletion deletes
 * none.
 */
export class UndeclaredSecretsHandler implements Handler<UndeclaredSecretsInputs, UndeclaredSecretsInputs> {
  readonly schema = inputs;
  readonly secrets = ["token"];
  /** Scopes that the program has declared. */
  private readonly prepared = new Set<string>();

  constructor(private readonly forgejo = new Forgejo()) {}

  /** Names the secrets to delete. Here, and not in `diff`: a preview does not call diff for a new resource. */
  async prepare(
    news: UndeclaredSecretsInputs,
    _old: Partial<UndeclaredSecretsInputs> | undefined,
    say: LogMessage,
  ) {
    this.prepared.add(scopeKey(news));
    if (hasUnknown(news)) return news;
    this.forgejo.useToken(news);
    const names = await this.undeclared(news);
    if (names.length > 0) {
      await say(
        "warning",
        `${label(news)} has undeclared secrets; they are deleted: ${names.map(printable).join(", ")}`,
      );
    }
    return news;
  }

  async diff(_id: string, old: UndeclaredSecretsInputs, news: UndeclaredSecretsInputs) {
    const differing = changed(old, news);
    const replaces = differing.filter((key) => ["url", "owner", "repository"].includes(key));
    const undeclared = await this.undeclared(news).catch((error: unknown) => {
      // As in the diff of ActionsSecret: a refresh must not fail for what no program has declared yet.
      if (this.prepared.has(scopeKey(news)) || !isUnreadable(error)) throw error;
      return [];
    });
    const changes = differing.length > 0 || undeclared.length > 0;
    return { changes, replaces };
  }

  async create(news: UndeclaredSecretsInputs) {
    await this.remove(news);
    return { id: scopeId(news), outputs: news };
  }

  async update(_id: string, _old: UndeclaredSecretsInputs, news: UndeclaredSecretsInputs) {
    await this.remove(news);
    return news;
  }

  delete() {
    return Promise.resolve();
  }

  private async remove(news: UndeclaredSecretsInputs): Promise<void> {
    await Promise.all((await this.undeclared(news)).map((name) => this.forgejo.delete(news, name)));
  }

  private async undeclared(news: UndeclaredSecretsInputs): Promise<string[]> {
    const declared = new Set(news.declared);
    return [...(await this.forgejo.names(news))].filter((name) => !declared.has(name)).sort();
  }
}
