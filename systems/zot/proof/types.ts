import type { AccessTiers } from "../access";
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
  asks: Asked;
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

export interface MatrixArgs {
  /** As clients write it, e.g. `https://registry.example.org`. */
  registryUrl: string;
  access: AccessTiers;
  /** Version of the zot that answers, e.g. `2.1.20`. */
  zotVersion: string;
  identities: MatrixIdentity[];
  /** Who asks too, as soon as it is known; must not reject. */
  later?: Promise<MatrixIdentity[]>;
  /** Made where no repository matches `access.writableRepositories` yet; must itself match. */
  scratchRepository: string;
  /** Whether the scratch repository must not be made; where it would be needed nothing is asked then. */
  readOnly?: boolean;
  /** Whether zot was built and configured to serve /metrics. */
  metrics: boolean;
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

export interface Targets {
  /** Where CI may push. */
  writable: Target;
  /** Where it may not; none where the globs cover all there is. */
  other?: Target | undefined;
}

export type Special = "version check" | "catalog" | "metrics" | "key list";
export type Asked = "repository" | "login" | Special;

/** `done`: what was only a question was carried out. */
export type Outcome =
  "allowed" | "unauthenticated" | "forbidden" | "not found" | "done" | "failed" | "redirected" | "other";

export type Answer = "allowed" | "401" | "403" | "500";
