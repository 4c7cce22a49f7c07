import { ConnectError } from "./types";

/**
 * Reads a list's `filter`: `<attribute> eq "<value>"`. Connect documents `name` for vaults and `title` for items, its own
 * Go client sends `title` for both, so both are taken.
 *
 * @throws ConnectError 400 for anything else.
 */
export function matcher(filter: string | undefined): (name: string) => boolean {
  if (filter === undefined || filter === "") return () => true;
  const match = /^\s*(?:name|title)\s+eq\s+"(.*)"\s*$/s.exec(filter);
  if (!match) throw new ConnectError(400, "Invalid filter query");
  const wanted = match[1]?.replaceAll('\\"', '"');
  return (name) => name === wanted;
}
