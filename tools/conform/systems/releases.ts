/** The newest of these releases that a server of some version can be: it is no older one. @throws Error below all of them */
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
