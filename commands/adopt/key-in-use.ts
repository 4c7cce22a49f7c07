import { type AdoptedKey, identifyKey, isAdoptedDue } from "../../keys/adopt-key";
import { isDue, timeLeft } from "../../keys/key-calendar";
import { RETRY_DELAYS_MS } from "../../systems/http/retry";
import type { StackAccess } from "../shared/stack";
import { ZotClient } from "../../systems/zot/client";

/** CI's key as it is in use, in clear. */
export interface KeyInUse extends AdoptedKey {
  readonly key: string;
  /** Whether this stack minted it, and not people. */
  readonly own: boolean;
}

/**
 * Which key CI uses: the one that `ciCredential.from` names, else the one in the stack's own 1Password item.
 *
 * @param item that item's id, where it is there
 * @param label what the stack labels its keys with
 * @returns undefined where there is none that the registry takes
 * @throws Error where it cannot be told from another one
 */
export async function findKey(
  stack: StackAccess,
  item: string | undefined,
  label: string,
): Promise<KeyInUse | undefined> {
  const { ciCredential, onepassword, registryUrl } = stack.settings;
  const key = ciCredential.from
    ? await stack.secret(ciCredential.from)
    : item !== undefined &&
      (await stack.onepassword.read({ vault: onepassword.vaultId, item, field: "password" }));
  if (typeof key !== "string") return undefined;
  const credential = { kind: "basic", username: ciCredential.username, password: key } as const;
  const found = await identifyKey(new ZotClient(registryUrl), credential, RETRY_DELAYS_MS);
  // Without the setting nobody said that a key of people is to be used.
  if (!found || (found.label !== label && !ciCredential.from)) return undefined;
  return { ...found, key, own: found.label === label };
}

/** What `pulumi up` will do with the key in use; nothing where there is none and none was named. */
export function keyLines({ settings }: StackAccess, found: KeyInUse | undefined, now: Date): string[] {
  const { ciCredential, registryUrl } = settings;
  if (!found) {
    return ciCredential.from === undefined
      ? []
      : [
          `${registryUrl} does not take the key of ciCredential.from for ${ciCredential.username}: pulumi up would mint another one`,
        ];
  }
  const { uuid, expiresAt, own } = found;
  const end = Number.isNaN(Date.parse(expiresAt))
    ? "never ends"
    : `ends ${timeLeft(expiresAt, now)} (${expiresAt})`;
  const due = own ? isDue(found.createdAt, ciCredential, now) : isAdoptedDue(found, ciCredential, now);
  const then = due ? "that is too soon: pulumi up mints another one" : "pulumi up uses it as it is";
  const whose = ciCredential.from ? "of ciCredential.from" : "in the stack's own item";
  return [`the key ${whose} is ${uuid} and ${end}; ${then}`];
}
