import { EVERY_REPOSITORY } from "./access";
import { globLength } from "./glob";
import { commonName } from "./glob-names";

/** A pusher's glob whose rule zot would use, at least sometimes, for repositories below pull-through caches. */
export interface CacheReach {
  readonly glob: string;
  readonly caches: readonly string[];
  /** One such repository, below the first of the caches. */
  readonly repository: string;
}

/** If a glob begins with a name, everything that it allows to push has that prefix. */
const NAMES_ITS_PLACE = /^[a-z0-9._-]+(?:\/|$)/;

/**
 * Where pushers could push below a cache. zot uses the longest glob that matches, as written, and a random one of
 * several with that length, so a glob must be shorter than each cache that it overlaps, or lose to a longer glob
 * there. With a cache of everything, every name belongs to it: a glob must begin with a name of its own.
 *
 * @param others further globs with rules, such as exceptions: if one of `writable` is among them, it is judged too
 */
export function cacheReaches(
  writable: readonly string[],
  caches: readonly string[],
  others: readonly string[] = [],
): CacheReach[] {
  return [...new Set(writable)].flatMap((glob) => {
    const longer = [...caches, ...others].filter((other) => globLength(other) > globLength(glob));
    const reached = caches
      .filter((cache) => globLength(cache) <= globLength(glob))
      .filter((cache) => cache !== EVERY_REPOSITORY || !NAMES_ITS_PLACE.test(glob))
      .flatMap((cache) => {
        const common = commonName([glob, cache], longer);
        return common ? [{ cache, repository: common.name }] : [];
      });
    const [first] = reached;
    return first ? [{ glob, caches: reached.map(({ cache }) => cache), repository: first.repository }] : [];
  });
}

/** The problem of such a glob, and the fix. */
export function reachProblem({ glob, caches, repository }: CacheReach): { problem: string; fix: string } {
  const [cache = ""] = caches;
  if (cache === EVERY_REPOSITORY)
    return {
      problem: `would let it push to ${repository}, and zot pulls through every name that it does not have (${cache})`,
      fix:
        "begin it with the name of what it pushes, for instance team/**, or give the cache a place of its own: destination of its " +
        "content in zot.config's extensions.sync",
    };
  const tie = cache !== glob && globLength(cache) === globLength(glob);
  const chance = tie ? " at random, since zot takes either of two globs of the same length" : "";
  return {
    problem: `would let it push to ${repository}${chance}: only zot may fill what it pulls through below ${caches.join(", ")}`,
    fix:
      "list what it pushes to by globs that match nothing there, for instance team/**, or leave out what is there by a longer glob " +
      "in except",
  };
}
