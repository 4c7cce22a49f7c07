import { cachesOf } from "../caches";
import { textAt, type Tree } from "../read";
import { DATABASE, type StorageLocation, storageLocations } from "../storage";
import type { Consequence } from "./types";

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
  return [...moved, ...begun];
}

/** A database in the folder of its images moves with them, and is not told apart. */
function isBesideImages(place: StorageLocation, places: readonly StorageLocation[]): boolean {
  return (
    place.what === DATABASE &&
    places.some(({ what, identity }) => what !== DATABASE && identity === place.identity)
  );
}

export function caches(host: Tree, desired: Tree): Consequence[] {
  const say = (config: Tree) => cachesOf(config).map(({ urls, glob }) => `${urls.join(", ")} as ${glob}`);
  const [before, after] = [say(host), say(desired)];
  return [
    ...before
      .filter((each) => !after.includes(each))
      .map((each): Consequence => ({
        kind: "loseCaches",
        sign: "loss",
        who: "caches",
        text: `zot no longer pulls through ${each}`,
      })),
    ...after
      .filter((each) => !before.includes(each))
      .map((each): Consequence => ({ sign: "gain", who: "caches", text: `zot pulls through ${each}` })),
  ];
}
