import type { Store } from "../store";
import type { Field } from "./fields";

/** Query parameters as they came; a repeated one has several values. */
export type Query = URLSearchParams;

/** One type of object that the REST API serves, in terms of a row of the store. */
export interface Kind<Row extends object> {
  /** Below /api/v3/, without slashes at the ends. */
  readonly path: string;
  /** Django's app that it belongs to, by which rights are named. */
  readonly app: string;
  /** How Django calls the model, in its 404s and in rights. */
  readonly model: string;
  table(store: Store): Map<string | number, Row>;
  /** What stands in the URL of one object. */
  id(row: Row): string;
  readonly fields: Readonly<Record<string, Field>>;
  /** A row with the model's defaults, before the request's values are put over them; absent: the API creates none here. */
  create?(store: Store, asker: number): Row;
  /** The real one takes writes, and says so; here they are refused. */
  readonly writtenThere?: true;
  /** What no single field can check; a string is the text of `non_field_errors`. */
  validate?(
    next: Row,
    sent: Partial<Row>,
    store: Store,
    self: Row | undefined,
  ): string | Record<string, string[]> | undefined;
  /** Values of what was not sent, on an update too. */
  unsent?(sent: Partial<Row>, asker: number, store: Store, self: Row | undefined): Partial<Row>;
  /** Takes over what a row does not hold itself. */
  assigned?(row: Row, clean: Record<string, unknown>, store: Store): void;
  present(row: Row, store: Store, query: Query): object;
  /** The answer to a request that wrote it, where that is another one. */
  presentWritten?(row: Row, store: Store, query: Query, sent: object): object;
  /** Deletes or clears what pointed at the row, as the database's constraints do. */
  removed?(row: Row, store: Store): void;
  /** Query parameters that a list is narrowed by: those of the row's own properties. */
  readonly filters: readonly (keyof Row & string)[];
  /** Parameters that a list is narrowed by otherwise. */
  readonly conditions?: Readonly<Record<string, (row: Row, value: string, store: Store) => boolean>>;
  /** What is wrong with the value of a parameter; undefined: nothing. */
  readonly filterProblem?: Readonly<Record<string, (value: string, store: Store) => string | undefined>>;
  /** Of those, which may be given several times, to mean any of them. */
  readonly multiple?: readonly string[];
  readonly search: readonly (keyof Row & string)[];
  readonly order: readonly (keyof Row & string)[];
  /** What a list shows to somebody without rights; absent: they may not ask. */
  shown?(row: Row, store: Store, query: Query, asker: number): boolean;
  /** Of kinds that everybody has of their own: whose it is. Without rights one makes and manages one's own, and finds no others. */
  owner?(row: Row): number;
  /** Whether the row shows in lists; a single read is not narrowed by it. */
  listed?(row: Row, store: Store, query: Query, asker: number): boolean;
}

/** What Django calls the right to do something to objects of a kind. */
export function rightTo(
  verb: "view" | "add" | "change" | "delete",
  { app, model }: Pick<Kind<never>, "app" | "model">,
): string {
  return `${app}.${verb}_${model.toLowerCase()}`;
}
