import type { MetricsAccess } from "../config/metrics";
import type { Access } from "../grants";
import type { Client } from "./clients";

export interface MatrixIdentity {
  /** How the table calls it, e.g. "CI key". */
  name: string;
  /** Both left out: anonymous. */
  username?: string;
  /** Password or API key. */
  password?: string;
  /** Groups that zot should hold for the user: those of its last login. */
  groups: string[];
  /** A credential that must be refused everywhere: expired, revoked, or of another user. */
  dead?: boolean;
}

export interface MatrixRow {
  identity: string;
  client: string;
  action: string;
  /** What was asked for, as a code: `action` is for the reader alone. */
  asks: QuestionKind;
  target: string;
  expected: string;
  /** What the table shows. */
  actual: string;
  /** The same as a code. */
  outcome: Outcome;
  ok: boolean;
  /** A limitation of this zot that the answer shows; no failure. */
  note?: string;
}

/** An account that pushes. */
export interface MatrixPusher {
  /** Its user name. */
  name: string;
  groups: readonly string[];
  /** Made where it may push and nothing is yet; it must itself be such a place. */
  scratchRepository: string;
}

export interface MatrixArgs {
  /** As clients write it, e.g. `https://registry.example.org`. */
  registryUrl: string;
  access: Access;
  /** Whose rights are proven; among the identities as far as their keys are known. */
  pushers: readonly MatrixPusher[];
  /** Version of the zot that answers, e.g. `2.1.20`. */
  zotVersion: string;
  identities: MatrixIdentity[];
  /** Finds who else asks, while the others do: what it rejects with, the matrix does. */
  later?: () => Promise<MatrixIdentity[]>;
  /** Whether no scratch repository may be made; where one would be needed, less is asked. */
  readOnly?: boolean;
  /** Who reads /metrics; left out where zot serves none, and nobody is asked then. */
  metrics?: MetricsAccess | undefined;
  /** Limit of each request, 5 s unless told. */
  timeoutMs?: number;
  /** Families of clients that ask; those that zot tells apart unless told. */
  clients?: readonly Client[];
  /** Ends the questions early; what was made is still removed. */
  signal?: AbortSignal;
}

/** An existing repository with an existing tag; asked about, never written to. */
export interface Target {
  repository: string;
  tag: string;
  /** Where the repository has the tag `latest`. */
  hasLatest: boolean;
  /** What the tag points at, byte for byte; left out where that could not be read. */
  manifest?: string;
}

/** Where a pusher may push. */
export interface OwnTarget extends Target {
  pusher: string;
}

export interface Targets {
  /** Of each pusher that has one. */
  own: readonly OwnTarget[];
  /** Where no pusher may, one for each kind of place. */
  others: readonly Target[];
  /** Names below caches that hold nothing yet: who may not push there leaves no trace. */
  empty: readonly string[];
}

export type Special = "version check" | "catalog" | "metrics" | "key list";
export type QuestionKind = "repository" | "login" | Special;

/** `done`: what was only a question was carried out. */
export type Outcome =
  "allowed" | "unauthenticated" | "forbidden" | "not found" | "done" | "failed" | "redirected" | "other";

export type Answer = "allowed" | "401" | "403" | "500";
