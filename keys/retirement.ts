import type { ApiKeyInfo } from "../systems/zot/client";
import { HOUR_MS } from "./key-calendar";

/*
 * Decides which keys of a stack to revoke. Pure.
 */

/**
 * When a replaced key is revoked: at the end of the run that replaced it, after the grace period, or never before its
 * expiry.
 */
export const OLD_KEY_POLICIES = ["revoke", "grace", "expire"] as const;
export type OldKeyPolicy = (typeof OLD_KEY_POLICIES)[number];

/** A replaced key in its grace period. */
export interface KeptKey {
  readonly uuid: string;
  /** When all consumers had its successor: RFC 3339, by the registry's clock. */
  readonly since: string;
}

export interface Retirement {
  readonly label: string;
  /** The key that is in use; it stays. */
  readonly current: string;
  /** Former keys. */
  readonly former: readonly { readonly uuid: string; readonly adopted?: boolean }[];
  /** Those that were in their grace period at the last run. */
  readonly kept: readonly KeptKey[];
  /** Keys that consumers have now, because a run with targets skipped them. */
  readonly held: ReadonlySet<string>;
  /** The same at the last run. */
  readonly heldBefore: ReadonlySet<string>;
  /** Whether keys that this stack does not know count as replaced ones, because nothing is known yet. */
  readonly trustUnknown: boolean;
  readonly oldKey: OldKeyPolicy;
  readonly graceHours: number;
  /** Whether `oldKey` also applies to an adopted key. */
  readonly revokeAdopted?: boolean;
  readonly now: Date;
}

export interface RetirementDecision {
  readonly revoke: readonly { readonly uuid: string; readonly reason: string; readonly dead: boolean }[];
  readonly keep: readonly KeptKey[];
}

/** Judges the keys with the stack's label, and those that it used before; all others belong to somebody else. */
export function retire(keys: readonly ApiKeyInfo[], r: Retirement): RetirementDecision {
  const revoke: RetirementDecision["revoke"][number][] = [];
  const keep: KeptKey[] = [];
  for (const { uuid, label, isExpired } of keys) {
    const former = r.former.find((key) => key.uuid === uuid);
    const since = r.heldBefore.has(uuid) ? { since: r.now.toISOString() } : {};
    const [kept] = r.kept.filter((key) => key.uuid === uuid).map((key) => ({ ...key, ...since }));
    if (uuid === r.current || (label !== r.label && !former)) continue;
    const justReplaced = { uuid, since: r.now.toISOString() };
    if (former?.adopted && r.revokeAdopted !== true) keep.push(kept ?? justReplaced);
    else if (isExpired) revoke.push({ uuid, reason: "it has expired", dead: true });
    else if (r.held.has(uuid)) keep.push(justReplaced);
    else if (!former && !kept && !r.trustUnknown)
      revoke.push({ uuid, reason: "an interrupted run minted it, and nobody uses it", dead: false });
    else if (isOver(kept ?? justReplaced, r))
      revoke.push({ uuid, reason: "it has been replaced", dead: false });
    else keep.push(kept ?? justReplaced);
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
