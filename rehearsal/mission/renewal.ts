import { ZotClient } from "../../systems/zot/client";
import { BLUMEOPS } from "./identities";
import { ciKey, type Mission } from "./mission";
import type { Changes } from "./pulumi";
import { changeSettings } from "./stack";

/**
 * Renews the key of a mission's pusher, by settings that give it a shorter life, as an operator would.
 *
 * @throws Error where it is not renewed, either key is refused, or something is left to do
 */
export async function renew({ pulumi, world }: Mission): Promise<Changes> {
  const old = ciKey(world);
  const shorter = { [BLUMEOPS.name]: { lifetimeDays: 30, renewAfterDays: 20 } };
  await changeSettings(pulumi, { "zot-access:pushers": shorter });
  const changes = await pulumi.up();
  const renewed = ciKey(world);
  if (renewed === old) throw new Error("pulumi up renewed no key");
  // Jobs that began before still have the old one.
  for (const password of [old, renewed])
    await new ZotClient(world.host.registryUrl).listApiKeys({
      kind: "basic",
      username: BLUMEOPS.name,
      password,
    });
  await pulumi.previewWithoutChanges();
  return changes;
}
