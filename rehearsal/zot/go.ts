// How Go writes and reads the values that zot shows: JSON with < > & escaped, times as RFC 3339, no time as year 1.

export const NO_TIME = "0001-01-01T00:00:00Z";

/** JSON as Go's encoding/json writes it. */
export function goJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, escapeCharacter);
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** RFC 3339 in UTC, the fraction without trailing zeros, as time.Time marshals itself. */
export function goTime(date: Date): string {
  return trimFraction(date.toISOString());
}

function trimFraction(text: string): string {
  return text.replace(/\.(\d*?)0+(?=Z|[+-])/, (_, digits: string) => (digits === "" ? "" : `.${digits}`));
}

/**
 * time.Parse with time.RFC3339: date, time and zone are all required. Returns what zot shows for it and the instant,
 * undefined where zot answers 400.
 */
export function parseGoTime(text: string): { shown: string; instant: Date } | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(text);
  if (!match) return undefined;
  const [, year, month, day] = match.map(Number);
  const instant = new Date(text);
  const daysInMonth = new Date(Date.UTC(year ?? 0, month ?? 0, 0)).getUTCDate();
  if (Number.isNaN(instant.getTime()) || (day ?? 0) > daysInMonth) return undefined;
  return { shown: trimFraction(text).replace(/[+-]00:00$/, "Z"), instant };
}

/** time.ParseDuration in nanoseconds, e.g. `1h30m`; undefined where Go reports an error. */
export function parseGoDuration(text: string): number | undefined {
  if (text === "0" || text === "+0" || text === "-0") return 0;
  const whole = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.exec(text);
  if (!whole) return undefined;
  const [, sign, parts = ""] = whole;
  let total = 0;
  for (const [, amount, unit] of parts.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    total += Number(amount) * (NANOSECONDS[unit ?? ""] ?? 0);
  }
  return sign === "-" ? -total : total;
}

const NANOSECONDS: Record<string, number> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};
