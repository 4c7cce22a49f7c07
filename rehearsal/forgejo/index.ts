/*
 * Stands in for the Actions secrets, the list of repositories, the issues and the jobs of Forgejo's API (/api/v1), measured against Gitea's and Forgejo's
 * source and a running Forgejo 9; what differs between versions is in flavours.ts. Where it cannot be as the real one: it has one
 * user with one token beside the jobs, no web pages, and answers 404 for every other path.
 */
import fastify, { type FastifyRequest } from "fastify";
import { StandInControls, tokenOf, type StandIn } from "../service/stand-in";
import { type Flavour, type FlavourName, FLAVOURS, isSecretName } from "./flavours";
import { ACTIONS_USER, type Comment, type Issue, Issues, type User } from "./issues";
import { type JobOptions, Jobs, type RunningJob, type Status, type Task } from "./jobs";
import { pageOf } from "./paging";
import { Moved, notFound, Refusal } from "./refusal";
import { Repositories, type RepositoryOptions, sameName } from "./repositories";
import { serveRepositories } from "./repository-routes";
import { SecretStore, type StoredSecret } from "./secret-store";

export interface ForgejoOptions {
  readonly token: string;
  /** The token's user, who owns the repositories. */
  readonly owner: string;
  readonly repositories: readonly (string | RepositoryOptions)[];
  readonly orgs?: readonly string[];
  /** What the token may do; all of it when left out. */
  readonly scopes?: readonly string[];
  readonly port?: number;
  /** Which server and version it answers as; `strictest` when left out. */
  readonly flavour?: FlavourName;
  /** The server's clock. */
  readonly now?: () => Date;
}

export interface Forgejo extends StandIn {
  /** For assertions only: Forgejo itself never gives a value back. */
  secretsOf(repository: string, owner?: string): Readonly<Record<string, string>>;
  /** Sets a secret as somebody in the web pages would. */
  plant(repository: string, name: string, value: string): void;
  /** Opens a pull request, as a push and the web pages would. */
  openPull(repository: string, title: string): Issue;
  /** Issues and pull requests, in the order of their numbers. */
  issuesOf(repository: string): readonly Issue[];
  /** Opens an issue as somebody else than the token's user would. */
  openIssue(repository: string, title: string, body: string, user?: User): Issue;
  /** Comments as somebody else than the token's user would. */
  comment(issue: Issue, body: string, user?: User): Comment;
  /** Runs a job of Actions, which works with a token of its own. @returns what the server says that it came to */
  runJob(options: JobOptions, work: (job: RunningJob) => Promise<"success" | "failure">): Promise<Status>;
  /** Cancels running jobs as somebody in the web pages would. */
  cancelJobs(event: string, ref?: string): void;
  /** Deletes a secret as somebody in the web pages would. */
  forget(repository: string, name: string): void;
  /** Renames a repository as its owner would; requests under the old name are sent to the new one. */
  rename(repository: string, to: string): void;
  /** Deletes a repository. */
  drop(repository: string): void;
}

const ALL_SCOPES = ["write:repository", "write:organization", "write:user", "write:issue"];
type Level = "repository" | "organization" | "user" | "issue";
const OWNER_ID = 1;
/** No server set a limit to the secrets of several megabytes that it was sent. */
const LARGEST_BODY = 16 * 1024 * 1024;
/** Somebody who may read the repository, and so open issues and write comments. */
export const STRANGER: User = { id: 77, login: "mallory" };

