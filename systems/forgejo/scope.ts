import { pathOf } from "../http/path";

/** The location of Actions secrets: a repository, or an organisation, whose secrets all its repositories can read. */
export interface SecretScope {
  readonly owner: string;
  /** If left out: the organisation `owner`. */
  readonly repository?: string | undefined;
}

export function label({ owner, repository }: SecretScope): string {
  return repository === undefined ? `organisation ${owner}` : `${owner}/${repository}`;
}

/** The id of a secret, or of a scope if the name is left out. Forgejo compares owners and repositories without case. */
export function scopeId({ owner, repository }: SecretScope, name?: string): string {
  const scope = repository === undefined ? `orgs/${owner}` : `${owner}/${repository}`;
  return name === undefined ? scope : `${scope}/${name}`;
}

/** Equal for two spellings of one scope. */
export function scopeKey(scope: SecretScope): string {
  return scopeId(scope).toLowerCase();
}

/** The path of a scope's secrets below Forgejo's `/api/v1`. */
export function secretsPath({ owner, repository }: SecretScope): string {
  const parts = repository === undefined ? ["orgs", owner] : ["repos", owner, repository];
  return `${pathOf(...parts)}/actions/secrets`;
}

/** The scope in a path of `secretsPath`, with or without a name after it; undefined: another path. */
export function scopeOfPath(path: string): SecretScope | undefined {
  const form = /^\/(?:orgs\/([^/]+)|repos\/([^/]+)\/([^/]+))\/actions\/secrets(?:\/[^/]*)?$/;
  const [, organisation, owner, repository] =
    form.exec(path)?.map((part) => part && decodeURIComponent(part)) ?? [];
  if (organisation !== undefined) return { owner: organisation };
  return owner !== undefined && repository !== undefined ? { owner, repository } : undefined;
}

/**
 * The scope and name of a secret's address below Forgejo's base URL; the opposite of `${url}/${scopeId(scope,
 * name)}`.
 *
 * @throws Error for any other URL
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
