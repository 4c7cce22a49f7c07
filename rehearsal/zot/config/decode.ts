import { parseGoDuration } from "../go";
import type { Shape } from "./shape";

export type Decoded = string | number | boolean | undefined | Decoded[] | { [key: string]: Decoded };
type Tree = Record<string, unknown>;

/** All that does not fit, in the words and the order of mapstructure, which zot prints as they are. */
export class DecodeError extends Error {
  override readonly name = "DecodeError";
  constructor(problems: string[]) {
    super(`decoding failed due to the following error(s):\n\n${problems.join("\n")}`);
  }
}

/**
 * A file's content as zot reads it: viper lowers every key and drops nulls and empty maps, mapstructure matches the keys
 * without regard to case and converts between scalars ("5000" and 5000, "true" and true, one string and a list of one).
 *
 * @returns the same tree, keyed by the names of the shape
 * @throws DecodeError
 */
export function decode(shape: Shape, content: Tree, rootName: string): { [key: string]: Decoded } {
  const problems: string[] = [];
  const decoded = new Decoder(rootName, problems).value(shape, normalise(content) ?? {}, "");
  if (problems.length > 0) throw new DecodeError(problems);
  return decoded as { [key: string]: Decoded };
}

function normalise(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => normaliseKeys(each));
  if (!isTree(value)) return value ?? undefined;
  const entries = Object.entries(value)
    .map(([key, each]) => [key.toLowerCase(), normalise(each)] as const)
    .filter(([, each]) => each !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** Within lists viper lowers the keys and keeps the rest. */
function normaliseKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normaliseKeys);
  if (!isTree(value)) return value ?? undefined;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key.toLowerCase(), normaliseKeys(each)]),
  );
}

export function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

class Decoder {
  constructor(
    private readonly rootName: string,
    private readonly problems: string[],
  ) {}

  value(shape: Shape, value: unknown, path: string): Decoded {
    if (value === undefined) return undefined;
    if (typeof shape === "string") return this.scalar(shape, value, path);
    if ("list" in shape) return this.list(shape.list, value, path);
    if (!isTree(value)) {
      this.mismatch(path, "map", value);
      return;
    }
    if ("map" in shape) {
      return Object.fromEntries(
        Object.entries(value).map(([key, each]) => [key, this.value(shape.map, each, `${path}[${key}]`)]),
      );
    }
    return this.fields(shape.fields, value, path);
  }

  private fields(fields: Record<string, Shape>, value: Tree, path: string): Decoded {
    const rest = new Map(Object.entries(value));
    const decoded: { [key: string]: Decoded } = {};
    for (const [name, shape] of Object.entries(fields)) {
      const key = name.toLowerCase();
      if (!rest.has(key)) continue;
      decoded[name] = this.value(shape, rest.get(key), path === "" ? name : `${path}.${name}`);
      rest.delete(key);
    }
    if (rest.size > 0) {
      const unknown = [...rest.keys()].sort().join(", ");
      this.problems.push(`'${path === "" ? this.rootName : path}' has invalid keys: ${unknown}`);
    }
    return decoded;
  }

  private list(shape: Shape, value: unknown, path: string): Decoded {
    if (isTree(value) && Object.keys(value).length === 0) return [];
    const items: unknown[] = Array.isArray(value) ? value : [value];
    return items.map((each, index) => this.value(shape, each, `${path}[${index}]`));
  }

  private scalar(kind: string, value: unknown, path: string): Decoded {
    if (kind === "any") return value as Decoded;
    if (isTree(value) || Array.isArray(value)) {
      this.mismatch(path, kind, value);
      return;
    }
    const text = String(value);
    switch (kind) {
      case "string":
        return typeof value === "boolean" ? String(Number(value)) : text;
      case "bool":
        return typeof value === "string" ? this.bool(value, path) : Boolean(value);
      case "duration":
        return typeof value === "string" ? this.duration(value, path) : Math.trunc(Number(value));
      default:
        return this.integer(text, path);
    }
  }

  private bool(text: string, path: string): Decoded {
    if (/^(1|t|T|TRUE|true|True)$/.test(text)) return true;
    if (/^(|0|f|F|FALSE|false|False)$/.test(text)) return false;
    return this.problem(path, "cannot parse value as 'bool': strconv.ParseBool: invalid syntax");
  }

  private duration(text: string, path: string): Decoded {
    return parseGoDuration(text) ?? this.problem(path, "time: invalid duration");
  }

  private integer(text: string, path: string): Decoded {
    const number = Number(text);
    if (!Number.isNaN(number)) return Math.trunc(number);
    return this.problem(path, "cannot parse value as 'int': strconv.ParseInt: invalid syntax");
  }

  private mismatch(path: string, expected: string, value: unknown): Decoded {
    const actual = Array.isArray(value)
      ? "[]interface {}"
      : isTree(value)
        ? "map[string]interface {}"
        : typeof value;
    return this.problem(path, `expected type '${expected}', got unconvertible type '${actual}'`);
  }

  /** Notes it; the value is then none. */
  private problem(path: string, text: string): Decoded {
    this.problems.push(`'${path === "" ? this.rootName : path}' ${text}`);
    return undefined;
  }
}
