import { posix } from "node:path";
import { overlay, type Part } from "./overlay";
import { shownText } from "./secret-text";
import { canonical, flagAt, isTree, textAt, type Tree, treeAt } from "./read";

/** The location of a part of the images, or of zot's database. */
export interface StorageLocation {
  readonly what: string;
  /** Equal for the same location. May contain secrets of drivers: compare it, never show it. */
  readonly identity: string;
  /** For users. */
  readonly text: string;
}

export const DATABASE = "the database of keys and tags";

/** Every folder, driver and database of a config, by meaning. */
export function storageLocations(config: Tree): StorageLocation[] {
  return storageSections(config).flatMap(({ route, section }) =>
    placesIn(section, route === undefined ? "" : normal(route.toLowerCase())),
  );
}

/** Files that zot keeps on its disk although a driver stores the images: its vulnerability database, keys of signers. */
export function workFolders(config: Tree): Map<string, string> {
  return new Map(
    storageSections(config)
      .filter(({ section }) => !isOnDisk(section))
      .map(({ route = "", section }) => [
        normal(route.toLowerCase()),
        normal(textAt(section, "rootDirectory") ?? ""),
      ]),
  );
}

/** Folders with images, as zot names them; other drivers than a disk have none. */
export function storageFolders(config: Tree): string[] {
  const folders = foldersOnDisk(config).map(({ folder }) => normal(folder));
  return [...new Set(folders)].filter(isAbsolute);
}

/** Where a config names a folder of images by a path that depends on the folder in which zot is started. */
export function relativeFolders(config: Tree): (readonly string[])[] {
  return foldersOnDisk(config).flatMap(({ folder, path }) =>
    folder === "" || isAbsolute(folder) ? [] : [[...path, "rootDirectory"]],
  );
}

const isAbsolute = (folder: string): boolean => folder.startsWith("/");

function foldersOnDisk(config: Tree): { readonly path: readonly string[]; readonly folder: string }[] {
  return storageSections(config).flatMap(({ path, section }) =>
    isOnDisk(section) ? [{ path, folder: textAt(section, "rootDirectory") ?? "" }] : [],
  );
}

/** A part of a config that names a folder or a driver for images. */
interface StorageSection {
  readonly path: readonly string[];
  /** Undefined for the main one. */
  readonly route?: string;
  readonly section: Tree;
}

function storageSections(config: Tree): StorageSection[] {
  const storage = treeAt(config, "storage") ?? {};
  return [
    { path: ["storage"], section: storage },
    ...Object.entries(treeAt(storage, "subPaths") ?? {}).flatMap(([route, section]) =>
      isTree(section) ? [{ path: ["storage", "subPaths", route], route, section }] : [],
    ),
  ];
}

function isOnDisk(storage: Tree): boolean {
  return treeAt(storage, "storageDriver") === undefined;
}

/** A config with the image folders that `place` returns. */
export function withFolders(config: Tree, place: (folder: string) => string): Tree {
  return overlay(
    config,
    foldersOnDisk(config).flatMap(({ folder, path }): Part[] =>
      isAbsolute(folder) ? [{ path: [...path, "rootDirectory"], value: place(folder) }] : [],
    ),
  );
}

function placesIn(storage: Tree, route: string): StorageLocation[] {
  const below = route === "" ? "" : ` below ${route}`;
  const folder = normal(textAt(storage, "rootDirectory") ?? "");
  const driver = treeAt(storage, "storageDriver");
  // zot has one database, that of the main storage; below it is only listed if layers are shared.
  const database = usesCacheDriver(storage) ? treeAt(storage, "cacheDriver") : undefined;
  const images = {
    what: `the images${below}`,
    identity: driver ? driverIdentity(driver) : folder,
    text: driver ? driverText(driver) : folder,
  };
  if (route !== "") return [images];
  // Without a driver for it zot keeps its database in the folder.
  return [
    images,
    {
      what: DATABASE,
      identity: database ? driverIdentity(database) : folder,
      text: database ? driverText(database) : folder,
    },
  ];
}

/**
 * Otherwise zot keeps its database in the folder, whatever driver is named (applyDefaultValues in its
 * pkg/cli/server/root.go).
 */
export function usesCacheDriver(storage: Tree): boolean {
  const shares = flagAt(storage, "dedupe") ?? true;
  return flagAt(storage, "remoteCache") ?? (shares && treeAt(storage, "storageDriver") !== undefined);
}

/** Whether a driver setting names a location. */
export function namesPlace(name: string): boolean {
  return PLACE_NAMES.test(name.toLowerCase());
}

/** The location, without how it is reached: credentials, timeouts and the like move nothing. */
const PLACE_NAMES =
  /^(name|rootdirectory|bucket|container|accountname|region|regionendpoint|endpoint|url|addr|db|keyprefix|master_name|.*tablename)$/;

function driverIdentity(driver: Tree): string {
  return JSON.stringify(
    Object.entries(canonical(driver))
      .filter(([name]) => PLACE_NAMES.test(name))
      .map(([name, value]) => [
        name,
        name === "url" ? withoutCredentials(String(value)) : folderOrText(name, value),
      ])
      .sort(),
  );
}

function folderOrText(name: string, value: unknown): unknown {
  return name === "rootdirectory" && typeof value === "string" ? normal(value) : value;
}

function withoutCredentials(url: string): string {
  return shownText(url).text.replaceAll("(masked)@", "").replace(/\?.*$/, "");
}

function driverText(driver: Tree): string {
  const name = textAt(driver, "name") ?? "a driver";
  const where = ["bucket", "container", "cacheTablename", "rootdirectory", "endpoint", "keyprefix"]
    .map((key) => textAt(driver, key))
    .filter((text) => text !== undefined)
    .map((text) => shownText(text).text);
  const url = textAt(driver, "url");
  return [name, ...where, ...(url === undefined ? [] : [withoutCredentials(url)])].join(" ");
}

/** A trailing slash or an empty step is the same folder. */
function normal(folder: string): string {
  return folder === "" ? "" : posix.normalize(folder).replace(/(.)\/+$/, "$1");
}
