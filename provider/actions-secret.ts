import { z } from "zod";
import { fingerprint, isFingerprint } from "../keys/fingerprint";
import { Forgejo } from "../systems/forgejo/forgejo";
import { isUnreadable } from "../systems/forgejo/forgejo-error";
import { changed, type Handler, NOT_READ_BACK } from "./handler";
import type { LogMessage } from "../systems/log-message";
import { label, parseSecretUrl, scopeId } from "../systems/forgejo/scope";
import { UNKNOWN } from "../systems/pulumi/values";

const inputs = z.strictObject({
  /** Forgejo's base URL, without a trailing slash. */
  url: z.url(),
  token: z.string().min(1),
  owner: z.string().min(1),
  /** If left out: a secret of the organisation `owner`. */
  repository: z.string().min(1).optional(),
  /** In upper case, as Forgejo stores it. */
  name: z.string().regex(/^[A-Z_][A-Z0-9_]*$/, "is not the name of an Actions secret in upper case"),
  /** The value as an input; its fingerprint in the state. */
  value: z.string().min(1),
  /** If the value is a zot key: that key's id. */
  keyId: z.string().optional(),
});
export type ActionsSecretInputs = z.output<typeof inputs>;

const IDENTITY: readonly string[] = ["url", "owner", "repository", "name"];

/**
 * A Forgejo Actions secret. The value never reaches the state: `prepare` keeps it in this process's memory and
 * returns a fingerprint to the engine; `create` and `update`, in the same process, look it up with that.
 */
export class ActionsSecretHandler implements Handler<ActionsSecretInputs, ActionsSecretInputs> {
  readonly schema = inputs;
  readonly secrets = ["token", "value"];
  private readonly values = new Map<string, string>();

  constructor(private readonly forgejo = new Forgejo()) {}

  prepare(news: ActionsSecretInputs, old: Partial<ActionsSecretInputs> | undefined): ActionsSecretInputs {
    this.forgejo.declare(news, news.name);
    if (news.token !== UNKNOWN && news.token !== NOT_READ_BACK) this.forgejo.useToken(news);
    if (news.value === UNKNOWN || news.value === NOT_READ_BACK || isFingerprint(news.value)) return news;
    const value = fingerprint(news.value, old?.value);
    this.values.set(value, news.value);
    return { ...news, value };
  }

  async diff(_id: string, old: ActionsSecretInputs, news: ActionsSecretInputs, say: LogMessage) {
    const differing = changed(old, news);
    if (differing.length > 0) {
      return { changes: true, replaces: differing.filter((key) => IDENTITY.includes(key)) };
    }
    const names = await this.forgejo.names(news).catch((error: unknown) => {
      // The engine also asks for a diff after each read of a refresh: then no program has declared anything yet.
      if (this.forgejo.isDeclared(news, news.name) || !isUnreadable(error)) throw error;
      return undefined;
    });
    const vanished = names !== undefined && !names.has(news.name);
    if (vanished) await say("info", `${label(news)} no longer has ${news.name}: it is set again`);
    return { changes: vanished };
  }

  async create(news: ActionsSecretInputs, say: LogMessage) {
    if (await this.put(news)) {
      await say(
        "warning",
        `${label(news)} had ${news.name} already, and it was overwritten: stop whatever else sets it, for instance another stack`,
      );
    }
    return { id: scopeId(news, news.name), outputs: news };
  }

  /** @param id its location as a URL: `https://forgejo/owner/repository/NAME`, or `…/orgs/owner/NAME` */
  adopt(id: string) {
    const { name, ...at } = parseSecretUrl(id);
    return { id: scopeId(at, name), outputs: { ...at, name, token: NOT_READ_BACK, value: NOT_READ_BACK } };
  }

  /**
   * If Forgejo refuses this request, nothing is known: a token that was replaced since the last run sees nothing, and
   * a refresh, with which a destroy may begin, must not fail for a deleted or renamed repository. The diff that
   * follows asks again with the program's token, and the delete treats a missing secret as deleted.
   */
  async read(_id: string, old: ActionsSecretInputs, say: LogMessage) {
    if (old.token === NOT_READ_BACK) return old;
    try {
      return (await this.forgejo.names(old)).has(old.name) ? old : undefined;
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      const reason = error.status === 401 ? "the token in the state is not valid" : error.message;
      await say("warning", `whether ${label(old)} has ${old.name} is not known: ${reason}`);
      return old;
    }
  }

  async update(_id: string, old: ActionsSecretInputs, news: ActionsSecretInputs) {
    // A new token or key id alone is no reason to write: the value in Forgejo is still right.
    if (old.value !== news.value || !(await this.forgejo.names(news)).has(news.name)) await this.put(news);
    return news;
  }

  async delete(_id: string, old: ActionsSecretInputs) {
    if (!this.forgejo.isDeclared(old, old.name)) await this.forgejo.delete(old, old.name);
  }

  private async put(news: ActionsSecretInputs): Promise<boolean> {
    const value = this.values.get(news.value);
    if (value === undefined) {
      throw new Error(
        `the value of ${label(news)}/${news.name} is not known to this run; run pulumi up again`,
      );
    }
    return this.forgejo.put(news, news.name, value);
  }
}
