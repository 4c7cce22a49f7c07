import type { Verb } from "../../systems/zot/grants";

/** The subject: a user by name, or any member of a group. */
export interface RequestedSubject {
  readonly kind: "user" | "group";
  readonly name: string;
}

export interface Question {
  /** If left out: everybody with more rights than a logged-in user. */
  readonly subject?: RequestedSubject | undefined;
  /** If left out: all. */
  readonly verb?: Verb | undefined;
  /** If left out: every glob of the grants. */
  readonly repository?: string | undefined;
}

/** The rights of one identity in one area, with the reason. */
export interface Right {
  /** A repository, or a glob that decides on the repositories that it matches. */
  readonly area: string;
  /** A username; `everybody` without a login, `any login` with one. */
  readonly who: string;
  readonly kind: "everybody" | "any login" | "person" | "service account" | "user" | "group";
  readonly may: readonly Verb[];
  readonly why: string;
  /** A remark, e.g. that the account is disabled. */
  readonly note?: string;
}

export type KeyRole = "in use" | "replaced" | "test key of verify" | "other";

/** A key as zot lists it; never the key itself. */
export interface ListedKey {
  readonly owner: string;
  readonly label: string;
  readonly role: KeyRole;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly ageDays: number;
  /** Undefined: never. */
  readonly expiresAt?: string;
  readonly isExpired: boolean;
  /** Undefined: not yet. */
  readonly lastUsed?: string;
}

/** A difference from the settings. */
export interface Difference {
  readonly found: string;
  readonly todo: string;
}

/** What the holder of an Actions secret could do, for one of its scopes. */
export interface Reach {
  /** `eblume/blumeops`, or the name of an organisation. */
  readonly place: string;
  readonly secret: string;
  /** The secret's role for the registry, for users. */
  readonly what: string;
  /** The owner of the key, if it is one. */
  readonly holder?: string;
  readonly rights: readonly Right[];
}

export interface ReachReport {
  readonly stack: string;
  readonly registryUrl: string;
  /** RFC 3339. */
  readonly askedAt: string;
  readonly secret: string;
  readonly reaches: readonly Reach[];
}

export interface AuditReport {
  readonly stack: string;
  readonly registryUrl: string;
  readonly zotVersion: string;
  /** RFC 3339. */
  readonly askedAt: string;
  readonly question: Question;
  readonly rights: readonly Right[];
  /** Users who may change everybody's rights, including their own. */
  readonly superusers: readonly string[];
  readonly keys: readonly ListedKey[];
  /** What could not be read, and why. */
  readonly notSeen: readonly string[];
  readonly differences: readonly Difference[];
}