export async function startForgejo(options: ForgejoOptions): Promise<Forgejo> {
  // Names may have 255 characters, and longer ones are to be refused, not overlooked.
  const routerOptions = { maxParamLength: 1000 };
  const app = fastify({ bodyLimit: LARGEST_BODY, forceCloseConnections: true, routerOptions });
  const flavour: Flavour = FLAVOURS[options.flavour ?? "strictest"];
  const store = new SecretStore(flavour);
  const jobs = new Jobs(flavour, options.now ?? (() => new Date()));
  const owner: User = { id: OWNER_ID, login: options.owner };
  const actionsUser: User = { id: ACTIONS_USER, login: flavour.actionsUser };
  const repositories = new Repositories(options.repositories, options.owner);
  const scopes = options.scopes ?? ALL_SCOPES;
  const controls = new StandInControls(app, (status) => errorBody(`fault injected: ${status}`));

  const orgs = [...(options.orgs ?? [])];
  const sentBy = (request: FastifyRequest): string | undefined => {
    if (flavour.tokenInAddress && request.headers.authorization === undefined)
      return (request.query as { token?: string }).token;
    // Forgejo compares the one word as it is, and the other in any case.
    const [scheme = ""] = (request.headers.authorization ?? "").split(" ", 1);
    if (flavour.schemes === "token in small letters" && /^token$/i.test(scheme) && scheme !== "token")
      return undefined;
    return tokenOf(request, "token", "bearer");
  };
  const isJob = (request: FastifyRequest) => jobs.isRunning(sentBy(request) ?? "");
  const userOf = (request: FastifyRequest) => (isJob(request) ? actionsUser : owner);

  /** A job's token has no scopes: it may write what its repository has, and manage nothing. */
  function checkJob(level: Level): void {
    if (level === "issue") return;
    throw new Refusal(403, "user should be the owner of the repo");
  }

  /** @throws Refusal 403 for a job where the flavour gives it issues alone */
  function checkReads(request: FastifyRequest, level: Level): void {
    if (!isJob(request)) checkScope(request, level);
    else if (flavour.jobRights === "issues only") throw new Refusal(403, "token lacks the permission");
  }

  function checkScope(request: FastifyRequest, level: Level): void {
    if (isJob(request)) {
      checkJob(level);
      return;
    }
    const needed = `${request.method === "GET" ? "read" : "write"}:${level}`;
    if (!scopes.includes(`write:${level}`) && !scopes.includes(needed)) {
      throw new Refusal(403, `token does not have at least one of required scope(s): [${needed}]`);
    }
  }

  /** @returns where the store keeps the secrets that the request is about. */
  function placeOf(request: FastifyRequest, level: Level): string {
    checkScope(request, level);
    if (level === "user") return "user";
    const { org } = request.params as { org?: string };
    if (level === "organization") {
      const known = orgs.find((name) => sameName(name, org));
      if (known === undefined) throw notFound();
      return `orgs/${known}`;
    }
    const known = repositories.of(request);
    if (known.actions === false && flavour.secretsWithoutActions === "404") throw notFound();
    if (known.owned === false) throw new Refusal(403, "user should be the owner of the repo");
    return placeOfRepository(known.name, known.owner);
  }

  /** Whoever has no token is told nothing of what they may not see, be it there or not. */
  const whyNobody = (request: FastifyRequest): Refusal => {
    const [, name] = /^\/api\/v1\/repos\/[^/]+\/([^/?]+)/.exec(request.url) ?? [];
    const isPublic = name === undefined || repositories.isPublic(name);
    return isPublic ? new Refusal(401, "token is required") : notFound();
  };

  app.addHook("onRequest", (request, _reply, done) => {
    const token = sentBy(request);
    if (request.url.startsWith("/api/v1/version")) done();
    else if (token === undefined) done(whyNobody(request));
    else if (token !== options.token && !jobs.isRunning(token))
      done(new Refusal(401, "invalid username, password or token"));
    else done();
  });
  app.setNotFoundHandler(() => {
    throw notFound();
  });
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    if (error instanceof Moved)
      return reply
        .code(flavour.renamed)
        .header("location", error.to)
        .type("text/html; charset=utf-8")
        .send("");
    // A body that is no JSON is a failed binding to Forgejo, 422; fastify calls it 400.
    const status = error instanceof Refusal ? error.status : error.statusCode === 400 ? 422 : 500;
    return reply.code(status).send({ ...errorBody(error.message), ...(status === 404 && { errors: [] }) });
  });

  app.get("/api/v1/repos/search", (request, reply) => {
    checkReads(request, "repository");
    const {
      limit = "30",
      page = "1",
      q = "",
    } = request.query as { limit?: string; page?: string; q?: string };
    const size = Math.min(Number(limit), 50);
    const all = repositories.list().filter(({ name }) => name.toLowerCase().includes(q.toLowerCase()));
    const shown = all.slice((Number(page) - 1) * size, Number(page) * size);
    return reply.header("x-total-count", all.length).send({
      ok: true,
      data: shown.map(({ name, owned, owner }) => ({
        name,
        full_name: `${owner}/${name}`,
        owner: { login: owner },
        permissions: { admin: owned, push: true, pull: true },
      })),
    });
  });

  const issues = new Issues();
  issues.serve(app, {
    repositoryOf: (request) => {
      checkScope(request, "issue");
      const { name, archived = false } = repositories.of(request);
      if (archived && request.method !== "GET") throw new Refusal(423, `${name} is archived`);
      return name;
    },
    userOf,
    flavour,
    refuse: (status, message) => new Refusal(status, message),
  });

  app.get("/api/v1/user", (request) => {
    checkReads(request, "user");
    return userOf(request);
  });
  app.get("/api/v1/version", () => ({ version: flavour.version }));
  serveRepositories(app, {
    repositories,
    orgs,
    owner: options.owner,
    reads: checkReads,
    scope: checkScope,
    moved: ({ name, owner: of }, to) => {
      store.move(placeOfRepository(name, of), to === undefined ? undefined : placeOfRepository(to, of));
    },
  });
  app.get("/api/v1/repos/:owner/:repo/actions/tasks", (request, reply) => {
    checkReads(request, "repository");
    repositories.of(request);
    const page = pageOf(jobs.tasks, request.query as Record<string, string>);
    if (flavour.jobsCounted) reply.header("x-total-count", jobs.tasks.length);
    return reply.send({ workflow_runs: page.map(asTask), total_count: jobs.tasks.length });
  });

  const places: [string, Level][] = [
    ["/api/v1/repos/:owner/:repo/actions/secrets", "repository"],
    ["/api/v1/orgs/:org/actions/secrets", "organization"],
    ["/api/v1/user/actions/secrets", "user"],
  ];
  for (const [path, level] of places) {
    if (level !== "user") {
      app.get(path, (request, reply) => {
        const all = store.list(placeOf(request, level));
        const page = pageOf(all, request.query as Record<string, string>, flavour.pageZero);
        return reply.header("x-total-count", all.length).send(page.map((each) => asListed(each, flavour)));
      });
    }
    app.put(`${path}/:name`, (request, reply) => {
      const place = placeOf(request, level);
      const data = dataOf(request);
      if (Buffer.byteLength(data) > (flavour.largestSecret ?? Infinity))
        throw new Refusal(400, "secret data too long");
      const outcome = store.put(place, nameOf(request, flavour), data);
      return reply.code(outcome === "created" ? 201 : 204).send();
    });
    app.delete(`${path}/:name`, (request, reply) => {
      if (!store.delete(placeOf(request, level), nameOf(request, flavour)))
        throw new Refusal(404, "secret not found");
      return reply.code(204).send();
    });
  }

  function existing(name: string) {
    const repository = repositories.ofUser(name);
    if (!repository) throw new Error(`the stand-in of Forgejo has no repository ${name}`);
    return repository;
  }

  function placeOfRepository(name: string, owner = options.owner): string {
    return `repos/${owner}/${name}`;
  }

  return {
    ...(await controls.listen(options.port ?? 0)),
    secretsOf: (repository, owner) =>
      Object.fromEntries(
        store.list(placeOfRepository(repository, owner)).map(({ name, value }) => [name, value]),
      ),
    plant: (repository, name, value) => {
      store.put(placeOfRepository(repository), name, value);
    },
    openPull: (repository, title) => issues.open(repository, title, { user: owner, pull: true }),
    openIssue: (repository, title, body, user = STRANGER) => issues.open(repository, title, { user, body }),
    comment: (issue, body, user = STRANGER) => issues.comment(issue, user, body),
    runJob: (job, work) => jobs.run(job, work),
    cancelJobs: (event, ref = "main") => {
      jobs.cancel(event, ref);
    },
    issuesOf: (repository) => issues.of(repository),
    forget: (repository, name) => {
      store.delete(placeOfRepository(repository), name);
    },
    rename: (repository, to) => {
      repositories.replace(existing(repository), to);
      store.move(placeOfRepository(repository), placeOfRepository(to));
    },
    drop: (repository) => {
      repositories.replace(existing(repository), undefined);
      store.move(placeOfRepository(repository), undefined);
    },
  };
}

function errorBody(message: string): object {
  return { message, url: "/api/swagger" };
}

function nameOf(request: FastifyRequest, flavour: Flavour): string {
  const { name } = request.params as { name: string };
  if (!isSecretName(name, flavour)) throw new Refusal(400, "invalid secret name");
  return name;
}

/** Forgejo binds the body before it looks at the name. */
function dataOf(request: FastifyRequest): string {
  const { data } = (request.body ?? {}) as { data?: unknown };
  if (data !== undefined && typeof data !== "string") throw new Refusal(422, "[Data]: not a text");
  if (!data) throw new Refusal(422, "[Data]: Required");
  return data;
}

function asTask({ id, runNumber, name, event, ref, status, startedAt, updatedAt }: Task): object {
  return {
    id,
    name,
    head_branch: ref,
    run_number: runNumber,
    event,
    status,
    workflow_id: "stack.yaml",
    created_at: secondsOf(startedAt),
    updated_at: secondsOf(updatedAt),
    run_started_at: secondsOf(startedAt),
  };
}

function secondsOf(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, "Z");
}

function asListed({ name, createdAt }: StoredSecret, { descriptions }: Flavour): object {
  return { name, ...(descriptions && { description: "" }), created_at: secondsOf(createdAt) };
}
