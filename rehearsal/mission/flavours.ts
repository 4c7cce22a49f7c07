import { type Release, RELEASES } from "../authentik/flavours";
import { FLAVOURS, type FlavourName } from "../forgejo/flavours";
import { RELEASES as ZOT_RELEASES, type ZotRelease } from "../zot/version";

/** Which release each stand-in plays; one that is left out plays what it plays by itself. */
export interface Flavours {
  readonly authentik?: Release;
  readonly forgejo?: FlavourName;
  readonly zot?: ZotRelease;
}

const KNOWN: ReadonlyMap<string, Flavours> = new Map<string, Flavours>([
  ...RELEASES.map((authentik) => [`authentik=${authentik}`, { authentik }] as const),
  ...(Object.keys(FLAVOURS) as FlavourName[])
    .filter((forgejo) => forgejo !== "strictest")
    .map((forgejo) => [forgejo, { forgejo }] as const),
  ...ZOT_RELEASES.map((zot) => [`zot=${zot}`, { zot }] as const),
]);

/** All of them, as `--flavour` takes them. */
export const FLAVOUR_NAMES = [...KNOWN.keys()];

/** Variables that put a real part in the place of the stand-in. */
const REAL: Readonly<Record<keyof Flavours, string>> = {
  authentik: "AUTHENTIK_URL",
  forgejo: "FORGEJO_URL",
  zot: "ZOT_BINARY",
};

/**
 * What the arguments choose. @param names of `--flavour`, one a system
 * @throws Error that names what is not known, what is chosen twice, and what is real
 */
export function flavoursOf(names: readonly string[], environment: NodeJS.ProcessEnv): Flavours {
  const problems: string[] = [];
  const chosen: Flavours = {};
  for (const name of names) {
    const flavour = KNOWN.get(name);
    const [system] = Object.keys(flavour ?? {}) as (keyof Flavours)[];
    if (!flavour || !system) problems.push(`${name} is none of ${FLAVOUR_NAMES.join(", ")}`);
    else if (chosen[system] !== undefined) problems.push(`${name}: ${system} has a flavour already`);
    else if (environment[REAL[system]] !== undefined)
      problems.push(`${name}: ${REAL[system]} names a real one, which plays no flavour; unset it`);
    Object.assign(chosen, flavour);
  }
  if (problems.length > 0) throw new Error(problems.map((problem) => `--flavour ${problem}`).join("\n"));
  return chosen;
}
