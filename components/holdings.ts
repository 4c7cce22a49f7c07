/** Who uses a key, and the id of the one that they have: in a run of some targets, that may be a former one. */
export interface Holding {
  readonly holder: string;
  readonly uuid: string;
}

/** One holding for each key: the first of those who have it, and how many more there are. */
export function holdingsOf(
  holders: readonly { readonly holder: string; readonly uuid: string | undefined }[],
): Holding[] {
  const byKey = new Map<string, string[]>();
  for (const { holder, uuid } of holders) {
    if (uuid !== undefined && uuid !== "") byKey.set(uuid, [...(byKey.get(uuid) ?? []), holder]);
  }
  return [...byKey].map(([uuid, [first = "", ...more]]) => ({
    uuid,
    holder: more.length > 0 ? `${first} and ${more.length} more` : first,
  }));
}
