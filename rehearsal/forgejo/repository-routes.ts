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
  readonly moved: (name: string, to: string | undefined) => void;
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
    const all = repositories.ofUser;
    const page = pageOf(all, request.query as Record<string, string>);
    return reply.header("x-total-count", all.length).send(page.map(shown));
  });
  app.post("/api/v1/user/repos", (request, reply) => {
    scope(request, "repository");
    const { name, private: hidden } = (request.body ?? {}) as { name?: unknown; private?: unknown };
    if (typeof name !== "string" || !NAME.test(name)) throw new Refusal(422, "[Name]: Required");
    const made = repositories.add({ name, private: hidden === true });
    if (!made) throw new Refusal(409, "The repository with the same name already exists.");
    return reply.code(201).send(shown(made));
  });
  app.patch("/api/v1/repos/:owner/:repo", (request) => {
    scope(request, "repository");
    const known = repositories.of(request);
    const { name, archived, has_actions: actions } = (request.body ?? {}) as Record<string, unknown>;
    if (typeof name === "string" && name !== known.name) {
      repositories.replace(known.name, name);
      moved(known.name, name);
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
    const { name } = repositories.of(request);
    repositories.replace(name, undefined);
    moved(name, undefined);
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
  app.get("/api/v1/user/orgs", (request) => {
    scope(request, "organization");
    return pageOf(orgs, request.query as Record<string, string>).map((name) => ({ name, username: name }));
  });
  app.delete("/api/v1/orgs/:org", (request, reply) => {
    scope(request, "organization");
    const { org } = request.params as { org: string };
    const at = orgs.findIndex((name) => sameName(name, org));
    if (at < 0) throw notFound();
    orgs.splice(at, 1);
    return reply.code(204).send();
  });
}
