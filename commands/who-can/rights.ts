import type { Directory, DirectoryUser } from "../../systems/authentik/directory";
import type { AccessControl, AccessTiers } from "../../systems/zot/access";
import { decidingGlobs, type Ground, grounds, type Subject } from "../../systems/zot/decide";
import { ACTIONS, type Question, type Right, type Verb } from "./types";

const VERBS = Object.keys(ACTIONS) as Verb[];

/**
 * Who may do what: everybody, whoever is logged in, and each user who may do more than these. Users have the groups that
 * Authentik gives them now; zot holds those of the last login.
 */
export function rightsOf(
  ac: AccessControl,
  tiers: AccessTiers,
  { users }: Directory,
  question: Question,
): Right[] {
  const verbs = question.verb === undefined ? VERBS : [question.verb];
  return areasOf(ac, question).flatMap(({ area, globs }) => {
    const rights = (who: Subject) => verbs.filter((verb) => reasons(ac, globs, who, verb).length > 0);
    const everybody = rights({ groups: [] });
    const anyLogin = rights({ username: "somebody", groups: [] });
    const why = (who: Subject) => explain(ac, tiers, globs, who, verbs);
    return [
      ...row({ area, who: "everybody", kind: "everybody", may: everybody, why: "anonymousPolicy" }),
      ...(anyLogin.every((verb) => everybody.includes(verb))
        ? []
        : row({ area, who: "any login", kind: "any login", may: anyLogin, why: "defaultPolicy" })),
      ...users
        .map((user) => ({ user, subject: { username: user.username, groups: [...user.groups] } }))
        .filter(({ subject }) => rights(subject).some((verb) => !anyLogin.includes(verb)))
        .flatMap(({ user, subject }) =>
          row({
            area,
            who: user.username,
            kind: user.type.endsWith("service_account") ? "service account" : "person",
            may: rights(subject),
            why: why(subject),
            ...noteOn(user),
          }),
        ),
    ];
  });
}

function row(right: Right): Right[] {
  return right.may.length === 0 ? [] : [right];
}

interface Area {
  area: string;
  globs: string[];
}

function areasOf(ac: AccessControl, { repository }: Question): Area[] {
  if (repository !== undefined) return [{ area: repository, globs: decidingGlobs(ac, repository) }];
  return Object.keys(ac.repositories).map((glob) => ({ area: glob, globs: [glob] }));
}

/** Of several globs zot may take any, so each must allow it; none are no right. */
function reasons(ac: AccessControl, globs: readonly string[], who: Subject, verb: Verb): Ground[] {
  const all = globs.map((glob) => grounds(ac.repositories[glob] ?? {}, who, ACTIONS[verb]));
  return all.every((some) => some.length > 0) ? all.flat() : [];
}

function explain(
  ac: AccessControl,
  tiers: AccessTiers,
  globs: readonly string[],
  who: Subject,
  verbs: readonly Verb[],
): string {
  const groups = verbs
    .flatMap((verb) => reasons(ac, globs, who, verb))
    .flatMap((ground) => (typeof ground === "string" ? [] : ground.groups));
  const named = [...new Set(groups)].map((group) => `group ${group} (${tierOf(tiers, group)})`);
  return `${named.join(", ")}, glob ${globs.join(" and ")}`;
}

function tierOf({ admins, writers }: AccessTiers, group: string): string {
  if (admins.includes(group)) return "admins";
  return writers.includes(group) ? "writers" : "readers";
}

/** zot does not ask Authentik about a key: what is switched off there goes on here. */
function noteOn({ isActive, lastLogin, type }: DirectoryUser): { note?: string } {
  if (!isActive) return { note: "disabled in Authentik: no login, but keys that exist go on until they end" };
  if (lastLogin === undefined && type === "internal") return { note: "never logged in to Authentik" };
  return {};
}
