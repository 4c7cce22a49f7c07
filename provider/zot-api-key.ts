import { z } from "zod";
import { logInToRegistry } from "../authentik/login";
import { type Credential, ZotClient } from "../zot/client";
import { changed, type Handler } from "./handler";

const DAY_MS = 86_400_000;

const inputs = z.strictObject({
  registryUrl: z.url(),
  username: z.string().min(1),
  /** Tells this stack's keys from everybody else's; shown in zot's list of keys. */
  label: z.string().min(1),
  lifetimeDays: z.number().int().min(1),
  renewAfterDays: z.number().int().min(1),
  authentikUrl: z.url(),
  /** Slug of the login flow that takes an app password. */
  loginFlow: z.string().min(1),
  /** The user's app password in Authentik. */
  appPassword: z.string().min(1),
});
export type ZotApiKeyInputs = z.output<typeof inputs>;

export interface ZotApiKeyState extends ZotApiKeyInputs {
  key: string;
  /** RFC 3339, by the registry's clock. */
  createdAt: string;
  expiresAt: string;
}

/** The registry took the key at its mint and then refused it. */
export class KeyNotWorkingError extends Error {
  override readonly name = "KeyNotWorkingError";
}

/** An API key of zot: minted by a login without a browser, proven, renewed by the calendar, revoked by its own id. */
export class ZotApiKeyHandler implements Handler<ZotApiKeyInputs, ZotApiKeyState> {
  readonly schema = inputs;
  readonly secrets = ["appPassword", "key"];

  async diff(_id: string, old: ZotApiKeyState, news: ZotApiKeyInputs) {
    const replaces: string[] = changed(pickInputs(old), news).filter((key) =>
      ["registryUrl", "username", "label", "lifetimeDays"].includes(key),
    );
    if (replaces.length === 0) replaces.push(...(await reasonsToReplace(old, news)));
    return { changes: replaces.length > 0 || changed(pickInputs(old), news).length > 0, replaces };
  }

  async create(news: ZotApiKeyInputs) {
    const registry = new ZotClient(news.registryUrl);
    const { cookie } = await logInToRegistry({
      registryUrl: news.registryUrl,
      authentikUrl: news.authentikUrl,
      flowSlug: news.loginFlow,
      username: news.username,
      password: news.appPassword,
    });
    const session: Credential = { kind: "session", cookie };
    // zot judges the date by its own clock, so the lifetime is counted from there.
    const now = (await registry.ping()).date ?? new Date();
    const expiresAt = new Date(now.getTime() + news.lifetimeDays * DAY_MS);
    const minted = await registry.mintApiKey(session, { label: news.label, expiresAt });
    const { status } = await registry.ping(basic(news.username, minted.key));
    if (status !== 200) {
      await registry.revokeApiKey(session, minted.uuid);
      throw new KeyNotWorkingError(
        `${news.registryUrl} minted a key for ${news.username} and answered ${status} to it; it was revoked. ` +
          "Is the registry's clock right, and does its reverse proxy pass the Authorization header?",
      );
    }
    return {
      id: minted.uuid,
      outputs: {
        ...news,
        key: minted.key,
        createdAt: minted.createdAt,
        expiresAt: minted.expiresAt ?? expiresAt.toISOString(),
      },
    };
  }

  async read(id: string, old: ZotApiKeyState) {
    const registry = new ZotClient(old.registryUrl);
    const credential = basic(old.username, old.key);
    if ((await registry.ping(credential)).status === 401) return undefined;
    const found = (await registry.listApiKeys(credential)).find(({ uuid }) => uuid === id);
    if (!found || found.isExpired) return undefined;
    return { ...old, expiresAt: found.expiresAt ?? old.expiresAt };
  }

  /** Only what does not touch the key: another renewal day, another app password. */
  update(_id: string, old: ZotApiKeyState, news: ZotApiKeyInputs) {
    return Promise.resolve({ ...old, ...news });
  }

  async delete(id: string, old: ZotApiKeyState) {
    const registry = new ZotClient(old.registryUrl);
    const credential = basic(old.username, old.key);
    // A dead key has nothing left to revoke, and could not be used to do it.
    if ((await registry.ping(credential)).status === 401) return;
    await registry.revokeApiKey(credential, id);
  }
}

function basic(username: string, password: string): Credential {
  return { kind: "basic", username, password };
}

function pickInputs(state: ZotApiKeyState): ZotApiKeyInputs {
  const { key: _key, createdAt: _createdAt, expiresAt: _expiresAt, ...rest } = state;
  return rest;
}

/**
 * Whether the key is dead or due, by the registry's clock. While the registry does not answer only the calendar counts,
 * by the clock here: a preview must not fail for it.
 */
async function reasonsToReplace(old: ZotApiKeyState, news: ZotApiKeyInputs): Promise<string[]> {
  const answer = await new ZotClient(old.registryUrl)
    .ping(basic(old.username, old.key))
    .catch(() => undefined);
  if (answer?.status === 401) return ["key"];
  const now = answer?.date ?? new Date();
  const dueAt = new Date(old.createdAt).getTime() + news.renewAfterDays * DAY_MS;
  return now.getTime() >= dueAt ? ["expiresAt"] : [];
}
