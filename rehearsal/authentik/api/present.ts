import type { Flavour } from "../flavours";
import type { Store } from "../store";
import type { Kind, Query } from "./kind";

/** Fields of a kind that the release does not know. */
export function lacks({ path }: Pick<Kind<never>, "path">, { flavour }: Store): readonly string[] {
  return flavour.lacks[path] ?? [];
}

/** A row as the release answers with it to whoever wrote it. */
export function presentWritten<Row extends object>(
  kind: Kind<Row>,
  row: Row,
  store: Store,
  query: Query,
  sent: unknown,
): object {
  const written = kind.presentWritten?.bind(kind);
  const shown = (each: Row) => written?.(each, store, query, Object(sent) as object) ?? {};
  return present(written ? { ...kind, present: shown } : kind, row, store, query);
}

/** A row as the release answers with it. */
export function present<Row extends object>(kind: Kind<Row>, row: Row, store: Store, query: Query): object {
  const lacked = lacks(kind, store);
  const shown = Object.entries(kind.present(row, store, query)).filter(([name]) => !lacked.includes(name));
  const added: Flavour["adds"][string] = store.flavour.adds[kind.path] ?? {};
  return { ...Object.fromEntries(shown), ...added };
}
