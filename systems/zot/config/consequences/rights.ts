import { groupBy } from "../../../group-by";
import { isDeepStrictEqual } from "node:util";
import { type Area, areasOf } from "../areas";
import { extentOfRight, namedIn, type Registry, type Right, RIGHTS, type Principal } from "../registry";
import type { Consequence, Intent, ConsequenceKind } from "./types";

const WORDS: Record<Right, string> = {
  read: "pull",
  create: "push new tags",
  update: "overwrite tags",
  delete: "delete",
};

export function describeRights(rights: readonly Right[]): string {
  const words = rights.map((right) => WORDS[right]);
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1) ?? ""}`;
}

export function describePrincipal(who: Principal): string {
  switch (who.kind) {
    case "anonymous":
      return "anonymous";
    case "any login":
      return "everybody who is logged in";
    case "group":
    case "user":
      return `${who.kind} ${who.name}`;
  }
}

function subjects(before: Registry, after: Registry): Principal[] {
  const [old, next] = [namedIn(before), namedIn(after)];
  const unique = (names: readonly string[]) => [...new Set(names)].sort();
  return [
    { kind: "anonymous" },
    { kind: "any login" },
    ...unique([...old.groups, ...next.groups]).map((name): Principal => ({ kind: "group", name })),
    ...unique([...old.users, ...next.users]).map((name): Principal => ({ kind: "user", name })),
  ];
}

interface Change {
  readonly who: Principal;
  readonly right: Right;
  readonly area: Area;
  readonly gains: boolean;
  /** Only while conditions of a policy hold, on one side or the other. */
  readonly conditional: boolean;
  readonly kind: ConsequenceKind | undefined;
}

export function rights(before: Registry, after: Registry, intent: Intent): Consequence[] {
  // The usual preview; a comparison by subject takes time cubic in the number of pushers.
  if (isDeepStrictEqual(before, after)) return [];
  const areas = areasOf(before, after);
  const changes = subjects(before, after).flatMap((who) =>
    areas.flatMap((area) =>
      RIGHTS.flatMap((right): Change[] => {
        const old = extentOfRight(before, who, area.witness, right);
        const next = extentOfRight(after, who, area.witness, right);
        const gains = next > old;
        if (old === next || isCovered(before, after, who, area, right, gains)) return [];
        const kind = gains
          ? openingKind(before, who, area, right)
          : closingKind(before, after, who, right, intent);
        return [{ who, right, area, gains, conditional: old === 1 || next === 1, kind }];
      }),
    ),
  );
  return grouped(changes).map((group) => line(group, before, after, areas));
}

/** A subject in a rule gains what the settings grant; an opening for all subjects of a kind is judged separately. */
function openingKind(
  before: Registry,
  who: Principal,
  { witness }: Area,
  right: Right,
): ConsequenceKind | undefined {
  if (who.kind === "group" || who.kind === "user") return undefined;
  if (right !== "read") return "openPush";
  // What everybody could pull without a login is not secret from a logged-in user.
  return extentOfRight(before, { kind: "anonymous" }, witness, "read") > 0 ? undefined : "openPull";
}

function closingKind(
  before: Registry,
  after: Registry,
  who: Principal,
  right: Right,
  intent: Intent,
): ConsequenceKind | undefined {
  if (isMentioned(who, after, intent)) return undefined;
  // If this program's own rules are already there, a missing subject was removed from the settings.
  const named = who.kind === "group" || who.kind === "user";
  if (named && intent.adopting !== true) return undefined;
  if (right === "read") return "closePull";
  switch (who.kind) {
    case "anonymous":
      return undefined;
    case "any login": {
      // A password or a certificate belongs to a machine as often as to a person, and no rule shows which.
      const byPassword = before.logins.some(({ kind }) =>
        ["htpasswd", "ldap", "certificates"].includes(kind),
      );
      return byPassword ? "loseRights" : undefined;
    }
    case "group":
    case "user":
      return "loseRights";
  }
}

/** Rights of all logged-in users, or of everybody, are reported for those. */
function isCovered(
  before: Registry,
  after: Registry,
  who: Principal,
  { witness }: Area,
  right: Right,
  gains: boolean,
): boolean {
  if (who.kind === "anonymous") return false;
  const [from, to] = gains ? [after, before] : [before, after];
  const differs = (general: Principal) =>
    extentOfRight(from, general, witness, right) > extentOfRight(to, general, witness, right);
  const byNothingElse =
    extentOfRight(from, who, witness, right, true) <= extentOfRight(to, who, witness, right);
  if (who.kind === "any login") return from.logins.length === 0 && differs({ kind: "anonymous" });
  return (
    byNothingElse &&
    (differs({ kind: "any login" }) || (from.logins.length === 0 && differs({ kind: "anonymous" })))
  );
}

type Group = Omit<Change, "right" | "area"> & { readonly rights: Right[]; readonly areas: Area[] };

/** One line for equal changes: the rights of one area together, then the areas with the same rights. */
function grouped(changes: readonly Change[]): Group[] {
  const same = ({ who, gains, conditional, kind }: Omit<Change, "right" | "area">) => [
    who,
    gains,
    conditional,
    kind,
  ];
  const byArea = [
    ...groupBy(changes, (each) => JSON.stringify([same(each), each.area.witness])).values(),
  ].map(([first, ...others]) => ({ ...first, rights: [first, ...others].map(({ right }) => right) }));
  return [...groupBy(byArea, (each) => JSON.stringify([same(each), each.rights])).values()].map(
    ([first, ...others]) => ({
      ...first,
      areas: [first, ...others].map(({ area }) => area),
    }),
  );
}

function line(
  { who, gains, conditional, kind, rights: each, areas }: Group,
  before: Registry,
  after: Registry,
  all: readonly Area[],
): Consequence {
  const names = [...new Set(areas.map(({ name }) => (name === "**" ? "everything else" : name)))];
  const where = areas.length === all.length ? "everywhere" : `in ${names.join(", ")}`;
  return {
    ...(kind && { kind }),
    sign: gains ? "gain" : "loss",
    who: describePrincipal(who),
    text: [
      who.kind === "anonymous" ? "anonymous clients" : describePrincipal(who),
      gains ? "can now" : "can no longer",
      describeRights(each),
      where + ground(who, gains ? after : before),
      ...(conditional ? ["as far as the conditions of a policy let them"] : []),
    ].join(" "),
    rights: each,
    areas,
  };
}

function ground(who: Principal, { control }: Registry): string {
  if (!control) return " (there were no access rules)";
  if (who.kind === "any login") return " (defaultPolicy)";
  return who.kind === "anonymous" ? " (anonymousPolicy)" : "";
}

function isMentioned(who: Principal, after: Registry, { groups = [], users = [] }: Intent): boolean {
  const named = namedIn(after);
  if (who.kind === "group") return [...groups, ...named.groups].includes(who.name);
  return who.kind === "user" && [...users, ...named.users].includes(who.name);
}

export function unjudged({ unjudged: globs }: Registry): Consequence[] {
  return globs.map((glob) => ({
    kind: "loseRights",
    sign: "loss",
    who: "access rules",
    text: `the rules of ${glob} are removed, and their effect is not known: this program does not support that glob`,
  }));
}
