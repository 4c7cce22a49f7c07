/** A consumer of a key, and the key's id: after a run with --target it may have a former key. */
export interface KeyConsumer {
  readonly holder: string;
  readonly uuid: string;
}

/** One entry for each key: its first consumer, and the number of others. */
export function consumersOf(
  holders: readonly { readonly holder: string; readonly uuid: string | undefined }[],
): KeyConsumer[] {
  const byKey = new Map<string, string[]>();
  for (const { holder, uuid } of holders) {
    if (uuid !== undefined && uuid !== "") byKey.set(uuid, [...(byKey.get(uuid) ?? []), holder]);
  }
  return [...byKey].map(([uuid, [first = "", ...more]]) => ({
    uuid,
    holder: more.length > 0 ? `${first} and ${more.length} more` : first,
  }));
}
