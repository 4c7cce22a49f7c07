import type { ApiKeyInfo, Credential, ZotClient } from "../systems/zot/client";
import { DAY_MS, lifeRefusal, mintRefusal, skewWarning } from "./key-calendar";
import type { LogMessage } from "../systems/log-message";
import { withRetry } from "../systems/http/retry";
import { pingWithRetry } from "../systems/zot/ping";
import { messageOf } from "../systems/text";

export interface KeyOrder {
  readonly registryUrl: string;
  readonly username: string;
  readonly label: string;
  readonly lifetimeDays: number;
  readonly renewAfterDays: number;
}

export interface MintedKey {
  readonly uuid: string;
  readonly key: string;
  /** RFC 3339, by the registry's clock. */
  readonly createdAt: string;
  readonly expiresAt: string;
}

/** No key was minted, or it is unusable; the message says whether a key was left behind. */
export class MintError extends Error {
  override readonly name = "MintError";

  constructor(problem: string, cleanup = "", options?: ErrorOptions) {
    super([problem.replace(/\w$/, "$&."), cleanup].filter(Boolean).join(" "), options);
  }
}

/**
 * Mints a key for the session's user and tests it. If it cannot return the key, it revokes it.
 *
 * @param replaced id of the key to replace: this stack's own, whatever its label.
 */
export async function mintKey(
  registry: ZotClient,
  session: Credential,
  order: KeyOrder,
  {
    now,
    retryDelaysMs,
    say,
    replaced,
  }: { now: () => Date; retryDelaysMs: readonly number[]; say: LogMessage; replaced: string | undefined },
): Promise<MintedKey> {
  const before = await withRetry(() => registry.listApiKeys(session), retryDelaysMs);
  await reportForeign(
    before.filter(({ uuid }) => uuid !== replaced),
    order,
    say,
  );
  const registryTime = (await pingWithRetry(registry, undefined, retryDelaysMs)).date;
  if (registryTime) {
    const warning = skewWarning(registryTime, now());
    if (warning !== undefined) await say("warning", `${order.registryUrl}: ${warning}.`);
    const refusal = mintRefusal(registryTime, now(), order);
    if (refusal !== undefined) throw new MintError(`${order.registryUrl}: no key was minted: ${refusal}.`);
  }
  // zot judges the expiry by its own clock, so the lifetime starts there.
  const expiresAt = new Date((registryTime ?? now()).getTime() + order.lifetimeDays * DAY_MS);
  try {
    // Not retried: the first request may have succeeded although its answer was lost.
    const minted = await registry.mintApiKey(session, { label: order.label, expiresAt });
    const key = { ...minted, expiresAt: minted.expiresAt ?? expiresAt.toISOString() };
    await prove(registry, order, key, retryDelaysMs);
    return { uuid: key.uuid, key: key.key, createdAt: key.createdAt, expiresAt: key.expiresAt };
  } catch (cause) {
    const problem = messageOf(cause);
    throw new MintError(problem, await undo(registry, session, order, before, retryDelaysMs), { cause });
  }
}

/** A key counts once the registry has accepted it, used as CI will use it, and if its lifetime is long enough. */
async function prove(
  registry: ZotClient,
  order: KeyOrder,
  minted: MintedKey,
  retryDelaysMs: readonly number[],
): Promise<void> {
  const tooShort = lifeRefusal(minted.createdAt, minted.expiresAt, order);
  if (tooShort !== undefined) throw new MintError(`${order.registryUrl}: ${tooShort}`);
  const credential = { kind: "basic", username: order.username, password: minted.key } as const;
  const { status } = await pingWithRetry(registry, credential, retryDelaysMs);
  if (status === 200) return;
  throw new MintError(
    `${order.registryUrl} minted a key for ${order.username} and answered ${status} to it: is the registry's clock right, ` +
      "does its reverse proxy pass the Authorization header, and is the account's username in zot the same as in Authentik?",
  );
}

/** Revokes what this attempt minted: the keys with this label that did not exist before it. */
async function undo(
  registry: ZotClient,
  session: Credential,
  { label }: KeyOrder,
  before: readonly ApiKeyInfo[],
  retryDelaysMs: readonly number[],
): Promise<string> {
  try {
    const known = new Set(before.map(({ uuid }) => uuid));
    const now = await withRetry(() => registry.listApiKeys(session), retryDelaysMs);
    const fresh = now.filter((key) => key.label === label && !known.has(key.uuid));
    for (const { uuid } of fresh) await withRetry(() => registry.revokeApiKey(session, uuid), retryDelaysMs);
    return fresh.length > 0 ? "What was minted has been revoked" : "No key was left behind";
  } catch {
    return `A key labelled "${label}" may have been left behind; the next run that succeeds revokes it`;
  }
}

const SHOWN_LABELS = 5;

/** A reused username brings its existing keys along: others may depend on them. */
async function reportForeign(
  keys: readonly ApiKeyInfo[],
  { label, username }: KeyOrder,
  say: LogMessage,
): Promise<void> {
  const foreign = keys.filter((key) => key.label !== label && !key.isExpired);
  if (foreign.length === 0) return;
  const labels = foreign.slice(0, SHOWN_LABELS).map((key) => `"${key.label}"`);
  const more = foreign.length > SHOWN_LABELS ? ` and ${foreign.length - SHOWN_LABELS} more` : "";
  await say(
    "warning",
    `${username} has keys that this stack did not make and leaves alone: ${labels.join(", ")}${more}. ` +
      "Revoke them in zot's web page if nobody needs them.",
  );
}
