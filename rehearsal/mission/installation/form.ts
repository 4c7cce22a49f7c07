import { parseDocument } from "yaml";
import { z } from "zod";
import { explain, formatPath, SettingsError } from "../../../config/problems";
import { KINDS } from "../../../systems/zot/config/consequences";

/*
 * An installation as somebody has it before this program comes, and what is expected of moving in: rehearsal/installations/ has some.
 */
const values = z.record(z.string(), z.unknown());
const kinds = z.array(z.enum(KINDS));
const words = z.array(z.string().min(1));
/** What every other part of a file can be filled with stands in texts as `${name}`; numbers and switches stay what they are. */
const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const question = z.strictObject({
  /** `anonymous`, `key`, or `NAME:PASSWORD`. */
  who: z.string().min(1),
  do: z.enum(["pull", "push", "overwrite", "delete", "metrics"]),
  /** A repository, with a tag where one is meant. */
  in: z.string().min(1).optional(),
  answer: z.union([z.literal("allowed"), z.coerce.number().int()]),
});
export type Question = z.output<typeof question>;

const schema = z.strictObject({
  name: z.string().min(1),
  zot: z.strictObject({
    /** Of the config, below the host's config folder. */
    file: z
      .string()
      .regex(/^[\w.-]+\.(json|ya?ml)$/, "is not the name of a config (config.json, config.yaml)")
      .default("config.json"),
    config: values,
    files: z.record(z.string(), text).default({}),
    images: z.array(z.string().regex(/^[^:]+:[^:]+$/, "is not repository:tag")).default([]),
    service: z.enum(["plain", "launched"]).default("plain"),
    /** `files`: in one that has no folder of its config mounted, but each file by itself. */
    container: z.union([z.boolean(), z.literal("files")]).default(false),
    /** Whom the service, or its container, runs as, where SSH is root's: a name, or numbers. */
    user: z
      .union([z.string(), z.number()])
      .transform(String)
      .pipe(z.string().regex(/^([a-z_][a-z0-9_-]*|\d+(:\d+)?)$/i, "is neither a user's name nor UID:GID"))
      .optional(),
  }),
  authentik: z.strictObject({ blueprint: z.string().optional() }).prefault({}),
  key: z.strictObject({ user: z.string().min(1), days: z.coerce.number().int().min(1) }).optional(),
  onepassword: z
    .array(
      z.strictObject({
        title: z.string().min(1),
        category: z.string().optional(),
        fields: z.array(z.strictObject({ label: z.string(), value: text, section: z.string().optional() })),
      }),
    )
    .default([]),
  forgejo: z
    .array(
      z.strictObject({
        owner: z.string().optional(),
        repository: z.string().min(1),
        name: z.string().min(1),
        value: text,
      }),
    )
    .default([]),
  settings: values.default({}),
  expect: z
    .strictObject({
      refused: kinds.default([]),
      accept: kinds.optional(),
      announced: words.default([]),
      silent: words.default([]),
      changes: z.record(z.string(), z.string()).optional(),
      kept: values.default({}),
      secrets: words.default([]),
      after: z.array(question).default([]),
    })
    .prefault({}),
});

export type Installation = z.output<typeof schema>;
const FORMER = "zot-access:ciCredential";

const HELP = { add: () => "write it into the file", see: "rehearsal/installations/README.md" };
const FILE = "the installation's file";

/** @throws SettingsError with everything that is not of the form */
export function readInstallation(content: string): Installation {
  const document = parseDocument(content, { merge: true });
  const [error] = document.errors;
  if (error)
    throw new SettingsError([{ path: "it", problem: "is not valid YAML", fix: error.message }], FILE);
  const raw: unknown = document.toJS();
  const result = schema.safeParse(raw);
  if (result.success) return { ...result.data, settings: inTodaysWords(result.data.settings) };
  const describe = (path: readonly PropertyKey[]) => formatPath("installation", path);
  const problems = result.error.issues.flatMap((issue) => explain(issue, raw, describe, schema, HELP));
  throw new SettingsError(problems, FILE);
}

/** The one account of a file from before `pushers`, as that setting says it; the product refuses its old name, with these words. */
function inTodaysWords({
  [FORMER]: account,
  ...settings
}: Installation["settings"]): Installation["settings"] {
  if (typeof account !== "object" || account === null) return settings;
  const { username = "zot-ci", ...pusher } = account as Record<string, unknown>;
  return { "zot-access:pushers": { [String(username)]: pusher }, ...settings };
}

/** Stands for the key that a person made. */
export const KEY_WORD = "${key}";

/** What stands for `${name}` in an installation's texts. */
export type Words = ReadonlyMap<string, string>;

/**
 * Fills the words in, in keys too.
 *
 * @param other what stands for a word that is none of them
 * @throws Error that names the words that nothing stands for
 */
export function filled<T>(value: T, known: Words, other: (word: string) => string | undefined): T {
  const missing = new Set<string>();
  const fill = (text: string) =>
    text.replace(/\$\{([^}]*)\}/g, (whole, word: string) => {
      const found = known.get(word) ?? other(word);
      if (found === undefined) missing.add(whole);
      return found ?? whole;
    });
  const walk = (each: unknown): unknown => {
    if (typeof each === "string") return fill(each);
    if (Array.isArray(each)) return each.map(walk);
    if (typeof each !== "object" || each === null) return each;
    return Object.fromEntries(Object.entries(each).map(([key, inner]) => [fill(key), walk(inner)]));
  };
  const result = walk(value) as T;
  if (missing.size > 0)
    throw new Error(
      `the installation says ${[...missing].join(", ")}, and known are ${[...known.keys()].join(", ")}, htpasswd:NAME`,
    );
  return result;
}
