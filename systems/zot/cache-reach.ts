import { globLength } from "./glob";
import { commonName } from "./glob-names";

/** A glob that somebody pushes by, whose rule zot would take, at least at times, for repositories below pull-through caches. */
export interface CacheReach {
  readonly glob: string;
  readonly caches: readonly string[];
  /** One such repository, below the first of the caches. */
  readonly repository: string;
}

/**
 * Where pushers could push below a cache. zot takes the longest glob that matches, as it is written, and a random one of
 * several of that length: so a glob must be shorter than each cache that it overlaps with, or lose to a longer cache there.
 */
export function cacheReaches(writable: readonly string[], caches: readonly string[]): CacheReach[] {
  return [...new Set(writable)].flatMap((glob) => {
    const longer = caches.filter((other) => globLength(other) > globLength(glob));
    const reached = caches
      .filter((cache) => globLength(cache) <= globLength(glob))
      .flatMap((cache) => {
        const common = commonName([glob, cache], longer);
        return common ? [{ cache, repository: common.name }] : [];
      });
    const [first] = reached;
    return first ? [{ glob, caches: reached.map(({ cache }) => cache), repository: first.repository }] : [];
  });
}

/** What is wrong with such a glob, and what to write instead. */
export function reachProblem({ glob, caches, repository }: CacheReach): { problem: string; fix: string } {
  const [cache = ""] = caches;
  const tie = cache !== glob && globLength(cache) === globLength(glob);
  const chance = tie ? " at random, since zot takes either of two globs of the same length" : "";
  return {
    problem: `would let it push to ${repository}${chance}: only zot may fill what it pulls through below ${caches.join(", ")}`,
    fix: "list what it pushes to by globs that match nothing there, for instance team/**",
  };
}
