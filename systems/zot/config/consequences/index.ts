import { areasOf } from "../areas";
import type { Tree } from "../read";
import { extentOfRight, registryOf, RIGHTS } from "../registry";
import { admins, isAdministered, noAdmins } from "./admins";
import { logins } from "./logins";
import { metrics } from "./metrics";
import { address, caches, storage } from "./places";
import { rights, describeRights, unjudged } from "./rights";
import { settings } from "./settings";
import type { Consequence, Intent } from "./types";

export { type Consequence, type Intent, type ConsequenceKind, KINDS } from "./types";

/** The line above the consequences in a run's output. The rehearsal searches for it. */
export const CONSEQUENCES_HEADING = "Consequences of this change:";

export function consequencesText(texts: readonly string[]): string {
  return [CONSEQUENCES_HEADING, ...texts.map((text) => `  ${text}`)].join("\n");
}

/**
 * The consequences of replacing a registry's config, for people, clients and data. Configs are compared by their
 * meaning: the order and the case of names, and spellings of a folder, are no change.
 */
export function consequences(host: Tree, desired: Tree, intent: Intent): Consequence[] {
  const [before, after] = [registryOf(host), registryOf(desired)];
  const all = [
    ...rights(before, after, intent),
    ...unjudged(before),
    ...admins(before, after),
    ...logins(host, desired, intent),
    ...address(host, desired),
    ...storage(host, desired),
    ...caches(host, desired, intent),
    ...metrics(host, desired, intent),
    ...settings(host, desired, intent),
  ];
  const rank = ({ kind, sign }: Consequence) => (kind ? 0 : ["loss", "gain", "neutral"].indexOf(sign) + 1);
  return all.sort((left, right) => rank(left) - rank(right));
}

/** Effects of a config whatever was there before. */
export function dangersOf(desired: Tree): Consequence[] {
  const registry = registryOf(desired);
  const areas = areasOf(registry, registry);
  const writes = RIGHTS.slice(1).filter((right) =>
    areas.some(({ witness }) => extentOfRight(registry, { kind: "anonymous" }, witness, right) > 0),
  );
  return [
    ...(writes.length > 0
      ? [
          {
            kind: "openPush",
            sign: "gain",
            who: "anonymous",
            text: `anonymous clients may ${describeRights(writes)}`,
          } as const,
        ]
      : []),
    ...(isAdministered(registry, areas) ? [] : [noAdmins]),
  ];
}
