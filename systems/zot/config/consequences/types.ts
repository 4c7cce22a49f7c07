import type { Area } from "../areas";
import type { Right } from "../registry";

/** Kinds that are refused unless the settings allow them by name (`zot.allow`). */
export const KINDS = [
  "openPull",
  "openPush",
  "closePull",
  "loseRights",
  "loseLogins",
  "moveAddress",
  "moveStorage",
  "loseCaches",
  "loseSettings",
  "openMetrics",
  "closeMetrics",
  "dropAdmins",
] as const;
export type ConsequenceKind = (typeof KINDS)[number];

export interface Consequence {
  /** Left out: it is announced, and never refused. */
  readonly kind?: ConsequenceKind;
  readonly sign: "gain" | "loss" | "neutral";
  /** Who or what it concerns: `anonymous`, `group admins`, `storage`. */
  readonly who: string;
  /** One line for people. Holds no value that may be a secret. */
  readonly text: string;
  /** Of rights alone. */
  readonly rights?: readonly Right[];
  readonly areas?: readonly Area[];
}

export interface Intent {
  /** Version of the zot that reads both configs. */
  readonly zotVersion: string;
  /** Groups and users of whom the settings speak besides those in the desired rules. What these may do is asked for. */
  readonly groups?: readonly string[];
  readonly users?: readonly string[];
  /** Whether the settings say who reads the metrics, so that a change of it is asked for. */
  readonly metrics?: boolean;
  /** Whether everybody that the issuer knows could log in, and from now on members of `groups` alone can. */
  readonly closesLogin?: boolean;
  /** Whether the host's config is not this program's yet. Whom and what the settings leave out is then refused, too. */
  readonly adopting?: boolean;
}
