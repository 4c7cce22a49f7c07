import { parse, stringify } from "yaml";

type Values = Record<string, unknown>;

/** Where the rehearsal's parts turned out to be, by setting. */
export type Places = Readonly<Record<string, unknown>>;

/**
 * The stack's settings file: what is committed, and what is only known once the parts are up. Maps are merged, null takes a
 * setting out, and everything else stands for itself.
 */
export function stackFile(committed: string, places: Places): string {
  const file = parse(committed) as { config: Values };
  return stringify({ ...file, config: merged(file.config, places) });
}

function merged(before: Values, changes: Values): Values {
  const result = { ...before };
  for (const [key, value] of Object.entries(changes)) {
    const there = result[key];
    result[key] = isMap(there) && isMap(value) ? merged(there, value) : value;
  }
  return Object.fromEntries(Object.entries(result).filter(([, value]) => value !== null));
}

function isMap(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
