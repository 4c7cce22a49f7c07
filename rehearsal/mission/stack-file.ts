import { parse, stringify } from "yaml";

type Values = Record<string, unknown>;

/** Where the rehearsal's parts turned out to be, by setting. */
export type Places = Readonly<Record<string, unknown>>;

/**
 * The stack's settings file: what is committed, and what is only known once the parts are up. Maps are merged one level
 * deep, since each setting is a map of plain values or stands for itself.
 */
export function stackFile(committed: string, places: Places): string {
  const file = parse(committed) as { config: Values };
  const config: Values = { ...file.config };
  for (const [key, value] of Object.entries(places)) {
    const before = config[key];
    config[key] = isMap(before) && isMap(value) ? { ...before, ...value } : value;
  }
  return stringify({ ...file, config });
}

function isMap(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
