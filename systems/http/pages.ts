import { type Peer, SystemError } from "./errors";

/** A thousand pages of a hundred: ten times the lists of a large installation. */
const MAX_PAGES = 1000;

export interface PageOf<T> {
  readonly items: readonly T[];
  /** Number of the next page; undefined: this is the last. */
  readonly next: number | undefined;
}

interface Listing {
  readonly peer: Peer;
  readonly action: string;
  readonly where: string | URL;
  readonly maxPages?: number;
}

/** A list without an end. */
export class EndlessListError extends SystemError {
  override readonly name = "EndlessListError";
  constructor({ peer, ...asked }: Listing, problem: string) {
    super({
      ...asked,
      problem,
      hint: `see whether ${peer.setting} is the address of ${peer.name}, and its log`,
    });
  }
}

/**
 * All items of a paged list.
 *
 * @param key identifies an item: a page without a new item ends the reading, because the next page would have none
 * either
 * @throws EndlessListError
 */
export async function allPages<T>(
  listing: Listing,
  ask: (page: number) => Promise<PageOf<T>>,
  key: (item: T) => unknown,
): Promise<T[]> {
  const { maxPages = MAX_PAGES } = listing;
  const all = new Map<unknown, T>();
  let page = 1;
  for (let count = 1; ; count++) {
    const { items, next } = await ask(page);
    const before = all.size;
    for (const item of items) all.set(key(item), item);
    if (next === undefined) return [...all.values()];
    if (next <= page || all.size === before)
      throw new EndlessListError(
        listing,
        `page ${page} of the list names page ${next} as the next and holds nothing new`,
      );
    if (count === maxPages) throw new EndlessListError(listing, `the list has more than ${maxPages} pages`);
    page = next;
  }
}
