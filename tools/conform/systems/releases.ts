/**
 * The newest of these releases that is not newer than the server's version. @throws Error if the server is older than
 * all of them
 */
export function newestUpTo(version: string, releases: readonly string[]): string {
  const own = numbers(version);
  const known = releases.filter(
    (release) => compare(numbers(release), own.slice(0, numbers(release).length)) <= 0,
  );
  const newest = known.sort((one, other) => compare(numbers(one), numbers(other))).at(-1);
  if (newest === undefined)
    throw new Error(`version ${version} is older than ${releases.join(", ")}, which the stand-in plays`);
  return newest;
}

/**
 * Whether a server of this version belongs to a release: a prerelease such as `2026.5.0-rc1` or `1.27.0+dev-3` may
 * lack some of it.
 */
export function isRelease(version: string, flavour: string): boolean {
  const release = numbers(flavour);
  return !isPrerelease(version) && compare(release, numbers(version).slice(0, release.length)) === 0;
}

/** What the reader must know of a comparison with the stand-in of a release that the server is not of; undefined: nothing. */
export function nearness(version: string, flavour: string, flavours: readonly string[]): string | undefined {
  if (isRelease(version, flavour)) return undefined;
  const why = isPrerelease(version)
    ? `is a prerelease, and may lack what its release has`
    : "is none of the releases that the stand-in plays";
  return `${version} ${why}: it was compared as ${flavour}; --flavour chooses another of ${flavours.join(", ")}`;
}

function isPrerelease(version: string): boolean {
  return /^v?\d+(?:\.\d+)*(?:-|\+dev)/.test(version);
}

function numbers(text: string): number[] {
  return (/\d+(?:\.\d+)*/.exec(text)?.[0] ?? "").split(".").map(Number);
}

function compare(one: readonly number[], other: readonly number[]): number {
  const at = one.findIndex((number, index) => number !== other[index]);
  return at < 0 ? 0 : (one[at] ?? 0) - (other[at] ?? 0);
}

/** @throws Error that says what to set */
export function needed(environment: NodeJS.ProcessEnv, name: string): string {
  const value = environment[name];
  if (value === undefined || value === "")
    throw new Error(`${name} is missing or empty: set it in the environment`);
  return value;
}
