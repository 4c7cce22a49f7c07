import type { FastifyRequest } from "fastify";
import { Moved, notFound } from "./refusal";

export interface RepositoryOptions {
  readonly name: string;
  /** An organisation that the token's user administrates; left out, that user. */
  readonly owner?: string;
  /** Actions may be switched off in a repository; its secrets then answer 404. */
  readonly actions?: boolean;
  /** Whoever has no token does not see it. */
  readonly private?: boolean;
  /** Whoever may only write is refused with 403. */
  readonly owned?: boolean;
  /** Takes secrets still, and refuses issues and comments with 423. */
  readonly archived?: boolean;
}

/** Repositories under the names that they have, and the names that they had. */
export class Repositories {
  private readonly all: RepositoryOptions[];
  /** New names by old ones, both in lower case with their owner. */
  private readonly renamed = new Map<string, string>();

  /** @param user owner of those that name none. */
  constructor(
    entries: readonly (string | RepositoryOptions)[],
    private readonly user: string,
  ) {
    this.all = entries.map((entry) => (typeof entry === "string" ? { name: entry } : entry));
  }

  /** The one that a request's path names. @throws Moved, Refusal 404 */
  of(request: FastifyRequest): RepositoryOptions {
    const { owner = "", repo = "" } = request.params as { owner?: string; repo?: string };
    const known = this.all.find((one) => sameName(one.name, repo) && sameName(one.owner ?? this.user, owner));
    if (known) return known;
    const to = this.renamed.get(`${owner}/${repo}`.toLowerCase());
    if (to === undefined) throw notFound();
    throw new Moved(request.url.replace(`/${owner}/${repo}/`, `/${owner}/${to}/`));
  }

  /** Those of a user or an organisation, in the order in which they were made. */
  ofOwner(name: string): readonly RepositoryOptions[] {
    return this.all.filter(({ owner = this.user }) => sameName(owner, name));
  }

  /** The user's own of that name. */
  ofUser(name: string): RepositoryOptions | undefined {
    return this.ofOwner(this.user).find((one) => sameName(one.name, name));
  }

  isPublic(name: string): boolean {
    return this.all.some((one) => sameName(one.name, name) && one.private !== true);
  }

  /** @returns undefined where there is one of that name */
  add(repository: RepositoryOptions): RepositoryOptions | undefined {
    const owner = repository.owner ?? this.user;
    const there = this.all.some(
      (one) => sameName(one.name, repository.name) && sameName(one.owner ?? this.user, owner),
    );
    if (there) return undefined;
    this.all.push(repository);
    return repository;
  }

  change(repository: RepositoryOptions, change: Partial<RepositoryOptions>): RepositoryOptions {
    const changed = { ...repository, ...change };
    this.all[this.all.indexOf(repository)] = changed;
    return changed;
  }

  list(): Required<Pick<RepositoryOptions, "name" | "owner" | "owned">>[] {
    return this.all.map(({ name, owned = true, owner = this.user }) => ({ name, owner, owned }));
  }

  /** @param to undefined: it is deleted. */
  replace(repository: RepositoryOptions, to: string | undefined): void {
    const { name, owner = this.user } = repository;
    const at = this.all.indexOf(repository);
    this.all.splice(at, 1, ...(to === undefined ? [] : [{ ...repository, name: to }]));
    if (to !== undefined) this.renamed.set(`${owner}/${name}`.toLowerCase(), to);
  }
}

export function sameName(known: string, asked: string | undefined): boolean {
  return known.toLowerCase() === asked?.toLowerCase();
}
