import { distance } from "fastest-levenshtein";
import { StatusError } from "../http/errors";
import type { AuthentikObjects, Row } from "./reader";

/** Kinds of objects that the settings name, and how to look them up in Authentik. */
const KINDS = {
  group: {
    word: "group",
    path: "core/groups/",
    key: "name",
    query: { include_users: "false" },
    right: "authentik_core.view_group",
  },
  flow: {
    word: "flow",
    path: "flows/instances/",
    key: "slug",
    query: {},
    right: "authentik_flows.view_flow",
  },
  certificate: {
    word: "certificate key pair",
    path: "crypto/certificatekeypairs/",
    key: "name",
    query: {},
    right: "authentik_crypto.view_certificatekeypair",
  },
  scope: {
    word: "scope mapping for",
    path: "propertymappings/provider/scope/",
    key: "scope_name",
    query: {},
    right: "authentik_providers_oauth2.view_scopemapping",
  },
  user: {
    word: "user",
    path: "core/users/",
    key: "username",
    query: { include_groups: "false" },
    right: "authentik_core.view_user",
  },
} as const;
export type NameKind = keyof typeof KINDS;

/** A name in the settings. */
export interface WantedName {
  readonly kind: NameKind;
  readonly name: string;
  /** The setting, such as `zot-access:access.roles[0].groups[0]`. */
  readonly setting: string;
  /** For a default name: the property of an existing provider that replaces it. */
  readonly unless?: "authorizationFlow" | "invalidationFlow" | "signingKey";
}

export interface NameProblem {
  readonly setting: string;
  readonly problem: string;
  readonly fix: string;
}

/**
 * Names of the settings that Authentik lacks or does not show. It is thrown before any resource is declared, so
 * nothing has changed.
 */
export class AuthentikNamesError extends Error {
  override readonly name = "AuthentikNamesError";

  constructor(
    readonly problems: readonly NameProblem[],
    url: string,
  ) {
    const lines = problems.map(({ setting, problem, fix }) => `  ${setting}: ${problem}\n    → ${fix}`);
    super(`Authentik at ${url} does not fit the settings; nothing was changed:\n${lines.join("\n")}`);
  }
}

/** The rows with the name; for built-in scopes, the mapping that Authentik itself maintains. */
function matching(rows: readonly Row[], { kind, name }: Pick<WantedName, "kind" | "name">): Row[] {
  const named = rows.filter((row) => row[KINDS[kind].key] === name);
  const managed = named.filter(({ managed }) => managed === `goauthentik.io/providers/oauth2/scope-${name}`);
  return kind === "scope" && managed.length > 0 ? managed : named;
}

/** The objects with that name. The server filters the list, and the result is compared again. */
export async function findNamed(
  objects: AuthentikObjects,
  kind: NameKind,
  name: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Row[]> {
  const { key, path, query } = KINDS[kind];
  return matching(await objects.list(path, { ...query, ...more, [key]: name }), { kind, name });
}

/** The object for each name, and the problem of each name without one. */
export async function lookUpNames(
  objects: AuthentikObjects,
  wanted: readonly WantedName[],
): Promise<{
  readonly found: ReadonlyMap<string, readonly Row[]>;
  readonly problems: readonly NameProblem[];
}> {
  const found = new Map<string, readonly Row[]>();
  const asked = new Map(wanted.map((each) => [nameKey(each), each] as const));
  await Promise.all(
    [...asked].map(async ([key, { kind, name }]) => {
      const rows = await findNamed(objects, kind, name).catch(noneIfDenied);
      if (rows) found.set(key, rows);
    }),
  );
  const problems = await Promise.all(
    wanted.map((each) => problemOf(objects, each, found.get(nameKey(each)))),
  );
  return { found, problems: problems.flatMap((problem) => problem ?? []) };
}

export function nameKey({ kind, name }: Pick<WantedName, "kind" | "name">): string {
  return `${kind} ${name}`;
}

/** undefined: the token lacks the right. */
export function noneIfDenied(error: unknown): undefined {
  if (isDenied(error)) return undefined;
  throw error;
}

export function isDenied(error: unknown): boolean {
  return error instanceof StatusError && [401, 403].includes(error.status);
}

/** Names from Authentik are quoted as JSON, so they cannot control a terminal. */
export const quoted = (name: string): string => JSON.stringify(name);

async function problemOf(
  objects: AuthentikObjects,
  { kind, name, setting }: WantedName,
  rows: readonly Row[] | undefined,
): Promise<NameProblem | undefined> {
  const { key, path, query, right, word } = KINDS[kind];
  if (!rows) {
    const problem = `${quoted(name)} cannot be looked up: authentik.token may not read ${path}`;
    return { setting, problem, fix: `give the token's user the permission ${right}` };
  }
  if (rows.length > 0) {
    if (kind !== "certificate" || rows.some((row) => row["private_key_available"] !== false))
      return undefined;
    const problem = `the certificate ${quoted(name)} has no private key, and can sign nothing`;
    return { setting, problem, fix: "name a certificate key pair that has one" };
  }
  const all = await objects.list(path, query).catch(noneIfDenied);
  const known = (all ?? []).flatMap((row) => (typeof row[key] === "string" ? [row[key]] : []));
  const near = nearestName(name, known);
  return {
    setting,
    problem: `there is no ${word} ${quoted(name)}`,
    fix:
      near === undefined
        ? `authentik.token sees none at all: give its user the permission ${right}`
        : `the nearest that exists is ${quoted(near)}: write that, or make the ${word} ${quoted(name)} first`,
  };
}

/** The existing name that is most similar to the missing one: `authentik Admins` for `admins`. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const wanted = name.toLowerCase();
  const rank = (candidate: string): number => {
    const other = candidate.toLowerCase();
    const within = wanted !== "" && other !== "" && (other.includes(wanted) || wanted.includes(other));
    return distance(wanted, other) - (within ? 1_000 : 0);
  };
  return [...known].sort((left, right) => rank(left) - rank(right) || (left < right ? -1 : 1))[0];
}
