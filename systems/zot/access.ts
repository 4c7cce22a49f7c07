/** The actions in zot's access rules. The last one is a guard and not a right: see `actionsOf` in rules.ts. */
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
  /** For all logged-in users, in addition to `policies`. */
  defaultPolicy?: Action[];
  policies?: Policy[];
}

/** zot's `http.accessControl` (zot's pkg/api/config/config.go, AccessControlConfig). */
export interface AccessControl {
  repositories: Record<string, RepositoryPolicy>;
  adminPolicy?: Policy;
  metrics?: { users?: string[]; anonymousPolicy?: string[] };
  /** Members of groups for users in an htpasswd file; OpenID groups come with the login. */
  groups?: Record<string, { users: string[] }>;
}

export const EVERY_REPOSITORY = "**";

/**
 * A policy with an empty name applies where no glob matches: zot searches the longest match, beginning with an empty
 * text, and uses the policy of the result (AccessController.can in its pkg/api/authz.go).
 */
export const WHERE_NO_GLOB_MATCHES = "";
