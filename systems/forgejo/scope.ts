import { pathOf } from "../http/path";

/** Where Actions secrets are kept: a repository, or an organisation, whose secrets all its repositories see. */
export interface SecretScope {
  readonly owner: string;
  /** Left out: the organisation `owner`. */
  readonly repository?: string | undefined;
}

export function label({ owner, repository }: SecretScope): string {
  return repository === undefined ? `organisation ${owner}` : `${owner}/${repository}`;
}

/** The id of a secret, or of a scope without one. Forgejo takes names of owners and repositories in any case. */
export function scopeId({ owner, repository }: SecretScope, name?: string): string {
  const scope = repository === undefined ? `orgs/${owner}` : `${owner}/${repository}`;
  return name === undefined ? scope : `${scope}/${name}`;
}

/** Equal for two ways of writing one scope. */
export function scopeKey(scope: SecretScope): string {
  return scopeId(scope).toLowerCase();
}

/** The path of a scope's secrets below Forgejo's `/api/v1`. */
export function secretsPath({ owner, repository }: SecretScope): string {
  const parts = repository === undefined ? ["orgs", owner] : ["repos", owner, repository];
  return `${pathOf(...parts)}/actions/secrets`;
}

/** The scope that a path of `secretsPath` is about, with or without a name after it; undefined: it is another path. */
export function scopeOfPath(path: string): SecretScope | undefined {
  const form = /^\/(?:orgs\/([^/]+)|repos\/([^/]+)\/([^/]+))\/actions\/secrets(?:\/[^/]*)?$/;
  const [, organisation, owner, repository] =
    form.exec(path)?.map((part) => part && decodeURIComponent(part)) ?? [];
  if (organisation !== undefined) return { owner: organisation };
  return owner !== undefined && repository !== undefined ? { owner, repository } : undefined;
}

/**
 * A secret by its scope below Forgejo's base URL; the opposite of `${url}/${scopeId(scope, name)}`.
 *
 * @throws Error where it is no such URL
 */
export function parseSecretUrl(text: string): {
  url: string;
  owner: string;
  repository?: string;
  name: string;
} {
  const [, url, first, second, name] = /^(https?:\/\/.+?)\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(text) ?? [];
  if (url === undefined || first === undefined || second === undefined || name === undefined) {
    throw new Error(
      `${text} is not the address of an Actions secret: write https://forgejo/owner/repository/NAME`,
    );
  }
  return first === "orgs" ? { url, owner: second, name } : { url, owner: first, repository: second, name };
}
