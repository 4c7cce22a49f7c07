/** The releases that the stand-in plays. */
export const RELEASES = ["2.1.15", "2.1.16", "2.1.17", "2.1.18", "2.1.19", "2.1.20"] as const;
export type ZotRelease = (typeof RELEASES)[number];
export const NEWEST: ZotRelease = "2.1.20";

/** Which release a process plays; the scripts of `flavours.ts` set it, since no environment passes through SSH and supervisors. */
export const RELEASE_VARIABLE = "ZOT_STANDIN_RELEASE";

const asked = process.env[RELEASE_VARIABLE] ?? NEWEST;
const played = RELEASES.findIndex((release) => release === asked);
if (played < 0)
  throw new Error(`${RELEASE_VARIABLE} is none of the releases ${RELEASES.join(", ")}: ${asked}`);

/** The release that this process stands in for. */
export const VERSION = `v${asked}`;

/** Whether it has what came with a release. The tags of zot's repository say since when (config.go, authn.go, authz.go, routes.go). */
export function has(since: ZotRelease): boolean {
  return played >= RELEASES.indexOf(since);
}
