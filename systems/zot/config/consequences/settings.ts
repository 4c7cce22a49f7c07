import { masked } from "../masked";
import { isBelow, leavesOf } from "../overlay";
import { flagAt, sameName, sorted, type Tree, valueAt } from "../read";
import { PROGRAM_PARTS } from "../render";
import type { Consequence, Intent } from "./types";

/** What the comparisons by meaning above speak of, each in a line of its own. */
const TOLD: readonly (readonly string[])[] = [
  ["http", "address"],
  ["http", "port"],
  ["http", "tls"],
  ["http", "auth", "htpasswd"],
  ["http", "auth", "ldap"],
  ["http", "auth", "bearer"],
  ["http", "auth", "mtls"],
  ["http", "auth", "openid", "providers"],
  ["storage", "rootDirectory"],
  ["storage", "subPaths"],
  ["storage", "storageDriver"],
  ["storage", "cacheDriver"],
  ["extensions", "sync", "registries"],
];

/** Everything else that the host's config says and the desired one does not, by its place; of lists each entry. */
export function settings(host: Tree, desired: Tree, { adopting = false }: Intent): Consequence[] {
  const line = (path: readonly string[], what: string): Consequence => ({
    ...(adopting && !isBelow(path, ["http", "auth"]) && { kind: "loseSettings" }),
    sign: "loss",
    who: path.join("."),
    text: `${path.join(".")} ${what}`,
  });
  const shown = masked(host);
  return leavesOf(host)
    .filter(({ path }) => ![...PROGRAM_PARTS, ...TOLD].some((top) => isBelow(path, top)))
    .flatMap(({ path, value }): Consequence[] => {
      if (isNothing(value)) return [];
      const now = valueAt(desired, ...path);
      const seen = JSON.stringify(valueAt(shown, ...path));
      if (now === undefined || now === null)
        return [line(path, `goes: the settings do not have it (it is ${seen})`)];
      if (sameName(path.at(-1) ?? "", "enable") && value === true && flagAt(desired, ...path) === false) {
        return [line(path, "is switched off")];
      }
      const lost = Array.isArray(value) && Array.isArray(now) ? missing(value, now) : 0;
      return lost === 0 ? [] : [line(path, `loses ${lost} of its entries (they are ${seen})`)];
    });
}

function missing(before: readonly unknown[], after: readonly unknown[]): number {
  const texts = after.map((each) => JSON.stringify(sorted(each)));
  return before.filter((each) => !texts.includes(JSON.stringify(sorted(each)))).length;
}

/** zot's reader drops a map without anything in it, and takes null for left out. */
function isNothing(value: unknown): boolean {
  return (
    value === null || (typeof value === "object" && !Array.isArray(value) && Object.keys(value).length === 0)
  );
}
