const UNIT_MS: Readonly<Record<string, number>> = {
  microseconds: 0.001,
  milliseconds: 1,
  seconds: 1_000,
  minutes: 60_000,
  hours: 3_600_000,
  days: 86_400_000,
  weeks: 604_800_000,
};

/** `hours=1;minutes=3` in milliseconds; undefined where Authentik would refuse it (authentik/lib/utils/time.py). */
export function parseDuration(text: string): number | undefined {
  let total = 0;
  let known = 0;
  for (const pair of text.split(";")) {
    const [key = "", value, ...rest] = pair.split("=");
    if (value === undefined || rest.length > 0) return undefined;
    const unit = UNIT_MS[key.toLowerCase()];
    if (unit === undefined) continue;
    const amount = value.trim() === "" ? NaN : Number(value);
    if (Number.isNaN(amount)) return undefined;
    total += amount * unit;
    known++;
  }
  return known === 0 ? undefined : total;
}
