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
  /** Left out: it is reported, and never refused. */
  readonly kind?: ConsequenceKind;
  readonly sign: "gain" | "loss" | "neutral";
  /** The subject: `anonymous`, `group admins`, `storage`. */
  readonly who: string;
  /** One line for users. Contains no value that may be secret. */
  readonly text: string;
  /** Only for rights. */
  readonly rights?: readonly Right[];
  readonly areas?: readonly Area[];
}

export interface Intent {
  /** Version of the zot that reads both configs. */
  readonly zotVersion: string;
  /** Groups and users that the settings name besides those in the desired rules. Changes for them are intended. */
  readonly groups?: readonly string[];
  readonly users?: readonly string[];
  /** Whether the settings say who may read the metrics, so a change of it is intended. */
  readonly metrics?: boolean;
  /** Whether everybody in the issuer could log in, and from now on only members of `groups` can. */
  readonly closesLogin?: boolean;
  /**
   * Whether the host's config is not this program's yet. Then losses of subjects and settings that the settings leave
   * out are refused, too.
   */
  readonly adopting?: boolean;
}
