/** Where Actions secrets are kept: a repository, or an organisation, whose secrets all its repositories see. */
export interface Place {
  readonly owner: string;
  /** Left out: the organisation `owner`. */
  readonly repository?: string | undefined;
}

export function label({ owner, repository }: Place): string {
  return repository === undefined ? `organisation ${owner}` : `${owner}/${repository}`;
}

/** The id of a secret, or of a place without one. Forgejo takes names of owners and repositories in any case. */
export function placeId({ owner, repository }: Place, name?: string): string {
  const place = repository === undefined ? `orgs/${owner}` : `${owner}/${repository}`;
  return name === undefined ? place : `${place}/${name}`;
}

/** Equal for two ways of writing one place. */
export function placeKey(place: Place): string {
  return placeId(place).toLowerCase();
}
