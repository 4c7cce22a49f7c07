import type { FastifyInstance, FastifyRequest } from "fastify";
import { pageOf } from "./paging";
import { notFound, Refusal } from "./refusal";
import { type Repositories, type RepositoryOptions, sameName } from "./repositories";

export interface RepositoryRoutes {
  readonly repositories: Repositories;
  /** Names of the organisations, which the token's user administrates. */
  readonly orgs: string[];
  /** The token's user. */
  readonly owner: string;
  /** @throws Refusal 403 */
  readonly reads: (request: FastifyRequest, level: "repository") => void;
  readonly scope: (request: FastifyRequest, level: "repository" | "organization" | "user") => void;
  /** Takes along what is kept by a repository's name; undefined: it is deleted. */
  readonly moved: (repository: RepositoryOptions, to: string | undefined) => void;
}

const NAME = /^[A-Za-z0-9._-]{1,100}$/;

/**
 * Repositories and organisations, as far as they are made, changed and deleted over the API (routers/api/v1/repo/repo.go, org/org.go):
 * a repository is empty here, and of its properties there are the name, and whether it is archived and has Actions.
 */
export function serveRepositories(
  app: FastifyInstance,
  { repositories, orgs, owner, reads, scope, moved }: RepositoryRoutes,
): void {
  const shown = ({ actions = true, archived = false, name, owner: of = owner }: RepositoryOptions) => ({
    name,
    full_name: `${of}/${name}`,
    owner: { login: of },
    archived,
    has_actions: actions,
  });
  app.get("/api/v1/repos/:owner/:repo", (request) => {
    reads(request, "repository");
    return shown(repositories.of(request));
  });
  app.get("/api/v1/user/repos", (request, reply) => {
    reads(request, "repository");
    const all = repositories.ofOwner(owner);
    const page = pageOf(all, request.query as Record<string, string>);
    return reply.header("x-total-count", all.length).send(page.map(shown));
  });
  const make = (request: FastifyRequest, of?: string) => {
    const { name, private: hidden } = (request.body ?? {}) as { name?: unknown; private?: unknown };
    if (typeof name !== "string" || !NAME.test(name)) throw new Refusal(422, "[Name]: Required");
    const made = repositories.add({ name, private: hidden === true, ...(of !== undefined && { owner: of }) });
    if (!made) throw new Refusal(409, "The repository with the same name already exists.");
    return shown(made);
  };
  app.post("/api/v1/user/repos", (request, reply) => {
    scope(request, "repository");
    return reply.code(201).send(make(request));
  });
  const orgOf = (request: FastifyRequest): string => {
    const { org } = request.params as { org: string };
    const known = orgs.find((name) => sameName(name, org));
    if (known === undefined) throw notFound();
    return known;
  };
  app.get("/api/v1/orgs/:org/repos", (request, reply) => {
    scope(request, "organization");
    const all = repositories.ofOwner(orgOf(request));
    const page = pageOf(all, request.query as Record<string, string>);
    return reply.header("x-total-count", all.length).send(page.map(shown));
  });
  app.post("/api/v1/orgs/:org/repos", (request, reply) => {
    scope(request, "organization");
    scope(request, "repository");
    return reply.code(201).send(make(request, orgOf(request)));
  });
  app.patch("/api/v1/repos/:owner/:repo", (request) => {
    scope(request, "repository");
    const known = repositories.of(request);
    const { name, archived, has_actions: actions } = (request.body ?? {}) as Record<string, unknown>;
    if (typeof name === "string" && name !== known.name) {
      repositories.replace(known, name);
      moved(known, name);
      return shown({ ...known, name });
    }
    return shown(
      repositories.change(known, {
        ...(typeof archived === "boolean" && { archived }),
        ...(typeof actions === "boolean" && { actions }),
      }),
    );
  });
  app.delete("/api/v1/repos/:owner/:repo", (request, reply) => {
    scope(request, "repository");
    const known = repositories.of(request);
    repositories.replace(known, undefined);
    moved(known, undefined);
    return reply.code(204).send();
  });
  app.post("/api/v1/orgs", (request, reply) => {
    scope(request, "organization");
    const { username } = (request.body ?? {}) as { username?: unknown };
    if (typeof username !== "string" || !NAME.test(username)) throw new Refusal(422, "[UserName]: Required");
    if (orgs.some((name) => sameName(name, username))) throw new Refusal(422, "user already exists");
    orgs.push(username);
    return reply.code(201).send({ name: username, username });
  });
  app.get("/api/v1/user/orgs", (request, reply) => {
    scope(request, "organization");
    const page = pageOf(orgs, request.query as Record<string, string>);
    return reply.header("x-total-count", orgs.length).send(page.map((name) => ({ name, username: name })));
  });
  app.delete("/api/v1/orgs/:org", (request, reply) => {
    scope(request, "organization");
    const org = orgOf(request);
    if (repositories.ofOwner(org).length > 0)
      throw new Refusal(500, "user still has ownership of repositories");
    orgs.splice(orgs.indexOf(org), 1);
    return reply.code(204).send();
  });
}
