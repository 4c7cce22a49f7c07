import { ConfigError } from "./config-error";

/*
 * Settings of zot's that this program has no setting for, merged into the config that it renders. zot reads names in any case
 * (viper), so all comparisons here are without it.
 */
export type Extra = Readonly<Record<string, unknown>>;

/** What this program decides; nothing here may be given otherwise. All below these, too. */
const OWNED: readonly string[] = [
  "distSpecVersion",
  "storage.rootDirectory",
  "http.address",
  "http.port",
  "http.externalUrl",
  "http.auth",
  "http.accessControl",
  "log.level",
  "log.output",
  "extensions.metrics",
  "extensions.search",
  "extensions.ui",
  "extensions.sync.enable",
  "extensions.sync.registries",
];

/** zot prints its config in its log. */
const SECRET_NAME = /(secret|secretkey|password|passwd|token)$/i;

export interface ExtraProblem {
  /** From the config's root: `http.auth.ldap`. */
  readonly path: readonly string[];
  readonly problem: string;
}

/** Everything that may not be merged, and why. */
export function extraProblems(extra: Extra): ExtraProblem[] {
  return leavesOf(extra).flatMap(({ path, value }): ExtraProblem[] => {
    const owner = OWNED.find((owned) => overlaps(path, owned.split(".")));
    if (owner !== undefined) return [{ path, problem: `is in ${owner}, which this program decides` }];
    // zot's own separator of names in a path (viper's key delimiter there).
    if (path.some((name) => name.includes("::"))) return [{ path, problem: "has a name with ::" }];
    if (SECRET_NAME.test(path.at(-1) ?? "") && typeof value === "string")
      return [{ path, problem: "looks like a secret, and zot prints its config in its log" }];
    return [];
  });
}

/**
 * Puts the extra settings beside those of the document; where both have a value, the extra one counts.
 *
 * @throws ConfigError where it would override what this program decides
 */
export function mergeExtra(document: Extra, extra: Extra): Extra {
  const problems = extraProblems(extra);
  if (problems.length > 0) {
    const lines = problems.map(({ path, problem }) => `${path.join(".")} ${problem}`);
    throw new ConfigError(`zot.extraConfig: ${lines.join("; ")}`);
  }
  return merged(document, extra);
}

/** Sections of a host's config that the rendered one does not have. */
export function lostSections(
  host: unknown,
  rendered: unknown,
): { readonly path: string; readonly owned: boolean }[] {
  return missing(host, rendered, [])
    .filter((path) => !overlaps(path, ["http", "accessControl"]))
    .map((path) => ({
      path: path.join("."),
      owned: OWNED.some((owned) => overlaps(path, owned.split("."))),
    }));
}

function missing(host: unknown, rendered: unknown, path: readonly string[]): string[][] {
  if (!isMap(host) || !isMap(rendered)) return [];
  return Object.entries(host).flatMap(([name, value]) => {
    const twin = keyIn(rendered, name);
    const here = [...path, name];
    return twin === undefined ? [here] : missing(value, rendered[twin], here);
  });
}

function merged(document: Extra, extra: Extra): Extra {
  const result: Record<string, unknown> = { ...document };
  for (const [name, value] of Object.entries(extra)) {
    const key = keyIn(document, name) ?? name;
    const before = result[key];
    result[key] = isMap(before) && isMap(value) ? merged(before, value) : value;
  }
  return result;
}

function keyIn(map: Extra, name: string): string | undefined {
  return Object.keys(map).find((key) => same(key, name));
}

/** A section without anything in it is a leaf too: it would take the place of what the program renders there. */
function leavesOf(
  value: unknown,
  path: readonly string[] = [],
): { readonly path: readonly string[]; readonly value: unknown }[] {
  if (!isMap(value) || (path.length > 0 && Object.keys(value).length === 0)) return [{ path, value }];
  return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, [...path, name]));
}

/** One is the other, or stands below it. */
function overlaps(path: readonly string[], owned: readonly string[]): boolean {
  return path.slice(0, owned.length).every((name, index) => same(name, owned[index] ?? ""));
}

function same(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

function isMap(value: unknown): value is Extra {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
