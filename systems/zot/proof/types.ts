import type { MetricsAccess } from "../config/metrics";
import type { Access } from "../grants";
import type { Client } from "./clients";

export interface MatrixIdentity {
  /** Its name in the table, e.g. "CI key". */
  name: string;
  /** Both left out: anonymous. */
  username?: string;
  /** Password or API key. */
  password?: string;
  /** The user's expected groups in zot: those of the last login. */
  groups: string[];
  /** A credential that must be refused everywhere: expired, revoked, or another user's. */
  dead?: boolean;
}

export interface MatrixRow {
  identity: string;
  client: string;
  action: string;
  /** The tested right, as a code: `action` is only for the reader. */
  asks: QuestionKind;
  target: string;
  expected: string;
  /** The text in the table. */
  actual: string;
  /** The same, as a code. */
  outcome: Outcome;
  ok: boolean;
  /** A known limitation of this zot that the answer shows; not a failure. */
  note?: string;
}

/** An account that pushes. */
export interface MatrixPusher {
  /** Its username. */
  name: string;
  groups: readonly string[];
  /** Created where it may push and nothing exists yet; it must itself be such a place. */
  scratchRepository: string;
}

export interface MatrixArgs {
  /** As clients write it, e.g. `https://registry.example.org`. */
  registryUrl: string;
  access: Access;
  /** The pushers to test; they are among the identities if their keys are known. */
  pushers: readonly MatrixPusher[];
  /** Version of the zot that answers, e.g. `2.1.20`. */
  zotVersion: string;
  identities: MatrixIdentity[];
  /** Finds further identities in parallel; the matrix rejects if this rejects. */
  later?: () => Promise<MatrixIdentity[]>;
  /** Whether no scratch repository may be created; if one would be needed, fewer requests are made. */
  readOnly?: boolean;
  /** Who may read /metrics; left out if zot serves none, and then not tested. */
  metrics?: MetricsAccess | undefined;
  /** Limit of each request; default 5 s. */
  timeoutMs?: number;
  /** Families of clients to test as; default: those that zot distinguishes. */
  clients?: readonly Client[];
  /** Stops the tests early; what was created is still removed. */
  signal?: AbortSignal;
}

/** An existing repository with an existing tag; only tested, never written to. */
export interface Target {
  repository: string;
  tag: string;
  /** Set if the repository has the tag `latest`. */
  hasLatest: boolean;
  /** The tag's manifest, byte for byte; left out if it could not be read. */
  manifest?: string;
}

/** Where a pusher may push. */
export interface OwnTarget extends Target {
  pusher: string;
}

export interface Targets {
  /** For each pusher that has one. */
  own: readonly OwnTarget[];
  /** Where no pusher may push, one for each kind of place. */
  others: readonly Target[];
  /** Names below caches that are empty: a refused push leaves no trace there. */
  empty: readonly string[];
}

export type Special = "version check" | "catalog" | "metrics" | "key list";
export type QuestionKind = "repository" | "login" | Special;

/** `done`: a request that was only a test was executed. */
export type Outcome =
  "allowed" | "unauthenticated" | "forbidden" | "not found" | "done" | "failed" | "redirected" | "other";

export type Answer = "allowed" | "401" | "403" | "500";
