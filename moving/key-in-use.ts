import { identifyKey, isAdoptedDue } from "../provider/adopt-key";
import { timeLeft } from "../provider/key-calendar";
import { RETRY_DELAYS_MS } from "../provider/patience";
import type { StackAccess } from "../stack";
import { ZotClient } from "../zot/client";

/** Which key `ciCredential.from` names, and what `pulumi up` will do with it; nothing where the setting is left out. */
export async function keyInUse(stack: StackAccess): Promise<string[]> {
  const { ciCredential, registryUrl } = stack.settings;
  if (ciCredential.from === undefined) return [];
  const password = await stack.secret(ciCredential.from);
  const credential = { kind: "basic", username: ciCredential.username, password } as const;
  const found = await identifyKey(new ZotClient(registryUrl), credential, RETRY_DELAYS_MS);
  if (!found) {
    return [
      `${registryUrl} does not take the key of ciCredential.from for ${credential.username}: pulumi up would mint another one`,
    ];
  }
  const { uuid, expiresAt } = found;
  const now = new Date();
  const end = Number.isNaN(Date.parse(expiresAt))
    ? "never ends"
    : `ends ${timeLeft(expiresAt, now)} (${expiresAt})`;
  const then = isAdoptedDue(found, ciCredential, now)
    ? "that is too soon: pulumi up mints another one"
    : "pulumi up uses it as it is";
  return [`the key of ciCredential.from is ${uuid} and ${end}; ${then}`];
}
