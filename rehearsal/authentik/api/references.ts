import type { Store } from "../store";
import { display, field, type Field, Invalid, pythonType } from "./fields";

type Tables = {
  [Name in keyof Store]: Store[Name] extends Map<infer _Key, infer _Row> ? Name : never;
}[keyof Store];

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

/** The primary key of a row that exists in one of the tables (rest_framework.relations.PrimaryKeyRelatedField). */
export function reference(tables: readonly Tables[], options: { numeric?: boolean } = {}): Field {
  return field((value, store) => {
    const key = options.numeric === true ? numericKey(value) : uuidKey(value);
    const exists = tables.some((name) => (store[name] as ReadonlyMap<unknown, unknown>).has(key));
    if (!exists) throw new Invalid([`Invalid pk "${display(value)}" - object does not exist.`]);
    return key;
  });
}

/** A reference to rows that satisfy a condition besides, e.g. stages of one kind. */
export function referenceTo(table: Tables, suits: (row: object) => boolean): Field {
  const inner = reference([table]);
  return field((value, store, self) => {
    const key = inner.parse(value, store, self);
    const row = (store[table] as ReadonlyMap<unknown, object>).get(key);
    if (!row || !suits(row)) throw new Invalid([`Invalid pk "${display(value)}" - object does not exist.`]);
    return key;
  });
}

/** Points at things that the stand-in does not have: captcha stages, sources, expression policies. */
export const nothing = (): Field =>
  field((value) => {
    uuidKey(value);
    throw new Invalid([`Invalid pk "${display(value)}" - object does not exist.`]);
  });

/** Sets of references: the first bad entry is named alone. No order is kept: theirs is that of their keys, which are drawn. */
export const references = (item: Field): Field =>
  field((value, store, self) => {
    if (!Array.isArray(value))
      throw new Invalid([`Expected a list of items but got type "${pythonType(value)}".`]);
    return [...new Set(value.map((each: unknown) => item.parse(each, store, self)))].sort();
  });

/** One row for each value; `message` as the model words it. */
export function unique(
  table: Tables,
  key: string,
  inner: Field,
  message = "This field must be unique.",
): Field {
  return {
    ...inner,
    parse(value, store, self) {
      const parsed = inner.parse(value, store, self);
      for (const row of (store[table] as ReadonlyMap<unknown, object>).values()) {
        if (row !== self && Reflect.get(row, key) === parsed) throw new Invalid([message]);
      }
      return parsed;
    },
  };
}

function uuidKey(value: unknown): string {
  if (typeof value !== "string") {
    throw new Invalid([`Incorrect type. Expected pk value, received ${pythonType(value)}.`]);
  }
  if (!UUID.test(value)) throw new Invalid([`“${value}” is not a valid UUID.`]);
  return value.toLowerCase();
}

function numericKey(value: unknown): number {
  const number = typeof value === "string" ? Number(value) : value;
  if (typeof number === "number" && Number.isInteger(number)) return number;
  throw new Invalid([`Incorrect type. Expected pk value, received ${pythonType(value)}.`]);
}
