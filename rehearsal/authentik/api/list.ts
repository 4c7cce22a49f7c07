import type { Store } from "../store";
import { type Kind, type Query, rightTo } from "./kind";
import { present } from "./present";
import { Refusal, refuse } from "./refusal";

const DEFAULT_PAGE_SIZE = 20;
const LARGEST_PAGE_SIZE = 100;

/** A list as authentik/api/pagination.py pages it. */
export function listAnswer<Row extends object>(
  kind: Kind<Row>,
  store: Store,
  query: Query,
  asker: number,
): object {
  refuseFilters(kind, store, query);
  const manages = store.may(asker, rightTo("view", kind));
  const conditions = Object.entries(kind.conditions ?? {}).filter(([name]) => (query.get(name) ?? "") !== "");
  const rows = [...kind.table(store).values()]
    .filter((row) => manages || (kind.shown?.(row, store, query, asker) ?? false))
    .filter((row) => !manages || (kind.listed?.(row, store, query, asker) ?? true))
    .filter((row) => conditions.every(([name, holds]) => holds(row, query.get(name) ?? "", store)))
    .filter((row) => kind.filters.every((name) => passes(row, name, query, kind.multiple ?? [])))
    .filter((row) => contains(row, kind.search, query.get("search") ?? ""))
    .sort(comparing(orderOf(kind, query)));
  const size = Math.min(positive(query.get("page_size")) ?? DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE);
  const pages = Math.max(1, Math.ceil(rows.length / size));
  const current = query.has("page") ? positive(query.get("page")) : 1;
  if (current === undefined || current > pages) throw refuse(404, "Invalid page.");
  const start = (current - 1) * size;
  const page = rows.slice(start, start + size);
  return {
    pagination: {
      next: current < pages ? current + 1 : 0,
      previous: current - 1,
      count: rows.length,
      current,
      total_pages: pages,
      start_index: rows.length === 0 ? 0 : start + 1,
      end_index: start + page.length,
    },
    results: page.map((row) => present(kind, row, store, query)),
    autocomplete: {},
  };
}

function refuseFilters<Row extends object>(kind: Kind<Row>, store: Store, query: Query): void {
  const errors = Object.entries(kind.filterProblem ?? {}).flatMap(([name, problemOf]) => {
    const problems = query
      .getAll(name)
      .flatMap((value) => (value === "" ? [] : (problemOf(value, store) ?? [])));
    return problems.length > 0 ? [[name, problems] as const] : [];
  });
  if (errors.length > 0) throw new Refusal(400, Object.fromEntries(errors));
}

/** A filter of choices, such as that of a flow's designation. */
export const oneOf =
  (...choices: readonly string[]) =>
  (value: string): string | undefined =>
    choices.includes(value)
      ? undefined
      : `Select a valid choice. ${value} is not one of the available choices.`;

function passes(row: object, name: string, query: Query, multiple: readonly string[]): boolean {
  const wanted = query.getAll(name).filter((value) => value !== "");
  if (wanted.length === 0) return true;
  const value: unknown = Reflect.get(row, name);
  const mine = (Array.isArray(value) ? value : [value ?? ""]).map(String);
  const asked = multiple.includes(name) ? wanted : wanted.slice(-1);
  return asked.some((each) => mine.includes(each));
}

/** Every word has to stand in one of the properties, in any case (rest_framework.filters.SearchFilter). */
function contains(row: object, properties: readonly string[], search: string): boolean {
  const words = search
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((word) => word !== "");
  return words.every((word) =>
    properties.some((name) => String(Reflect.get(row, name)).toLowerCase().includes(word)),
  );
}

function orderOf<Row extends object>(kind: Kind<Row>, query: Query): readonly string[] {
  const asked = (query.get("ordering") ?? "")
    .split(",")
    .filter((name) => name.replace(/^-/, "") in kind.fields);
  return asked.length > 0 ? asked : kind.order;
}

function comparing(properties: readonly string[]): (a: object, b: object) => number {
  return (a, b) => {
    for (const property of properties) {
      const name = property.replace(/^-/, "");
      const order = compare(Reflect.get(a, name), Reflect.get(b, name));
      if (order !== 0) return property.startsWith("-") ? -order : order;
    }
    return 0;
  };
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}

function positive(text: string | null): number | undefined {
  return text !== null && /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
}
