import { z } from "zod";
import { ConnectError, type Item } from "./types";

const operations = z.array(
  z.object({
    op: z.enum(["add", "remove", "replace"]),
    path: z.string().startsWith("/"),
    value: z.unknown().optional(),
  }),
);
type Tree = Record<string, unknown>;

/**
 * Applies a PATCH to an item. Paths are those of JSON Patch, but entries of `fields` and `sections` go by their ids.
 *
 * @returns what a client would have to send to get the patched item by a PUT.
 * @throws ConnectError 400: no array, an unknown operation, a path that leads nowhere.
 */
export function patched(item: Item, body: unknown): unknown {
  const parsed = operations.safeParse(body);
  if (!parsed.success)
    throw new ConnectError(400, "Invalid patch: an array of add, remove and replace is needed");
  const copy = structuredClone(item) as unknown as Tree;
  for (const { op, path, value } of parsed.data) {
    const steps = path.slice(1).split("/");
    const last = steps.pop() ?? "";
    const parent = steps.reduce<unknown>((at, step) => child(at, step), copy);
    apply(parent, last, op, value);
  }
  return copy;
}

function child(at: unknown, step: string): unknown {
  if (Array.isArray(at)) return at[indexOf(at, step)];
  const found = typeof at === "object" && at !== null ? (at as Tree)[step] : undefined;
  if (found === undefined) throw new ConnectError(400, `Invalid patch: nothing at ${step}`);
  return found;
}

function apply(parent: unknown, key: string, op: "add" | "remove" | "replace", value: unknown): void {
  if (Array.isArray(parent)) {
    if (op === "add") parent.push(value);
    else if (op === "remove") parent.splice(indexOf(parent, key), 1);
    else parent[indexOf(parent, key)] = value;
    return;
  }
  const tree = parent as Tree;
  const list = tree[key];
  // Adding to a list by its own path appends, as Connect documents for `/fields`.
  if (op === "add" && Array.isArray(list)) list.push(value);
  else if (op === "remove") Reflect.deleteProperty(tree, key);
  else tree[key] = value;
}

function indexOf(list: unknown[], step: string): number {
  const byId = list.findIndex((entry) => (entry as { id?: string } | null)?.id === step);
  const index = byId === -1 && /^\d+$/.test(step) ? Number(step) : byId;
  if (index < 0 || index >= list.length) throw new ConnectError(400, `Invalid patch: nothing at ${step}`);
  return index;
}
