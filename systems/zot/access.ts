/** What zot asks its access rules about. The last one is no right but a guard: see `actionsOf` in rules.ts. */
export type Action = "read" | "create" | "update" | "delete" | "detectManifestCollision";

export interface Policy {
  users?: string[];
  groups?: string[];
  actions: Action[];
  /** CEL expressions that must all hold at the request for the policy to count. */
  conditions?: string[];
}

export interface RepositoryPolicy {
  anonymousPolicy?: Action[];
  /** For whoever is logged in, on top of what `policies` grant. */
  defaultPolicy?: Action[];
  policies?: Policy[];
}

/** zot's `http.accessControl` (zot's pkg/api/config/config.go, AccessControlConfig). */
export interface AccessControl {
  repositories: Record<string, RepositoryPolicy>;
  adminPolicy?: Policy;
  metrics?: { users?: string[]; anonymousPolicy?: string[] };
  /** Members of groups for users in an htpasswd file; those of OpenID come with the login. */
  groups?: Record<string, { users: string[] }>;
}

export const EVERY_REPOSITORY = "**";

/**
 * A policy below an empty name holds where no glob matches: zot looks for the longest one that does, beginning with an empty text, and
 * asks for the policy of what it found (AccessController.can in its pkg/api/authz.go).
 */
export const WHERE_NO_GLOB_MATCHES = "";
