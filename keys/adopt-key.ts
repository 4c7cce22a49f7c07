import type { ApiKeyInfo, Credential, ZotClient } from "../systems/zot/client";
import { DAY_MS, NEVER_EXPIRES } from "./key-calendar";
import type { LogMessage } from "../systems/log-message";
import { withRetry } from "../systems/http/retry";
import { pingWithRetry } from "../systems/zot/ping";

/** A user-made key that is used as it is. */
export interface AdoptedKey {
  readonly uuid: string;
  readonly label: string;
  readonly createdAt: string;
  /** RFC 3339, or `never`. */
  readonly expiresAt: string;
}

type Holder = Extract<Credential, { kind: "basic" }>;

/** How often the list is read until only one key can be the given one. */
const LOOKS = 5;

/**
 * Finds out which of the user's keys the given one is. zot lists keys without their values, but with the time of
 * their last use: the key whose time moves with every one of our requests is ours.
 *
 * @returns undefined if the registry does not accept the key.
 * @throws Error if another key is used at the same time
 */
export async function identifyKey(
  registry: ZotClient,
  credential: Holder,
  retryDelaysMs: readonly number[],
): Promise<AdoptedKey | undefined> {
  const { status } = await pingWithRetry(registry, credential, retryDelaysMs);
  if (status === 401) return undefined;
  const list = () => withRetry(() => registry.listApiKeys(credential), retryDelaysMs);
  let before = await list();
  let possible = new Set(before.filter(({ isExpired }) => !isExpired).map(({ uuid }) => uuid));
  for (let look = 0; look < LOOKS && possible.size > 1; look++) {
    const now = await list();
    possible = new Set([...possible].filter((uuid) => lastUsed(now, uuid) !== lastUsed(before, uuid)));
    before = now;
  }
  const [only] = before.filter(({ uuid }) => possible.has(uuid));
  if (!only || possible.size > 1) {
    throw new Error(
      `the key that pushers.${credential.username}.from names works, but is one of ${before.length} keys of its user, and it is not known which; ` +
        "run pulumi up again while fewer of them are in use",
    );
  }
  const { uuid, label, createdAt } = only;
  return { uuid, label, createdAt, expiresAt: only.expiresAt ?? NEVER_EXPIRES };
}

function lastUsed(keys: readonly ApiKeyInfo[], uuid: string): string | undefined {
  return keys.find((key) => key.uuid === uuid)?.lastUsed;
}

/**
 * An adopted key is due as long before its expiry as a minted one would be; one without an expiry is only replaced
 * when its setting is removed.
 */
export function isAdoptedDue(
  { expiresAt }: Pick<AdoptedKey, "expiresAt">,
  { lifetimeDays, renewAfterDays }: { lifetimeDays: number; renewAfterDays: number },
  now: Date,
): boolean {
  if (expiresAt === NEVER_EXPIRES) return false;
  return Date.parse(expiresAt) - now.getTime() <= (lifetimeDays - renewAfterDays) * DAY_MS;
}

/** The key that the settings name, if the registry accepts it and it is not due; otherwise it says why not. */
export async function adoptKey(
  registry: ZotClient,
  credential: Holder,
  calendar: { registryUrl: string; lifetimeDays: number; renewAfterDays: number },
  { now, retryDelaysMs, say }: { now: () => Date; retryDelaysMs: readonly number[]; say: LogMessage },
): Promise<AdoptedKey | undefined> {
  const found = await identifyKey(registry, credential, retryDelaysMs);
  if (!found) {
    await say(
      "warning",
      `${calendar.registryUrl} does not accept the key that pushers.${credential.username}.from names; a new one is minted instead`,
    );
    return undefined;
  }
  const date = (await pingWithRetry(registry, credential, retryDelaysMs)).date ?? now();
  if (isAdoptedDue(found, calendar, date)) {
    await say(
      "info",
      `key ${found.uuid} of pushers.${credential.username}.from expires ${found.expiresAt}; a new one is minted instead`,
    );
    return undefined;
  }
  await say("info", `key ${found.uuid} is used as it is; it expires ${found.expiresAt}`);
  return found;
}
