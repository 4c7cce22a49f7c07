import { type AdoptedKey, identifyKey, isAdoptedDue } from "../../keys/adopt-key";
import { isDue, timeLeft } from "../../keys/key-calendar";
import { RETRY_DELAYS_MS } from "../../systems/http/retry";
import type { StackAccess } from "../shared/stack";
import type { Pusher } from "../../config/schema";
import { ZotClient } from "../../systems/zot/client";

/** A pusher's key as it is in use, in clear. */
export interface KeyInUse extends AdoptedKey {
  readonly key: string;
  /** Whether this stack minted it, and not people. */
  readonly own: boolean;
}

/**
 * Which key of a pusher is in use: the one that its setting `from` names, else the one in the stack's own 1Password item.
 *
 * @param item that item's id, where it is there
 * @param label what the stack labels its keys with
 * @returns undefined where there is none that the registry takes
 * @throws Error where it cannot be told from another one
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
  // Without the setting nobody said that a key of people is to be used.
  if (!found || (found.label !== label && !from)) return undefined;
  return { ...found, key, own: found.label === label };
}

/** What `pulumi up` will do with the keys in use; nothing of a pusher that has none and names none. */
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
    return [`${registryUrl} does not take the key of pushers.${name}.from: pulumi up would mint another one`];
  }
  const { uuid, expiresAt, own } = found;
  const end = Number.isNaN(Date.parse(expiresAt))
    ? "never ends"
    : `ends ${timeLeft(expiresAt, now)} (${expiresAt})`;
  const due = own ? isDue(found.createdAt, pusher, now) : isAdoptedDue(found, pusher, now);
  const then = due ? "that is too soon: pulumi up mints another one" : "pulumi up uses it as it is";
  const whose = from ? `of pushers.${name}.from` : `of ${name} in the stack's own item`;
  return [`the key ${whose} is ${uuid} and ${end}; ${then}`];
}
