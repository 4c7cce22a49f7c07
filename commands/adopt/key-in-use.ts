import { type AdoptedKey, identifyKey, isAdoptedDue } from "../../keys/adopt-key";
import { isDue, timeLeft } from "../../keys/key-calendar";
import { RETRY_DELAYS_MS } from "../../systems/http/retry";
import type { StackAccess } from "../shared/stack";
import type { Pusher } from "../../config/schema";
import { ZotClient } from "../../systems/zot/client";

/** The key that a pusher uses now, in clear. */
export interface KeyInUse extends AdoptedKey {
  readonly key: string;
  /** Whether this stack minted it. */
  readonly own: boolean;
}

/**
 * Finds the key that a pusher uses: the one that its setting `from` names, else the one in the stack's own 1Password item.
 *
 * @param item that item's id, if it exists
 * @param label the label of the stack's keys
 * @returns undefined if the registry accepts none
 * @throws Error if several keys match
 */
export async function findKey(
  stack: StackAccess,
  { name: username, from }: Pick<Pusher, "name" | "from">,
  item: string | undefined,
  label: string,
): Promise<KeyInUse | undefined> {
  const { onepassword, registryUrl } = stack.settings;
  const key = from
    ? await stack.secret(from)
    : item !== undefined &&
      (await stack.onepassword.read({ vault: onepassword.vaultId, item, field: "password" }));
  if (typeof key !== "string") return undefined;
  const credential = { kind: "basic", username, password: key } as const;
  const found = await identifyKey(new ZotClient(registryUrl), credential, RETRY_DELAYS_MS);
  // A user-made key is used only if the setting names it.
  if (!found || (found.label !== label && !from)) return undefined;
  return { ...found, key, own: found.label === label };
}

/** What `pulumi up` will do with the keys in use; no line for a pusher without a key and without `from`. */
export function keyLines(
  { settings }: Pick<StackAccess, "settings">,
  keys: ReadonlyMap<string, KeyInUse>,
  now: Date,
): string[] {
  return Object.values(settings.pushers).flatMap((pusher) =>
    keyLine(settings.registryUrl, pusher, keys.get(pusher.name), now),
  );
}

function keyLine(registryUrl: string, pusher: Pusher, found: KeyInUse | undefined, now: Date): string[] {
  const { from, name } = pusher;
  if (!found) {
    if (from === undefined) return [];
    return [`${registryUrl} refuses the key of pushers.${name}.from: pulumi up would mint another one`];
  }
  const { uuid, expiresAt, own } = found;
  const end = Number.isNaN(Date.parse(expiresAt))
    ? "never expires"
    : `expires ${timeLeft(expiresAt, now)} (${expiresAt})`;
  const due = own ? isDue(found.createdAt, pusher, now) : isAdoptedDue(found, pusher, now);
  const then = due ? "that is too soon: pulumi up mints another one" : "pulumi up uses it as it is";
  const whose = from ? `of pushers.${name}.from` : `of ${name} in the stack's own item`;
  return [`the key ${whose} is ${uuid} and ${end}; ${then}`];
}
