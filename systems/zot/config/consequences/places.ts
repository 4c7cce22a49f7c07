import { type Cache, cachesOf } from "../caches";
import { textAt, type Tree } from "../read";
import { DATABASE, type StorageLocation, storageLocations, workFolders } from "../storage";
import type { Consequence, Intent } from "./types";

export function address(host: Tree, desired: Tree): Consequence[] {
  const [before, after] = [host, desired].map((config) => ({
    address: textAt(config, "http", "address") ?? "127.0.0.1",
    port: textAt(config, "http", "port") ?? "8080",
    TLS: textAt(config, "http", "tls", "cert") ?? "off",
    "TLS's key": textAt(config, "http", "tls", "key") ?? "off",
  }));
  if (!before || !after) return [];
  return (Object.keys(before) as (keyof typeof before)[])
    .filter((name) => before[name] !== after[name])
    .map((name) => ({
      kind: "moveAddress",
      sign: "loss",
      who: "clients",
      text: `zot's ${name} moves from ${before[name]} to ${after[name]}: clients that reach it there cannot any more`,
    }));
}

export function storage(host: Tree, desired: Tree): Consequence[] {
  const [before, after] = [storageLocations(host), storageLocations(desired)];
  const at = (places: readonly StorageLocation[], { what }: StorageLocation) =>
    places.find((other) => other.what === what);
  const base = { kind: "moveStorage", sign: "loss", who: "storage" } as const;
  const moved = before.flatMap((place): Consequence[] => {
    const now = at(after, place);
    if (now?.identity === place.identity) return [];
    if (isBesideImages(place, before) && now && isBesideImages(now, after)) return [];
    return [
      {
        ...base,
        text: now
          ? `${place.what} would be looked for in ${now.text} instead of ${place.text}: what is there stays behind`
          : `${place.what} would be looked for with all others: what is in ${place.text} stays behind`,
      },
    ];
  });
  const begun = after
    .filter((place) => !at(before, place) && !isBesideImages(place, after))
    .map((place): Consequence => ({
      ...base,
      text: `${place.what} would be looked for in ${place.text}: what is there already among all others stays behind`,
    }));
  return [...moved, ...begun, ...besideDrivers(host, desired)];
}

/** The images are not there. */
function besideDrivers(host: Tree, desired: Tree): Consequence[] {
  const after = workFolders(desired);
  return [...workFolders(host)].flatMap(([route, folder]): Consequence[] => {
    const now = after.get(route);
    if (now === undefined || now === folder) return [];
    const what =
      route === "" ? "what zot keeps beside its images" : `what zot keeps beside the images below ${route}`;
    const text = `${what} (keys of signers, its database of vulnerabilities) is looked for in ${now || "no folder"} instead of ${folder || "none"}`;
    return [{ sign: "loss", who: "storage", text }];
  });
}

/** A database in the folder of its images moves with them, and is not listed separately. */
function isBesideImages(place: StorageLocation, places: readonly StorageLocation[]): boolean {
  return (
    place.what === DATABASE &&
    places.some(({ what, identity }) => what !== DATABASE && identity === place.identity)
  );
}

export function caches(host: Tree, desired: Tree, { adopting = false }: Intent): Consequence[] {
  const say = ({ glob, urls }: Cache) => `${urls.join(", ")} as ${glob}`;
  const [before, after] = [cachesOf(host), cachesOf(desired)];
  const twin = (list: readonly Cache[], cache: Cache) => list.find((other) => say(other) === say(cache));
  const lost = before.flatMap((cache): Consequence[] => {
    const now = twin(after, cache);
    if (now) return changed(cache, now, say(cache), adopting);
    const text = `zot no longer pulls through ${say(cache)}`;
    return [{ kind: "loseCaches", sign: "loss", who: "caches", text }];
  });
  const begun = after
    .filter((cache) => !twin(before, cache))
    .map((cache): Consequence => ({ sign: "gain", who: "caches", text: `zot pulls through ${say(cache)}` }));
  return [...lost, ...begun];
}

function changed(before: Cache, after: Cache, name: string, adopting: boolean): Consequence[] {
  const gone = [...before.settings.keys()].filter((each) => !after.settings.has(each));
  const others = [...after.settings].filter(([each, value]) => before.settings.get(each) !== value);
  if (gone.length === 0 && others.length === 0) return [];
  const parts = [
    ...(gone.length > 0 ? [`loses ${gone.join(", ")}`] : []),
    ...(others.length > 0 ? [`changes in ${others.map(([each]) => each).join(", ")}`] : []),
  ];
  return [
    {
      ...(gone.length > 0 && adopting && { kind: "loseSettings" }),
      sign: gone.length > 0 ? "loss" : "neutral",
      who: "caches",
      text: `the pull-through of ${name} ${parts.join(", and ")}`,
    },
  ];
}
