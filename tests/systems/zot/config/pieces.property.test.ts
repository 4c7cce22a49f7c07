import fc from "fast-check";
import { consequences, type Consequence } from "../../../../systems/zot/config/consequences";
import { isBelow } from "../../../../systems/zot/config/overlay";
import type { Tree } from "../../../../systems/zot/config/read";
import { PROGRAM_PARTS } from "../../../../systems/zot/config/render";
import { BEARER, bits, changedAt, type Path, placesIn, WHOLE, written } from "./support/whole";

/*
 * A config that uses everything: whichever piece of it goes is told, whichever way in, address or folder changes is told, and the case
 * of its names changes nothing.
 */
const names = (path: Path) => path.map(String);
const isProgramPart = (path: Path) => PROGRAM_PARTS.some((top) => isBelow(names(path), top));
const all = (host: Tree, desired: Tree): Consequence[] =>
  consequences(host, desired, { zotVersion: "2.1.20", adopting: true });
const place = fc
  .constantFrom(WHOLE, BEARER)
  .chain((config) =>
    fc
      .constantFrom(...placesIn(config).filter((path) => !isProgramPart(path)))
      .map((path) => ({ config, path })),
  );

test("the case of names, on either side, changes nothing", () => {
  fc.assert(
    fc.property(fc.constantFrom(WHOLE, BEARER), bits, bits, (config, one, other) => {
      expect(all(written(config, one), written(config, other))).toEqual([]);
    }),
  );
});

const untold = (
  lines: (config: Tree, path: Path) => readonly Consequence[],
  isMeant: (config: Tree, path: Path) => boolean = () => true,
) =>
  [WHOLE, BEARER].flatMap((config) =>
    placesIn(config)
      .filter((path) => !isProgramPart(path) && isMeant(config, path) && lines(config, path).length === 0)
      .map((path) => path.join(".")),
  );
const losses = (host: Tree, desired: Tree) => all(host, desired).filter(({ sign }) => sign === "loss");
const without = (config: Tree, path: Path) => changedAt(config, path, () => undefined) as Tree;

test("every removed piece of a config is reported as a loss", () => {
  expect(untold((config, path) => losses(config, without(config, path)))).toEqual([]);
});

test("and in whatever case either side writes it, without a secret", () => {
  fc.assert(
    fc.property(place, bits, bits, ({ config, path }, one, other) => {
      const lines = losses(written(config, one), written(without(config, path), other));
      expect(lines).not.toEqual([]);
      expect(JSON.stringify(lines)).not.toMatch(/secret@|Bearer x/);
    }),
  );
});

/** By which people and machines come in, where things are, and what is fetched from elsewhere. */
const LEADS = [
  ["http", "address"],
  ["http", "port"],
  ["http", "tls"],
  ["http", "auth"],
  ["storage", "rootDirectory"],
  ["storage", "subPaths"],
  ["storage", "storageDriver"],
  ["storage", "cacheDriver"],
  ["extensions", "sync", "registries"],
];
/** How these are reached, and what is kept there for how long: nobody is locked out by another value. */
const STAYS = [
  /^http\.auth\.(failDelay|session|openid\.callbackAllow)/,
  /^http\.auth\.(ldap\.(credentialsFile|startTLS)|openid\.providers\.(github\.client|oidc\.name)|bearer\.awsSecretsManager\.refresh)/,
  /^storage\.(subPaths\.[^.]*\.(gc|dedupe|retention)|storageDriver\.secure)/,
];

test("every changed login, address, folder or cache is reported", () => {
  const another = (value: unknown) => {
    if (typeof value === "string") return `${value}-2`;
    if (typeof value === "number") return value + 1;
    return typeof value === "boolean" ? !value : value;
  };
  const leads = (path: Path) =>
    LEADS.some((top) => isBelow(names(path), top)) && !STAYS.some((each) => each.test(path.join(".")));
  const isValue = (config: Tree, path: Path) => {
    let found: unknown;
    changedAt(config, path, (value) => (found = value));
    return typeof found !== "object";
  };
  const isLed = (config: Tree, path: Path) => leads(path) && isValue(config, path);
  expect(untold((config, path) => all(config, changedAt(config, path, another) as Tree), isLed)).toEqual([]);
});
