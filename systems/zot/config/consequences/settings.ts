import { loginsOf } from "../logins";
import { masked } from "../masked";
import { isBelow, leavesOf } from "../overlay";
import { flagAt, sameName, sorted, type Tree, treeAt, valueAt } from "../read";
import { PROGRAM_PARTS } from "../render";
import { namesPlace, usesCacheDriver } from "../storage";
import { changedIn } from "./logins";
import type { Consequence, Intent } from "./types";

/** The parts that the comparisons by meaning above report, each in its own line. */
const TOLD: readonly (readonly string[])[] = [
  ["http", "address"],
  ["http", "port"],
  ["http", "tls"],
  ["extensions", "sync", "registries"],
];
/** A removed or changed login, a folder and a driver are reported above. */
function isTold(path: readonly string[], host: Tree, desired: Tree): boolean {
  if (TOLD.some((top) => isBelow(path, top))) return true;
  const login = loginsOf(host).find((each) => isBelow(path, each.path));
  if (login) {
    const now = loginsOf(desired).find(({ kind, name }) => kind === login.kind && name === login.name);
    return !now || changedIn(login, now).includes((path[login.path.length] ?? "").toLowerCase());
  }
  return isBelow(path, ["storage"]) && isPlace(path, host, desired);
}

/**
 * The location of images and database is reported above; how a driver is reached is not reported if it still exists
 * or zot does not use it.
 */
function isPlace(path: readonly string[], host: Tree, desired: Tree): boolean {
  const isBeside = sameName(path[1] ?? "", "subPaths");
  const above = path.slice(0, isBeside ? 3 : 1);
  const [name = "", setting = ""] = path.slice(above.length);
  if (isBeside && valueAt(desired, ...above) === undefined) return true;
  if (sameName(name, "rootDirectory")) return true;
  const isUsed = !isBeside && usesCacheDriver(treeAt(host, "storage") ?? {});
  if (!sameName(name, "storageDriver") && !(sameName(name, "cacheDriver") && isUsed)) return false;
  return valueAt(desired, ...above, name) === undefined || namesPlace(setting);
}

/** All other settings of the host's config that the desired one lacks, by path; lists entry by entry. */
export function settings(host: Tree, desired: Tree, { adopting = false }: Intent): Consequence[] {
  const line = (path: readonly string[], what: string): Consequence => ({
    ...(adopting && !isBelow(path, ["http", "auth"]) && { kind: "loseSettings" }),
    sign: "loss",
    who: path.join("."),
    text: `${path.join(".")} ${what}`,
  });
  const shown = masked(host);
  return leavesOf(host)
    .filter(({ path }) => !PROGRAM_PARTS.some((top) => isBelow(path, top)) && !isTold(path, host, desired))
    .flatMap(({ path, value }): Consequence[] => {
      if (isNothing(value)) return [];
      const now = valueAt(desired, ...path);
      const seen = JSON.stringify(valueAt(shown, ...path));
      if (now === undefined || now === null)
        return [line(path, `is removed: the settings do not have it (it is ${seen})`)];
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

/** zot's reader drops an empty map, and treats null as missing. */
function isNothing(value: unknown): boolean {
  return (
    value === null || (typeof value === "object" && !Array.isArray(value) && Object.keys(value).length === 0)
  );
}
