import type { ApiKeyInfo } from "../zot/client";
import { HOUR_MS } from "./key-calendar";

/*
 * Which keys of a stack have had their time. Pure.
 */

/** When a key goes that has been replaced: at the end of the run that replaced it, after a while, or by itself. */
export const OLD_KEY_POLICIES = ["revoke", "grace", "expire"] as const;
export type OldKeyPolicy = (typeof OLD_KEY_POLICIES)[number];

/** A key that was replaced and lives on for those who still use it. */
export interface KeptKey {
  readonly uuid: string;
  /** When everybody had its successor: RFC 3339, by the registry's clock. */
  readonly since: string;
}

export interface Retirement {
  readonly label: string;
  /** The key that is in use; it stays. */
  readonly current: string;
  /** Keys that were in use before: the last one, and those that were kept. */
  readonly replaced: readonly KeptKey[];
  /** Whether keys that this stack does not know are taken for replaced ones, since nothing is known yet. */
  readonly trustUnknown: boolean;
  readonly oldKey: OldKeyPolicy;
  readonly graceHours: number;
  /** Whether a replaced key that people made, and that therefore has another label, goes like one of our own. */
  readonly revokeAdopted?: boolean;
  readonly now: Date;
}

export interface Verdict {
  readonly revoke: readonly { readonly uuid: string; readonly reason: string; readonly dead: boolean }[];
  readonly keep: readonly KeptKey[];
}

/** Judges the keys that carry the stack's label, and those that it used before; all others are somebody else's. */
export function retire(keys: readonly ApiKeyInfo[], r: Retirement): Verdict {
  const revoke: Verdict["revoke"][number][] = [];
  const keep: KeptKey[] = [];
  for (const { uuid, label, isExpired } of keys) {
    const known = r.replaced.find((key) => key.uuid === uuid);
    if (uuid === r.current || (label !== r.label && !known)) continue;
    if (known && label !== r.label && r.revokeAdopted !== true) {
      keep.push(known);
      continue;
    }
    const replaced = known ?? (r.trustUnknown ? { uuid, since: r.now.toISOString() } : undefined);
    if (isExpired) revoke.push({ uuid, reason: "it has expired", dead: true });
    else if (!replaced)
      revoke.push({ uuid, reason: "a run that was cut off minted it, and nobody has it", dead: false });
    else if (isOver(replaced, r)) revoke.push({ uuid, reason: "it has been replaced", dead: false });
    else keep.push(replaced);
  }
  return { revoke, keep };
}

function isOver({ since }: KeptKey, { oldKey, graceHours, now }: Retirement): boolean {
  switch (oldKey) {
    case "revoke":
      return true;
    case "grace":
      return now.getTime() >= Date.parse(since) + graceHours * HOUR_MS;
    case "expire":
      return false;
  }
}
