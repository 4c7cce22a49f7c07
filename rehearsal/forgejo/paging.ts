import type { Flavour } from "./flavours";

const DEFAULT_LIMIT = 30;
const MAXIMUM_LIMIT = 50;

/**
 * One page of a list, by `page` (from 1; what 0 is depends on the server, and none is 0) and `limit`. Source: Forgejo's
 * `utils.GetListOptions` and the defaults of its `[api]` section.
 */
export function pageOf<T>(
  all: readonly T[],
  query: { page?: string; limit?: string },
  pageZero: Flavour["pageZero"] = "the first page",
): readonly T[] {
  const given = Number(query.page ?? 0) || 0;
  if (given === 0 && pageZero === "the whole list") return all;
  const page = Math.max(1, given);
  const asked = Number(query.limit ?? DEFAULT_LIMIT) || DEFAULT_LIMIT;
  const limit = Math.min(asked, MAXIMUM_LIMIT);
  return all.slice((page - 1) * limit, page * limit);
}
