import { z } from "zod";
import { logInToRegistry } from "../systems/authentik/login";
import { type Credential, ZotClient } from "../systems/zot/client";
import { adoptKey, isAdoptedDue } from "../keys/adopt-key";
import { changed, type Handler, NOT_READ_BACK } from "./handler";
import type { LogMessage } from "../systems/log-message";
import { isDue, skewWarning, timeLeft } from "../keys/key-calendar";
import { KeySuccession } from "../keys/key-succession";
import { unlessRefused } from "../keys/key-owner";
import { mintKey } from "../keys/mint-key";
import { messageOf } from "../systems/text";
import { withRetry, RETRY_DELAYS_MS } from "../systems/http/retry";
import { pingWithRetry } from "../systems/zot/ping";

const inputs = z.strictObject({
  registryUrl: z.url(),
  username: z.string().min(1),
  /** Identifies this stack's keys; shown in zot's list of keys. */
  label: z.string().min(1),
  /** Groups of the user in Authentik. A key has those of the user's last login, so changed groups require another key. */
  groups: z.array(z.string()),
  lifetimeDays: z.number().int().min(1),
  renewAfterDays: z.number().int().min(1),
  authentikUrl: z.url(),
  /** Slug of the login flow that takes an app password. */
  loginFlow: z.string().min(1),
  /** The user's app password in Authentik. */
  appPassword: z.string().min(1),
  /** A user-made key to adopt: used until it is due, dead, or removed from the settings. */
  adopt: z.string().min(1).optional(),
  /** Whether an adopted key is revoked after its last use. */
  revokeAdopted: z.literal(true).optional(),
});
export type ZotApiKeyInputs = z.output<typeof inputs>;

export interface ZotApiKeyState extends ZotApiKeyInputs {
  key: string;
  /** RFC 3339, by the registry's clock. */
  createdAt: string;
  /** RFC 3339 by the registry's clock, or `never` for an adopted key without an expiry. */
  expiresAt: string;
  /** Whether it was adopted. */
  adopted: boolean;
}

const IDENTITY: readonly string[] = ["registryUrl", "username", "label", "groups", "lifetimeDays"];
/** An adopted key has its own label and lifetime. */
const ADOPTED_IDENTITY: readonly string[] = ["registryUrl", "username", "adopt"];

export interface ZotApiKeyOptions {
  /** Limit of each request to the registry; default 10 s. */
  readonly timeoutMs?: number;
  /** Limit of one whole login; default 30 s. */
  readonly loginTimeoutMs?: number;
  readonly retryDelaysMs?: readonly number[];
  /** This machine's clock. */
  readonly now?: () => Date;
  /** Whether no key is due now: `isCalendarHeld`. */
  readonly calendarHeld?: boolean;
}

/** An API key of zot: minted by a new login, tested, renewed by the registry's calendar, revoked by its own id. */
export class ZotApiKeyHandler implements Handler<ZotApiKeyInputs, ZotApiKeyState> {
  readonly schema = inputs;
  readonly secrets = ["appPassword", "key", "adopt"];

  /** @param succession shared with the KeyHistoryHandler of the process */
  constructor(
    private readonly options: ZotApiKeyOptions = {},
    private readonly succession = new KeySuccession(),
  ) {}

  prepare(news: ZotApiKeyInputs): ZotApiKeyInputs {
    this.succession.begin(news.label);
    return news;
  }

  async diff(id: string, old: ZotApiKeyState, news: ZotApiKeyInputs, say: LogMessage) {
    this.succession.rename(old.label, news.label);
    this.succession.use(news.label, id);
    const identity = old.adopted ? ADOPTED_IDENTITY : IDENTITY;
    const differing = changed(pickInputs(old), news).filter((key) => matters(key, old));
    const replaces: string[] = differing.filter((key) => identity.includes(key));
    if (replaces.length === 0) replaces.push(...(await this.reasonsToReplace(id, old, news, say)));
    return { changes: differing.length > 0 || replaces.length > 0, replaces };
  }

  async create(news: ZotApiKeyInputs, say: LogMessage): Promise<{ id: string; outputs: ZotApiKeyState }> {
    const made = (await this.adoptGiven(news, say)) ?? (await this.mint(news, say));
    this.succession.use(news.label, made.id);
    return made;
  }

  private async mint(news: ZotApiKeyInputs, say: LogMessage) {
    // A new login each time, although a valid key could mint its successor: a key has the groups of the user's last
    // login.
    const { cookie } = await withRetry(() => this.logIn(news), this.retryDelaysMs);
    const session: Credential = { kind: "session", cookie };
    const { now, retryDelaysMs } = this;
    const context = { now, retryDelaysMs, say, replaced: this.succession.current(news.label) };
    const { uuid, ...key } = await mintKey(this.registry(news), session, news, context);
    return { id: uuid, outputs: { ...news, ...key, adopted: false } };
  }

