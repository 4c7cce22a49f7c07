import type { Verb } from "../../systems/zot/grants";

/** Whose rights are asked for: somebody by name, or whoever is in a group. */
export interface RequestedSubject {
  readonly kind: "user" | "group";
  readonly name: string;
}

export interface Question {
  /** Everybody who may more than whoever is logged in, where left out. */
  readonly subject?: RequestedSubject | undefined;
  /** All of them where left out. */
  readonly verb?: Verb | undefined;
  /** Every glob of the grants where left out. */
  readonly repository?: string | undefined;
}

/** What one identity may do in one area, and why. */
export interface Right {
  /** A repository, or a glob that decides on those that it matches. */
  readonly area: string;
  /** Name of a user; `everybody` without a login, `any login` with one. */
  readonly who: string;
  readonly kind: "everybody" | "any login" | "person" | "service account" | "user" | "group";
  readonly may: readonly Verb[];
  readonly why: string;
  /** What is to be known about it, e.g. that the account is disabled. */
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

/** Something that the settings do not say, or say otherwise. */
export interface Difference {
  readonly found: string;
  readonly todo: string;
}

/** What the holder of an Actions secret could do, in one of the places that have it. */
export interface Reach {
  /** `eblume/blumeops`, or the name of an organisation. */
  readonly place: string;
  readonly secret: string;
  /** What the secret is to the registry, for people. */
  readonly what: string;
  /** Whose key it is, where it is one. */
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
  /** Who may change everybody's rights, and so their own. */
  readonly superusers: readonly string[];
  readonly keys: readonly ListedKey[];
  /** What could not be seen, and why. */
  readonly notSeen: readonly string[];
  readonly differences: readonly Difference[];
}
