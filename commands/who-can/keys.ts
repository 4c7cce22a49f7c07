import { deployedKeys, type DeployedKey } from "../verify/input";
import { DEAD_KEY_LABEL } from "../../systems/zot/proof";
import type { StackAccess } from "../shared/stack";
import { otherHolders } from "../../config/arguments";
import { type ApiKeyInfo, ZotClient } from "../../systems/zot/client";
import type { KeyRole, ListedKey } from "./types";
import { messageOf } from "../../systems/text";

const DAY_MS = 86_400_000;

export interface VisibleKeys {
  readonly keys: readonly ListedKey[];
  /** Whose keys could not be read, and why. */
  readonly notSeen: readonly string[];
}

/**
 * The keys of every user with an available credential. zot shows keys only to their owner, and has no list of all;
 * the report says so.
 */
export async function readKeys(stack: StackAccess, now: Date): Promise<VisibleKeys> {
  const { registryUrl } = stack.settings;
  const registry = new ZotClient(registryUrl);
  const deployed = deployedKeys(await stack.state());
  const owners = [
    ...deployed.map(({ username, key }) => ({ username, key: () => Promise.resolve(key) })),
    ...otherHolders(stack.settings).map(({ username, key }) => ({ username, key: () => stack.secret(key) })),
  ];
  const lists = await Promise.all(
    owners.map(async ({ username, key }): Promise<VisibleKeys> => {
      try {
        const credential = { kind: "basic", username, password: await key() } as const;
        const keys = await registry.listApiKeys(credential);
        return {
          keys: keys.map((each) =>
            listed(
              username,
              each,
              deployed.find((own) => own.username === username),
              now,
            ),
          ),
          notSeen: [],
        };
      } catch (error) {
        const reason = messageOf(error);
        return { keys: [], notSeen: [`the keys of ${username}: ${reason}`] };
      }
    }),
  );
  const seen = owners.map(({ username }) => username);
  return {
    keys: lists.flatMap(({ keys }) => keys),
    notSeen: [
      ...lists.flatMap(({ notSeen }) => notSeen),
      ...Object.keys(stack.settings.pushers)
        .filter((name) => !seen.includes(name))
        .map((name) => `the keys of ${name}: the stack's state holds none`),
      `keys of anybody but ${seen.length > 0 ? seen.join(", ") : "nobody"}: zot shows keys to their owner alone`,
    ],
  };
}

export function listed(
  owner: string,
  { label, uuid, createdAt, expiresAt, isExpired, lastUsed }: ApiKeyInfo,
  own: Pick<DeployedKey, "uuid" | "label"> | undefined,
  now: Date,
): ListedKey {
  return {
    owner,
    label,
    role: roleOf(uuid, label, own),
    createdAt,
    ageDays: Math.floor((now.getTime() - Date.parse(createdAt)) / DAY_MS),
    ...(expiresAt !== undefined && { expiresAt }),
    isExpired,
    ...(lastUsed !== undefined && { lastUsed }),
  };
}

function roleOf(uuid: string, label: string, own: Pick<DeployedKey, "uuid" | "label"> | undefined): KeyRole {
  if (own?.uuid === uuid) return "in use";
  if (own?.label === label) return "replaced";
  return label.startsWith(DEAD_KEY_LABEL) ? "test key of verify" : "other";
}
