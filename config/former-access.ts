import { isTree, type Tree } from "../systems/zot/config/read";
import { DEFAULT_SLUG } from "./names";
import type { Problem } from "./problems";
import { KEY_OF, MINTED_KEY } from "./secret-name";

/*
 * Settings of earlier versions: one group of writers, one list of repositories, one key. They are refused with the equivalent lines
 * to write; a stack that was deployed with the old settings then has no changes.
 */

type Raw = Readonly<Record<string, unknown>>;
type At = (...path: PropertyKey[]) => string;

const GONE = "is no longer a setting: access rules are a list now";
const TIERS = ["admins", "readers"] as const;
const PUSHING = ["writers", "pushRepositories"] as const;

/** @param raw the sections of the stack's file */
export function formerAccess(raw: Raw, at: At): Problem[] {
  const access = treeIn(raw, "access");
  const given = (names: readonly string[]) => names.filter((name) => name in access);
  const roles = given(TIERS).map((name) => ({
    path: at("access", name),
    problem: GONE,
    fix: `write access: {roles: ${rolesLine(access)}}`,
  }));
  const pushers = [
    ...given(PUSHING).map((name) => at("access", name)),
    ...(raw["ciCredential"] === undefined ? [] : [at("ciCredential")]),
  ].map((path) => ({ path, problem: GONE, fix: pushersLines(raw) }));
  return [
    ...roles,
    ...pushers,
    ...mintedKeys(raw, at),
    ...anonymousWriters(access, at),
    ...noPushers(raw, at),
  ];
}

/** The sections without these settings, so that they cause no other problem. */
export function withoutFormerAccess(raw: Raw): Raw {
  const { ciCredential: _, ...rest } = raw;
  const access = raw["access"];
  const forgejo = raw["forgejo"];
  return {
    ...rest,
    ...(isTree(access) && { access: withoutNames(access, [...TIERS, ...PUSHING]) }),
    ...(isTree(forgejo) && { forgejo: withoutMinted(forgejo) }),
    ...(raw["pushers"] === undefined && { pushers: {} }),
  };
}

function withoutNames(tree: Tree, names: readonly string[]): Tree {
  const { anonymous, ...rest } = Object.fromEntries(
    Object.entries(tree).filter(([name]) => !names.includes(name)),
  );
  if (!isTree(anonymous)) return anonymous === undefined ? rest : { ...rest, anonymous };
  const reading = Object.entries(anonymous).filter(([name]) => !WRITING.includes(name));
  return { ...rest, anonymous: Object.fromEntries(reading) };
}

const PLACES = ["repositories", "organizations"] as const;

function withoutMinted(forgejo: Tree): Tree {
  const cleaned = PLACES.flatMap((list) => {
    const places = forgejo[list];
    return Array.isArray(places) ? [[list, places.map(withoutMintedIn)] as const] : [];
  });
  return { ...forgejo, ...Object.fromEntries(cleaned) };
}

function withoutMintedIn(place: unknown): unknown {
  if (!isTree(place) || !isTree(place["secrets"])) return place;
  const secrets = Object.entries(place["secrets"]).filter(([, value]) => value !== MINTED_KEY);
  return { ...place, secrets: Object.fromEntries(secrets) };
}

function mintedKeys(raw: Raw, at: At): Problem[] {
  const forgejo = treeIn(raw, "forgejo");
  return PLACES.flatMap((list) => {
    const places = forgejo[list];
    return (Array.isArray(places) ? places : []).flatMap((place, index) =>
      Object.entries(isTree(place) ? treeIn(place, "secrets") : {})
        .filter(([, value]) => value === MINTED_KEY)
        .map(([name]) => ({
          path: at("forgejo", list, index, "secrets", name),
          problem: "does not name the pusher whose key it gets",
          fix: `write ${KEY_OF}${pusherName(raw)}, or ${KEY_OF} and the name of another pusher`,
        })),
    );
  });
}

const WRITING: readonly string[] = ["push", "overwrite", "delete"];

function anonymousWriters(access: Raw, at: At): Problem[] {
  return Object.keys(treeIn(access, "anonymous"))
    .filter((name) => WRITING.includes(name))
    .map((name) => ({
      path: at("access", "anonymous", name),
      problem: "would let anybody write without a login",
      fix: "give the right to a pusher in pushers, or to a role in access.roles or access.users",
    }));
}

/** Earlier versions created an account even if the settings named none. */
function noPushers(raw: Raw, at: At): Problem[] {
  if (raw["pushers"] !== undefined || raw["ciCredential"] !== undefined) return [];
  if (PUSHING.some((name) => name in treeIn(raw, "access"))) return [];
  return [
    {
      path: at("pushers"),
      problem: "is missing: the accounts that push, with their repositories",
      fix: `write ${pushersLine(raw)}, and replace ** with the repositories that it pushes to; {} for none`,
    },
  ];
}

function rolesLine(access: Raw): string {
  const admins = groupsIn(access["admins"]) ?? ["admins"];
  const readers = groupsIn(access["readers"]) ?? [];
  const role = (groups: readonly string[], verbs: string) =>
    `{groups: ${list(groups)}, may: [${verbs}], in: ["**"]}`;
  const all = role(admins, "pull, push, overwrite, delete");
  return `[${readers.length === 0 ? all : `${all}, ${role(readers, "pull")}`}]`;
}

function pushersLines(raw: Raw): string {
  const name = pusherName(raw);
  const usual = `${slugIn(raw)}-ci`;
  return `write ${pushersLine(raw)}${name === usual ? "" : `, and authentik: {pushersLogin: ${scalar(name)}}`}`;
}

function pushersLine(raw: Raw): string {
  const access = treeIn(raw, "access");
  const { username: _, ...others } = treeIn(raw, "ciCredential");
  const slug = slugIn(raw);
  const group = slug === DEFAULT_SLUG ? "artifact-workloads" : `${slug}-artifact-workloads`;
  const entries = [
    `group: ${scalar(access["writers"] ?? group)}`,
    `in: ${list(groupsIn(access["pushRepositories"]) ?? ["**"])}`,
    ...Object.entries(others).map(
      ([key, value]) => `${key}: ${key === "from" ? reference(value) : scalar(value)}`,
    ),
  ];
  return `pushers: {${scalar(pusherName(raw))}: {${entries.join(", ")}}}`;
}

function pusherName(raw: Raw): string {
  const { username } = treeIn(raw, "ciCredential");
  return typeof username === "string" ? username : `${slugIn(raw)}-ci`;
}

function slugIn(raw: Raw): string {
  const { slug } = treeIn(raw, "authentik");
  return typeof slug === "string" ? slug : DEFAULT_SLUG;
}

function treeIn(raw: Raw, name: string): Tree {
  const value = raw[name];
  return isTree(value) ? value : {};
}

function groupsIn(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.filter((each): each is string => typeof each === "string");
}

function list(values: readonly string[]): string {
  return `[${values.map((each) => (/[*{}[\]?,]/.test(each) ? JSON.stringify(each) : scalar(each))).join(", ")}]`;
}

/** Shows a name or a number; the reader has to copy any other value. */
function scalar(value: unknown): string {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value !== "string" || !/^[\w .@-]{1,150}$/.test(value)) return "(its value)";
  return /^[\w.-]+$/.test(value) ? value : JSON.stringify(value);
}

/** A key in clear is never shown. */
function reference(value: unknown): string {
  return typeof value === "string" && /^op:\/\/[\w ./-]{1,300}$/i.test(value)
    ? JSON.stringify(value)
    : "(its value)";
}
