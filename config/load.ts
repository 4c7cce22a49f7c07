import { readFileSync } from "node:fs";
import type { z } from "zod";
import { crossChecks } from "./cross-checks";
import { formerAccess, withoutFormerAccess } from "./former-access";
import { formerSettings, withoutFormer } from "./former-settings";
import { withNames } from "./names";
import { explain, formatPath, type Problem, SettingsError, unknownName } from "./problems";
import { sections, type Settings } from "./schema";
import { withBaseConfig, withConfigFile } from "./zot-section";

/**
 * Parses the settings of a stack.
 *
 * @param namespace the Pulumi project's name, for the paths in messages.
 * @param raw each config key's text as Pulumi hands it out: plain text, or JSON for maps and lists.
 * @param isSecret whether a key holds something that `pulumi config set --secret` encrypted.
 * @param readText reads a file that the settings name, by its path from the project's folder.
 * @throws SettingsError with every problem at once.
 */
export function parseSettings(
  namespace: string,
  raw: Readonly<Record<string, string>>,
  isSecret: (key: string) => boolean,
  readText: (file: string) => string = (file) => readFileSync(file, "utf8"),
): Settings {
  const known = Object.keys(sections);
  const at = (...path: PropertyKey[]) => formatPath(namespace, path);
  const written = Object.fromEntries(Object.entries(raw).map(([key, text]) => [key, fromText(text)]));
  const sectionsGiven = withoutFormerAccess(written);
  const problems: Problem[] = [
    ...lostNames(written, at),
    ...formerAccess(written, at),
    ...Object.keys(sectionsGiven)
      .filter((key) => !known.includes(key))
      .map((key) => unknownName(at(key), key, known)),
  ];
  const parsed: Record<string, unknown> = {};
  for (const [key, schema] of Object.entries<z.ZodType>(sections)) {
    const given = sectionsGiven[key];
    const value = key === "zot" ? withConfigFile(withoutFormer(given), readText, at, problems) : given;
    if (key === "zot") problems.push(...formerSettings(given, (name) => at("zot", name)));
    const result = schema.safeParse(value);
    if (result.success) {
      parsed[key] = result.data;
      problems.push(...plainSecrets(namespace, [key], result.data, isSecret(key)));
    } else {
      const describe = (path: readonly PropertyKey[]) => formatPath(namespace, [key, ...path]);
      problems.push(...result.error.issues.flatMap((issue) => explain(issue, value, describe, schema)));
    }
  }
  const named = withBaseConfig(withNames(parsed), { at, isSecret: isSecret("zot") }, problems);
  problems.push(...crossChecks(namespace, named));
  if (problems.length > 0) throw new SettingsError(problems);
  return named as Settings;
}

/** Pulumi hands out maps and lists as JSON, and everything else as text. */
function fromText(value: string): unknown {
  if (!/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/** A map in JavaScript takes this for its own, so that what has this name would be lost without a word. */
const LOST = "__proto__";

function lostNames(
  value: unknown,
  at: (...path: PropertyKey[]) => string,
  path: PropertyKey[] = [],
): Problem[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const here = [...path, Array.isArray(value) ? Number(key) : key];
    const inside = lostNames(inner, at, here);
    if (key !== LOST) return inside;
    return [
      { path: at(...here), problem: "has a name that no map can hold", fix: "choose another name" },
      ...inside,
    ];
  });
}

/** Plain-text secrets in the stack's file. */
function plainSecrets(namespace: string, path: PropertyKey[], value: unknown, encrypted: boolean): Problem[] {
  if (encrypted || typeof value !== "object" || value === null) return [];
  if ("kind" in value && value.kind === "value") {
    const where = formatPath(namespace, path);
    return [
      {
        path: where,
        problem: "is a plain-text secret",
        fix: `use an op:// reference, or: pulumi config set --secret --path '${where}'`,
      },
    ];
  }
  return Object.entries(value).flatMap(([key, inner]) =>
    plainSecrets(namespace, [...path, Array.isArray(value) ? Number(key) : key], inner, encrypted),
  );
}