  private async adoptGiven(news: ZotApiKeyInputs, say: LogMessage) {
    if (news.adopt === undefined) return undefined;
    const credential = own({ username: news.username, key: news.adopt });
    const { now, retryDelaysMs } = this;
    const found = await adoptKey(this.registry(news), credential, news, { now, retryDelaysMs, say });
    if (!found) return undefined;
    const { uuid, createdAt, expiresAt } = found;
    return { id: uuid, outputs: { ...news, createdAt, expiresAt, key: news.adopt, adopted: true } };
  }

  async read(id: string, old: ZotApiKeyState) {
    const registry = this.registry(old);
    const { status } = await pingWithRetry(registry, own(old), this.retryDelaysMs);
    if (status === 401) return undefined;
    const keys = await withRetry(() => registry.listApiKeys(own(old)), this.retryDelaysMs);
    const found = keys.find(({ uuid }) => uuid === id);
    if (!found || found.isExpired) return undefined;
    return { ...old, expiresAt: found.expiresAt ?? old.expiresAt };
  }

  /** Only properties that do not affect the key: another renewal day, another app password. */
  update(_id: string, old: ZotApiKeyState, news: ZotApiKeyInputs) {
    return Promise.resolve({ ...old, ...news });
  }

  /**
   * Revokes the key, unless it was replaced: then consumers may still be using it, and RetiredKeys, which depends on
   * all consumers, decides when to revoke it. Pulumi would delete it even if one of them failed
   * (`--continue-on-error`).
   */
  async delete(id: string, old: ZotApiKeyState, say: LogMessage) {
    if (old.adopted && old.revokeAdopted !== true) {
      await say(
        "info",
        `key ${id} was adopted and is not revoked; set the pusher's revokeAdopted to revoke it`,
      );
      return;
    }
    if (this.succession.isSuperseded(old.label, id)) {
      await say("info", `key ${id} was replaced; the pusher's oldKey decides when it is revoked`);
      return;
    }
    // The key revokes itself.
    await withRetry(() => this.registry(old).revokeApiKey(own(old), id), this.retryDelaysMs).catch(
      unlessRefused,
    );
  }

  private logIn({ registryUrl, authentikUrl, loginFlow, username, appPassword }: ZotApiKeyInputs) {
    return logInToRegistry({
      registryUrl,
      authentikUrl,
      flowSlug: loginFlow,
      username,
      password: appPassword,
      ...(this.options.loginTimeoutMs !== undefined && { timeoutMs: this.options.loginTimeoutMs }),
    });
  }

  /**
   * Whether the key is dead or due, by the registry's clock. If the registry does not answer, only the calendar
   * counts, by this machine's clock: a preview must not fail for it.
   */
  private async reasonsToReplace(id: string, old: ZotApiKeyState, news: ZotApiKeyInputs, say: LogMessage) {
    let reason = "";
    const answer = await this.registry(old)
      .ping(own(old))
      .catch((error: unknown) => {
        reason = messageOf(error);
        return undefined;
      });
    if (!answer || answer.status >= 500) {
      const problem = answer ? `${old.registryUrl} answers ${answer.status}` : reason;
      await say("warning", `it is unknown whether key ${id} still works: ${problem}`);
    }
    if (answer?.status === 401) {
      await say(
        "info",
        `${old.registryUrl} no longer takes key ${id}: it was revoked or has expired; a new one is minted`,
      );
      return ["key"];
    }
    const here = this.now();
    const warning = answer?.date && skewWarning(answer.date, here);
    if (warning !== undefined) await say("warning", `${old.registryUrl}: ${warning}.`);
    if (this.options.calendarHeld === true) return [];
    const now = answer?.date ?? here;
    if (!(old.adopted ? isAdoptedDue(old, news, now) : isDue(old.createdAt, news, now))) return [];
    await say("info", `renewal due: key ${id} expires ${timeLeft(old.expiresAt, now)}`);
    return ["expiresAt"];
  }

  private registry({ registryUrl }: { registryUrl: string }): ZotClient {
    const { timeoutMs } = this.options;
    return new ZotClient(registryUrl, timeoutMs === undefined ? {} : { timeoutMs });
  }

  private get retryDelaysMs(): readonly number[] {
    return this.options.retryDelaysMs ?? RETRY_DELAYS_MS;
  }

  private get now(): () => Date {
    return this.options.now ?? (() => new Date());
  }
}

function own({ username, key }: Pick<ZotApiKeyState, "username" | "key">) {
  return { kind: "basic", username, password: key } as const;
}

function matters(input: string, { adopted, appPassword }: ZotApiKeyState): boolean {
  // Once the program has minted a key, the adopted one before it does not matter.
  if (input === "adopt") return adopted;
  // An imported key was minted without inputs; the next one gets the program's.
  return input !== "appPassword" || appPassword !== NOT_READ_BACK;
}

function pickInputs(state: ZotApiKeyState): ZotApiKeyInputs {
  const { key: _key, createdAt: _createdAt, expiresAt: _expiresAt, adopted: _adopted, ...rest } = state;
  return rest;
}
