import { doublestarMatches, isWellFormed } from "./glob-match";
import { commonName, isWithin, TooManyReadings } from "./glob-names";

/** A pattern that zot refuses, that matches no repository, or that does not mean what it looks like. */
export class GlobError extends Error {
  override readonly name = "GlobError";
  constructor(
    readonly glob: string,
    readonly problem: string,
    readonly hint: string,
  ) {
    super(`repository glob "${glob}" ${problem}; ${hint}`);
  }
}

/** The length that zot compares: bytes of the pattern as written. */
export function globLength(glob: string): number {
  return Buffer.byteLength(glob);
}

/** Whether zot lets `glob` match `repository`. A pattern that zot refuses matches nothing. */
export function globMatches(glob: string, repository: string): boolean {
  return doublestarMatches(glob, repository);
}

/** Whether `outer` certainly matches every repository in zot that `inner` matches. */
export function globContains(outer: string, inner: string): boolean {
  try {
    return isWithin(inner, outer);
  } catch (error) {
    if (error instanceof TooManyReadings) return false;
    throw error;
  }
}

/** A repository that zot may match with each of the globs, and not with the others; for messages. */
export function commonRepository(
  globs: readonly string[],
  others: readonly string[] = [],
): string | undefined {
  return commonName(globs, others)?.name;
}

/** Whether a glob wins over another one in zot, by its length, where both match. */
export function decidesIn(glob: string, other: string): boolean {
  return globLength(glob) > globLength(other) && commonRepository([glob, other]) !== undefined;
}

/** @throws GlobError if the pattern is malformed, cannot match any repository name, or is certainly a mistake. */
export function checkGlob(glob: string): void {
  const fail = (problem: string, hint: string) => {
    throw new GlobError(glob, problem, hint);
  };
  if (glob === "") fail("is empty", "write ** for all repositories");
  if (!isWellFormed(glob))
    fail("has a bracket, brace or backslash without its other half", "close it, or leave it out");
  // Also in a class: zot lowers its config's keys (viper), so [A-Z] would mean [a-z].
  const stranger = /[^a-z0-9._/\-*?{},[\]!^\\]/.exec(glob);
  if (stranger)
    fail(
      `holds "${stranger[0]}", which no repository name can hold`,
      "use a-z 0-9 . _ - / and the wildcards * ** ? [a-z] {a,b}",
    );
  if (/^\/|\/$|\/\//.test(glob))
    fail("starts, ends or goes on with a second /", "write it as team/app or team/**");
  if (/\*{3}/.test(glob)) fail("holds ***", "write * within a path segment, or ** as a whole segment");
  if (!matchesAnything(glob))
    fail(
      "matches no repository name",
      "each segment of a name starts and ends with a letter or digit, with single . _ __ or - between",
    );
}

/** A repository name, or all names below one: the usual globs. */
const NAME_OR_BELOW =
  /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*(?:\/\*\*)?$/;

/** @throws GlobError if it has too many readings to decide. */
export function matchesAnything(glob: string): boolean {
  if (NAME_OR_BELOW.test(glob)) return true;
  try {
    return commonName([glob]) !== undefined;
  } catch (error) {
    if (!(error instanceof TooManyReadings)) throw error;
    throw new GlobError(
      glob,
      `has more than ${error.most} ways to read its braces`,
      "write it as several shorter globs",
    );
  }
}
