/*
 * When a key is due, and whether the clocks allow minting. Pure. All times of a key are by the registry's clock,
 * which zot uses for dates and checks (zot's pkg/api/routes.go, CreateAPIKey).
 */
/** Instead of a time: the expiry of a user-made key without one. */
export const NEVER_EXPIRES = "never";

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** How far the registry's clock may be off before a warning; `Date` headers have whole seconds. */
export const SKEW_LIMIT_MS = 60_000;

/** Set to 1 in the environment of a preview to see what it would do if no key were due and no grace period over. */
export const HOLD_CALENDAR_VARIABLE = "ZOT_ACCESS_HOLD_CALENDAR";

/** Whether the calendar is held. Changes that somebody made to a key still show. */
export function isCalendarHeld(environment: NodeJS.ProcessEnv): boolean {
  return environment[HOLD_CALENDAR_VARIABLE] === "1";
}

export interface Calendar {
  readonly lifetimeDays: number;
  readonly renewAfterDays: number;
}

export function isDue(
  createdAt: string,
  { renewAfterDays }: Pick<Calendar, "renewAfterDays">,
  now: Date,
): boolean {
  return now.getTime() >= Date.parse(createdAt) + renewAfterDays * DAY_MS;
}

/** `in 30 days`, `in 5 hours`, or `now`. */
export function timeLeft(until: string, now: Date): string {
  const left = Date.parse(until) - now.getTime();
  if (left < HOUR_MS) return "now";
  const [count, unit] = left >= DAY_MS ? [left / DAY_MS, "day"] : [left / HOUR_MS, "hour"];
  const whole = Math.floor(count);
  return `in ${whole} ${unit}${whole === 1 ? "" : "s"}`;
}

/**
 * The warning about a registry with a wrong clock, or undefined.
 *
 * @param registry its `Date` header.
 * @param here this machine's clock at the same moment.
 */
export function skewWarning(registry: Date, here: Date): string | undefined {
  const skew = registry.getTime() - here.getTime();
  if (Math.abs(skew) <= SKEW_LIMIT_MS) return undefined;
  return (
    `the registry's clock is ${duration(skew)} ${skew > 0 ? "ahead of" : "behind"} this machine's: keys expire by ` +
    "its clock, and logins fail when it disagrees with Authentik's. Set up time synchronisation on both hosts"
  );
}

/**
 * Why no key may be minted, or undefined. A registry whose clock is late gives keys an expiry that is too early once
 * its clock is corrected: CI would suddenly have no key.
 */
export function mintRefusal(registry: Date, here: Date, calendar: Calendar): string | undefined {
  const trueLife = registry.getTime() + calendar.lifetimeDays * DAY_MS - here.getTime();
  if (trueLife > calendar.renewAfterDays * DAY_MS) return undefined;
  return (
    `its clock is ${duration(registry.getTime() - here.getTime())} behind this machine's, so a key minted now would ` +
    `expire before day ${calendar.renewAfterDays}, when it is renewed. Set the clock of the registry's host (or of this ` +
    "machine) right, then run pulumi up again"
  );
}

/**
 * What is wrong with a key's expiry, by zot's own dates, or undefined. They differ from the `Date` header if that is
 * from a proxy or a cached answer.
 */
export function lifeRefusal(createdAt: string, expiresAt: string, calendar: Calendar): string | undefined {
  const life = Date.parse(expiresAt) - Date.parse(createdAt);
  if (life > calendar.renewAfterDays * DAY_MS) return undefined;
  return (
    `zot says that the key was made ${createdAt} and ends ${expiresAt}, before its renewal on day ${calendar.renewAfterDays}: ` +
    "the Date header that its answers carry is not zot's own clock. Set the clocks of the registry's host and of the proxy " +
    "before it right, then run pulumi up again"
  );
}

function duration(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000);
  if (seconds < 2 * 60) return `${seconds} seconds`;
  if (seconds < 2 * 3600) return `${Math.round(seconds / 60)} minutes`;
  if (seconds < 2 * 86_400) return `${Math.round(seconds / 3600)} hours`;
  return `${Math.round(seconds / 86_400)} days`;
}
