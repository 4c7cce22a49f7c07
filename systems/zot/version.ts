/** Below this version, a group with create alone could overwrite the tag `latest` (zot commit ace12e2a). */
export const MINIMUM = "2.1.15";

/** Below this version, a push by digest with `?tag=` could move an existing tag (zot commit 22deb3bb). */
export const warnBelow = "2.1.19";

export interface Version {
  major: number;
  minor: number;
  patch: number;
  /** `rc2` of a future release. */
  candidate?: string;
}

/** A text that is not a zot version; zot prints `v2.1.20`, or `v2.1.20-3-gabcdef0` for a build between releases. */
export class VersionError extends Error {
  override readonly name = "VersionError";
  constructor(readonly text: string) {
    super(
      `"${text}" is not a zot version like 2.1.20; ask the host with \`zot --version\` (its field "commit" is the version)`,
    );
  }
}

/**
 * Reads `2.1.20`, `v2.1.20`, `v2.1.20-rc2` and git's `v2.1.20-3-gabcdef0`, which is newer than 2.1.20. Any other
 * suffix of the patch number is dropped.
 */
export function parse(text: string): Version {
  const match = /^v?(\d+)\.(\d+)\.(\d+)(?:[-+](.*))?$/.exec(text.trim());
  if (!match) throw new VersionError(text);
  const [candidate] =
    /^(?:rc|alpha|beta|pre|preview|dev|nightly|snapshot)(?![a-z])[.-]?\d*/i.exec(match[4] ?? "") ?? [];
  return {
    major: Number(match[1]),
    minor: Number(match[2]),
    patch: Number(match[3]),
    ...(candidate !== undefined && { candidate }),
  };
}

/** As `parse` reads it, without meaningless suffixes. */
export function shortVersion(text: string): string {
  const { major, minor, patch, candidate } = parse(text);
  return `${major}.${minor}.${patch}${candidate === undefined ? "" : `-${candidate}`}`;
}

/**
 * Negative if `a` is older than `b`, zero for the same release, positive if it is newer. A release candidate is older
 * than its release: it may lack keys of that release, and zot refuses unknown keys.
 */
export function compare(a: string, b: string): number {
  const [left, right] = [parse(a), parse(b)];
  return (
    left.major - right.major ||
    left.minor - right.minor ||
    left.patch - right.patch ||
    Number(left.candidate === undefined) - Number(right.candidate === undefined) ||
    (left.candidate ?? "").localeCompare(right.candidate ?? "", "en", { numeric: true, sensitivity: "base" })
  );
}

export function atLeast(version: string, least: string): boolean {
  return compare(version, least) >= 0;
}

/** The keys that each version knows; an older zot refuses unknown keys. */
export const SINCE = {
  groupsClaimMapping: "2.1.17",
  metricsAnonymousPolicy: "2.1.18",
  /** The first version after the last one that accepts no other login beside bearer tokens. */
  bearerBesideOthers: "2.1.21",
} as const;

const WEAKNESSES: readonly { fixedIn: string; weakness: string }[] = [
  {
    fixedIn: MINIMUM,
    weakness: "whoever may push new tags may also overwrite the tag `latest`",
  },
  {
    fixedIn: "2.1.16",
    weakness: "`docker push` with a valid key fails, because docker is never asked for its credentials",
  },
  {
    fixedIn: SINCE.groupsClaimMapping,
    weakness: "groups are read from the claim `groups` alone; another claim cannot be named",
  },
  {
    fixedIn: warnBelow,
    weakness: "whoever may push new tags may also overwrite any tag, by pushing a digest with `?tag=`",
  },
];

/** The bugs of this version that later ones fixed, worst last; each names the version to upgrade to. */
export function weaknesses(version: string): string[] {
  return WEAKNESSES.filter(({ fixedIn }) => !atLeast(version, fixedIn)).map(
    ({ fixedIn, weakness }) => `zot ${version}: ${weakness}; fixed in ${fixedIn}`,
  );
}
