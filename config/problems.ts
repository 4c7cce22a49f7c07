import { closest, distance } from "fastest-levenshtein";
import { z } from "zod";

/** One problem of the settings. A value is described only by its shape, because any value may be a secret. */
export interface Problem {
  /** `zot-access:host.port`, `zot-access:forgejo.repositories[0].secrets.NAME` */
  readonly path: string;
  readonly problem: string;
  readonly fix: string;
}

/** Every problem of a stack's settings at once. Nothing was contacted when it is thrown. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";

  constructor(
    readonly problems: readonly Problem[],
    where = "the stack's settings",
  ) {
    const lines = problems.map(({ path, problem, fix }) => `  ${path} ${problem}\n    → ${fix}`);
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super(`${count} in ${where}; nothing was changed:\n${lines.join("\n")}`);
  }
}

export function formatPath(namespace: string, path: readonly PropertyKey[]): string {
  const joined = path.reduce<string>((sofar, part) => {
    if (typeof part === "number") return `${sofar}[${part}]`;
    return sofar === "" ? String(part) : `${sofar}.${String(part)}`;
  }, "");
  return `${namespace}:${joined}`;
}

/** "text of 12 characters", "a list of 2", …: enough to recognise a value, without showing it. */
export function shapeOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (typeof value === "string") return value === "" ? "empty text" : `text of ${value.length} characters`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object") return "a map";
  return `a ${typeof value}`;
}

/** The known name that was probably meant, or undefined if none is similar. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const candidate = closest(name, [...known]);
  return distance(name.toLowerCase(), candidate.toLowerCase()) <= Math.max(2, name.length / 3)
    ? candidate
    : undefined;
}

/** The fix for an unknown name of a pusher. */
export function otherName(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  if (meant !== undefined) return `did you mean ${meant}?`;
  return known.length === 0
    ? `add it: pushers: {${name}: {in: [its repositories]}}`
    : `there are ${known.join(", ")}`;
}

export function unknownName(path: string, name: string, known: readonly string[]): Problem {
  const meant = nearest(name, known);
  return {
    path,
    problem: "is not a setting",
    fix: meant === undefined ? `known here: ${known.join(", ")}` : `did you mean ${meant}?`,
  };
}

type Issue = z.core.$ZodIssue;

/** Hints for the problems of one kind of file. */
export interface Help {
  /** How to add a missing value. */
  readonly add: (path: string) => string;
  /** Where the format is described. */
  readonly see: string;
}

const OF_SETTINGS: Help = {
  add: (path) => `set it: pulumi config set --path '${path}' VALUE`,
  see: "docs/settings.md",
};

/** Turns one of zod's issues into problems, with the value found at its path described by its shape. */
export function explain(
  issue: Issue,
  root: unknown,
  describe: (path: readonly PropertyKey[]) => string,
  schema: z.ZodType,
  help = OF_SETTINGS,
): Problem[] {
  const value = valueAt(root, issue.path);
  const path = describe(issue.path);
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys(schema, issue.path, root);
    return issue.keys.map((key) => unknownName(describe([...issue.path, key]), key, known));
  }
  if (value === undefined) return [{ path, problem: "is missing", fix: help.add(path) }];
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    const deepest = issue.errors.reduce((a, b) => (rank(b) > rank(a) ? b : a));
    return deepest.flatMap((inner) =>
      explain({ ...inner, path: [...issue.path, ...inner.path] }, root, describe, schema, help),
    );
  }
  const params = issue.code === "custom" ? (issue.params as { fix?: string } | undefined) : undefined;
  return [
    {
      path,
      problem:
        issue.code === "custom" || issue.code === "invalid_format"
          ? issue.message
          : expectation(issue, value),
      fix: params?.fix ?? `it is ${shapeOf(value)} now; see ${help.see}`,
    },
  ];
}

function rank(issues: readonly Issue[]): number {
  return Math.max(...issues.map((issue) => issue.path.length + (issue.code === "custom" ? 1 : 0)));
}

function expectation(issue: Issue, value: unknown): string {
  switch (issue.code) {
    case "invalid_type":
      return `must be ${issue.expected === "object" ? "a map" : issue.expected === "array" ? "a list" : `a ${issue.expected}`}, but is ${shapeOf(value)}`;
    case "invalid_value":
      return `must be one of ${issue.values.map(String).join(", ")}`;
    case "too_small":
      return issue.origin === "string" || issue.origin === "array" ? "is empty" : `is below ${issue.minimum}`;
    case "too_big":
      return issue.origin === "string"
        ? `is longer than ${issue.maximum} characters`
        : `is above ${issue.maximum}`;
    default:
      return issue.message;
  }
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[part] : undefined,
    root,
  );
}

/** Names that the schema knows at a path; of a union, those of the option that the value's discriminator picks. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[], root: unknown): string[] {
  let here: unknown = schema;
  let value = root;
  for (const part of path) {
    here = step(unwrap(here, value), part);
    value = valueAt(value, [part]);
  }
  const object = unwrap(here, value);
  return object instanceof z.ZodObject ? Object.keys(object.shape) : [];
}

function step(schema: unknown, part: PropertyKey): unknown {
  if (schema instanceof z.ZodObject) return (schema.shape as Record<PropertyKey, unknown>)[part];
  if (schema instanceof z.ZodArray) return schema.element;
  return undefined;
}

function unwrap(schema: unknown, value: unknown): unknown {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault) {
    return unwrap(schema.unwrap(), value);
  }
  if (schema instanceof z.ZodDiscriminatedUnion) {
    const chosen = valueAt(value, ["manager"]);
    return schema.options.find(
      (option) =>
        option instanceof z.ZodObject &&
        (option.shape as Record<string, z.ZodType>)["manager"]?.safeParse(chosen).success,
    );
  }
  return schema;
}
