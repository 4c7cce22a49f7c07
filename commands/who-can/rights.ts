import type { Directory, DirectoryUser } from "../../systems/authentik/directory";
import type { Subject } from "../../systems/zot/decide";
import {
  type Access,
  globsOf,
  holdersOf,
  type Reason,
  reasonsFor,
  type Verb,
  VERBS,
} from "../../systems/zot/grants";
import type { Question, Right } from "./types";

/**
 * Who may do what: everybody, whoever is logged in, and each user who may do more than these. Users have the groups that
 * Authentik gives them now; zot holds those of the last login.
 */
export function rightsOf(access: Access, directory: Directory, question: Question): Right[] {
  const { repository, verb } = question;
  const verbs = verb === undefined ? VERBS : [verb];
  const areas = repository === undefined ? globsOf(access) : [repository];
  const people = peopleIn(access, directory);
  return areas.flatMap((area) => {
    const rights = (who: Subject) => verbs.filter((each) => reasonsFor(access, who, area, each).length > 0);
    const why = (who: Subject) => explain(verbs.flatMap((each) => reasonsFor(access, who, area, each)));
    const [nobody, somebody] = [{ groups: [] }, { username: ANY_NAME, groups: [] }];
    const everybody = rights(nobody);
    const anyLogin = rights(somebody);
    return [
      ...row({ area, who: "everybody", kind: "everybody", may: everybody, why: why(nobody) }),
      ...(anyLogin.every((each) => everybody.includes(each))
        ? []
        : row({ area, who: "any login", kind: "any login", may: anyLogin, why: why(somebody) })),
      ...people
        .filter(({ subject }) => rights(subject).some((each) => !anyLogin.includes(each)))
        .flatMap(({ subject, kind, note }) =>
          row({
            area,
            who: subject.username,
            kind,
            may: rights(subject),
            why: explain(
              verbs
                .flatMap((each) => reasonsFor(access, subject, area, each))
                .filter(({ grant }) => isNamed(grant)),
            ),
            ...note,
          }),
        ),
    ];
  });
}

/** No user has it: a name cannot hold a colon. */
const ANY_NAME = "any:login";

type Person = {
  readonly subject: Subject & { readonly username: string };
  readonly kind: Right["kind"];
  readonly note: { note?: string };
};

/** Those whom Authentik knows, and those whom zot knows otherwise and the settings name. */
function peopleIn({ grants }: Access, { users }: Directory): Person[] {
  const known = users.map((user): Person => ({
    subject: { username: user.username, groups: [...user.groups] },
    kind: user.type.endsWith("service_account") ? "service account" : "person",
    note: noteOn(user),
  }));
  const names = grants
    .flatMap(({ to }) => holdersOf(to))
    .flatMap(({ kind, name }) => (kind === "user" ? [name] : []));
  const others = [...new Set(names)].filter((name) => users.every(({ username }) => username !== name));
  return [
    ...known,
    ...others.map((username): Person => ({
      subject: { username, groups: [] },
      kind: "user",
      note: { note: "not in Authentik: of htpasswd or LDAP" },
    })),
  ];
}

function row(right: Right): Right[] {
  return right.may.length === 0 ? [] : [right];
}

function isNamed({ to }: Reason["grant"]): boolean {
  return typeof to === "object";
}

/** By which group or name, by which setting, and where. */
function explain(reasons: readonly Reason[]): string {
  const lines = reasons.map(({ grant: { from, to }, glob }) => {
    const setting = from.replace(/\.in$/, "");
    if (typeof to === "string") return `${setting}, glob ${glob}`;
    const whom = "groups" in to ? `group ${to.groups.join(", ")}` : "by name";
    return `${whom} (${setting}), glob ${glob}`;
  });
  return [...new Set(lines)].join("; ");
}

/** zot does not ask Authentik about a key: what is switched off there goes on here. */
function noteOn({ isActive, lastLogin, type }: DirectoryUser): { note?: string } {
  if (!isActive) return { note: "disabled in Authentik: no login, but keys that exist go on until they end" };
  if (lastLogin === undefined && type === "internal") return { note: "never logged in to Authentik" };
  return {};
}

export type { Verb };
