import { parse, stringify } from "yaml";
import { sameName } from "../../systems/zot/config/read";

type Values = Record<string, unknown>;

/** Where the rehearsal's parts turned out to be, by setting. */
export type Places = Readonly<Record<string, unknown>>;

/**
 * The stack's settings file: what is committed, and what is only known once the parts are up. Maps are merged, null takes a
 * setting out, and everything else stands for itself. Names in zot's own config are the same in any case.
 */
export function stackFile(committed: string, places: Places): string {
  const file = parse(committed) as { config: Values };
  return stringify({ ...file, config: merged(file.config, places) });
}

const ZOT = "zot-access:zot";

function merged(before: Values, changes: Values, path: readonly string[] = []): Values {
  const result = { ...before };
  const isZots = path[0] === ZOT && path[1] === "config";
  for (const [name, value] of Object.entries(changes)) {
    const key = (isZots && Object.keys(result).find((each) => sameName(each, name))) || name;
    const there = result[key];
    result[key] = isMap(there) && isMap(value) ? merged(there, value, [...path, key]) : value;
  }
  return Object.fromEntries(Object.entries(result).filter(([, value]) => value !== null));
}

function isMap(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
