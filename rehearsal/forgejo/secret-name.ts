/**
 * Forgejo's rule for names of Actions secrets: letters, digits and underscores whatever the case, no digit first, at most
 * 255, none of the reserved beginnings. Source: Forgejo's `services/secrets/validation.go`.
 */
export function isSecretName(name: string): boolean {
  return /^[A-Z_][A-Z0-9_]{0,254}$/i.test(name) && !/^(FORGEJO|GITEA|GITHUB)_/i.test(name);
}
