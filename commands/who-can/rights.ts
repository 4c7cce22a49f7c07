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
import type { RequestedSubject, Question, Right } from "./types";

/**
 * The rights of everybody, of all logged-in users, and of each user with more rights. Users have their current groups
 * in Authentik; zot uses those of the last login.
 */
export function rightsOf(access: Access, directory: Directory, question: Question): Right[] {
  const { repository, subject, verb } = question;
  const verbs = verb === undefined ? VERBS : [verb];
  const areas = repository === undefined ? globsOf(access) : [repository];
  if (subject) {
    const person = personOf(subject, access, directory);
    return areas.map((area) => withoutNamed(rightOf(person, area, access, verbs)));
  }
  const people = peopleIn(access, directory);
  return areas.flatMap((area) => {
    const [everybody, anyLogin] = [
      rightOf(NOBODY, area, access, verbs),
      rightOf(ANY_LOGIN, area, access, verbs),
    ];
    const isMore = ({ may }: Right, than: Right) => may.some((each) => !than.may.includes(each));
    return [
      ...(everybody.may.length > 0 ? [everybody] : []),
      ...(isMore(anyLogin, everybody) ? [anyLogin] : []),
      ...people
        .map((person) => rightOf(person, area, access, verbs))
        .filter((right) => isMore(right, anyLogin))
        .map((right) => ({ ...right, why: right.named })),
    ].map(withoutNamed);
  });
}

/** `named`: the reasons without everybody's rights. */
interface Explained extends Right {
  readonly named: string;
}

function withoutNamed({ named: _, ...right }: Explained): Right {
  return right;
}

/** One row, even without rights. */
function rightOf(
  { kind, note, subject, who }: Person,
  area: string,
  access: Access,
  verbs: readonly Verb[],
): Explained {
  const reasons = verbs.flatMap((verb) => reasonsFor(access, subject, area, verb));
  return {
    area,
    who,
    kind,
    may: verbs.filter((verb) => reasonsFor(access, subject, area, verb).length > 0),
    why: reasons.length === 0 ? "nothing grants it" : explain(reasons),
    named: explain(reasons.filter(({ grant }) => isNamed(grant))),
    ...note,
  };
}

/** No user has it: a name cannot contain a colon. */
const ANY_NAME = "any:login";

type Person = {
  readonly who: string;
  readonly subject: Subject;
  readonly kind: Right["kind"];
  readonly note: { note?: string };
};

const NOBODY: Person = { who: "everybody", kind: "everybody", subject: { groups: [] }, note: {} };
const ANY_LOGIN: Person = {
  who: "any login",
  kind: "any login",
  subject: { username: ANY_NAME, groups: [] },
  note: {},
};

/** An unknown user has the rights of all logged-in users. */
function personOf({ kind, name }: RequestedSubject, access: Access, directory: Directory): Person {
  if (kind === "group") {
    const note = directory.groups.includes(name) ? {} : { note: "Authentik has no such group" };
    return { who: name, kind, subject: { username: ANY_NAME, groups: [name] }, note };
  }
  return (
    peopleIn(access, directory).find(({ who }) => who === name) ?? {
      who: name,
      kind,
      subject: { username: name, groups: [] },
      note: { note: "neither Authentik nor the settings know this user" },
    }
  );
}

/** The users in Authentik, and those of the settings that zot knows otherwise. */
function peopleIn({ grants }: Access, { users }: Directory): Person[] {
  const known = users.map((user): Person => ({
    who: user.username,
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
      who: username,
      subject: { username, groups: [] },
      kind: "user",
      note: { note: "not in Authentik: of htpasswd or LDAP" },
    })),
  ];
}

function isNamed({ to }: Reason["grant"]): boolean {
  return typeof to === "object";
}

/** By which group or name, by which setting, and where. */
function explain(reasons: readonly Reason[]): string {
  const lines = reasons.map(({ grant: { except, from, to }, glob }) => {
    const setting = from.replace(/\.in$/, "");
    const where = `glob ${glob}${except ? ` except ${except.join(", ")}` : ""}`;
    if (typeof to === "string") return `${setting}, ${where}`;
    const whom = "groups" in to ? `group ${to.groups.join(", ")}` : "by name";
    return `${whom} (${setting}), ${where}`;
  });
  return [...new Set(lines)].join("; ");
}

/** zot does not ask Authentik about a key: keys of a disabled account keep working here. */
function noteOn({ isActive, lastLogin, type }: DirectoryUser): { note?: string } {
  if (!isActive) return { note: "disabled in Authentik: no login, but existing keys work until they expire" };
  if (lastLogin === undefined && type === "internal") return { note: "never logged in to Authentik" };
  return {};
}
