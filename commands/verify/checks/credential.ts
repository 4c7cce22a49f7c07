import { DAY_MS, isDue } from "../../../keys/key-calendar";
import type { ApiKeyInfo } from "../../../systems/zot/client";
import { type Finding, ok, warning, wrong } from "./check";

export interface KeyInUse {
  /** Zot's id of it. */
  readonly uuid: string;
  /** The label of all keys of the stack. */
  readonly label: string;
}

/** A renewal happens in the first run after its day: with nightly runs at most a day late. */
const LATE_DAYS = 3;

/** Checks a pusher's key as zot lists it, by zot's own dates. */
export function judgeKey(
  keys: readonly ApiKeyInfo[],
  { uuid, label }: KeyInUse,
  { renewAfterDays }: { renewAfterDays: number },
  now: Date,
): Finding {
  const key = keys.find((each) => each.uuid === uuid);
  const renew = "run `pulumi up`, which mints a new one, and see why the nightly run did not";
  if (!key)
    return wrong(
      `zot does not list key ${uuid}`,
      "it was revoked, and whoever has it cannot push",
      "run `pulumi up`",
    );
  if (key.expiresAt === undefined) {
    return wrong("the key in use never expires", "whoever gets hold of it can push forever", renew);
  }
  const days = Math.floor((Date.parse(key.expiresAt) - now.getTime()) / DAY_MS);
  const others = keys.filter((each) => each.label === label && each.uuid !== uuid && !each.isExpired).length;
  const beside = others === 0 ? "" : `, and ${others} that it replaced`;
  const found = `expires ${key.expiresAt.slice(0, 10)} (${days} days), last used ${key.lastUsed?.slice(0, 10) ?? "never"}${beside}`;
  if (isDue(key.createdAt, { renewAfterDays: renewAfterDays + LATE_DAYS }, now)) {
    return warning(found, `it should have been renewed after ${renewAfterDays} days`, renew);
  }
  return ok(found);
}
