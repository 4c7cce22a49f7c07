import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Flavour } from "./flavours";
import { pageOf } from "./paging";

/** models/user/user_system.go, in Forgejo and in Gitea. */
export const ACTIONS_USER = -2;

/** Issues and pull requests of one repository share their numbers. */
export interface Issue {
  readonly number: number;
  readonly user: User;
  readonly pull: boolean;
  title: string;
  body: string;
  state: "open" | "closed";
  readonly comments: Comment[];
}

export interface Comment {
  readonly id: number;
  readonly user: User;
  body: string;
}

/** Whoever opened an issue or wrote a comment; the Actions user has the id -2. */
export interface User {
  readonly id: number;
  readonly login: string;
}

/** Answers with the status of Forgejo's own error. */
export type Refuse = (status: number, message: string) => Error;

export interface IssueRoutes {
  /** @returns the name of the repository, after the token's scope was looked at, and whether it may be written to. */
  readonly repositoryOf: (request: FastifyRequest) => string;
  readonly userOf: (request: FastifyRequest) => User;
  readonly flavour: Flavour;
  readonly refuse: Refuse;
}

const ISSUES = "/api/v1/repos/:owner/:repo/issues";

/**
 * Issues and their comments, as in Gitea's and Forgejo's routers/api/v1/repo (issue.go, issue_comment.go): an edited issue
 * is answered with 201, the comments of an issue are listed whole, an unknown comment is 404.
 */
export class Issues {
  private readonly all = new Map<string, Issue[]>();
  private lastComment = 0;

  of(repository: string): Issue[] {
    const issues = this.all.get(repository) ?? [];
    this.all.set(repository, issues);
    return issues;
  }

  open(
    repository: string,
    title: string,
    { user, body = "", pull = false }: { user: User; body?: string; pull?: boolean },
  ): Issue {
    const issues = this.of(repository);
    const issue: Issue = { number: issues.length + 1, user, pull, title, body, state: "open", comments: [] };
    issues.push(issue);
    return issue;
  }

  comment(issue: Issue, user: User, body: string): Comment {
    const comment = { id: ++this.lastComment, user, body };
    issue.comments.push(comment);
    return comment;
  }

  serve(app: FastifyInstance, { repositoryOf, userOf, flavour, refuse }: IssueRoutes): void {
    const find = (request: FastifyRequest, unknown: 404 | 500): Issue => {
      const { index } = request.params as { index: string };
      const issue = this.of(repositoryOf(request)).find(({ number }) => number === Number(index));
      if (!issue) throw refuse(unknown, "The target couldn't be found.");
      return issue;
    };
    const issueOf = (request: FastifyRequest) => find(request, 404);
    const commentedOf = (request: FastifyRequest) => find(request, flavour.unknownIssue);
    app.get(ISSUES, (request, reply) => {
      const query = request.query as Record<string, string>;
      const { state = "open", type } = query;
      const found = this.of(repositoryOf(request))
        .filter((issue) => state === "all" || issue.state === state)
        .filter(({ pull }) => type === undefined || pull === (type === "pulls"))
        .reverse();
      return reply.header("x-total-count", found.length).send(pageOf(found, query).map(asIssue));
    });
    app.post(ISSUES, (request, reply) => {
      const repository = repositoryOf(request);
      const { title, body } = textsOf(request, refuse);
      if (!title) throw refuse(422, "[Title]: Required");
      return reply
        .code(201)
        .send(asIssue(this.open(repository, title, { user: userOf(request), body: body ?? "" })));
    });
    app.get(`${ISSUES}/:index`, (request, reply) => reply.send(asIssue(issueOf(request))));
    app.patch(`${ISSUES}/:index`, (request, reply) => {
      const issue = issueOf(request);
      const { title, body, state } = textsOf(request, refuse);
      if (state !== undefined && state !== "open" && state !== "closed") {
        throw refuse(412, `unknown state: ${state}`);
      }
      Object.assign(issue, {
        ...(title && { title }),
        ...(body !== undefined && { body }),
        ...(state && { state }),
      });
      return reply.code(201).send(asIssue(issue));
    });
    app.get(`${ISSUES}/:index/comments`, (request, reply) => {
      const { comments } = commentedOf(request);
      return reply.header("x-total-count", comments.length).send(comments.map(asComment));
    });
    app.post(`${ISSUES}/:index/comments`, (request, reply) => {
      const issue = commentedOf(request);
      const { body } = textsOf(request, refuse);
      if (!body) throw refuse(422, "[Body]: Required");
      const comment = this.comment(issue, userOf(request), body);
      if (userOf(request).id === ACTIONS_USER && flavour.jobComment === 500)
        throw refuse(500, "the comment was written, and what follows failed");
      return reply.code(201).send(asComment(comment));
    });
    const oneOf = (request: FastifyRequest): Comment => {
      const { id } = request.params as { id: string };
      const comments = this.of(repositoryOf(request)).flatMap((issue) => issue.comments);
      const comment = comments.find((each) => each.id === Number(id));
      if (!comment) throw refuse(404, "The target couldn't be found.");
      return comment;
    };
    app.get(`${ISSUES}/comments/:id`, (request, reply) => reply.send(asComment(oneOf(request))));
    app.patch(`${ISSUES}/comments/:id`, (request, reply) => {
      const comment = oneOf(request);
      const { body } = textsOf(request, refuse);
      if (!body) throw refuse(422, "[Body]: Required");
      comment.body = body;
      return reply.send(asComment(comment));
    });
  }
}

/** Forgejo binds the body before it looks at it: what is no text is refused. */
function textsOf(
  request: FastifyRequest,
  refuse: Refuse,
): Partial<Record<"title" | "body" | "state", string>> {
  const given = (request.body ?? {}) as Record<string, unknown>;
  for (const name of ["title", "body", "state"]) {
    if (given[name] !== undefined && typeof given[name] !== "string")
      throw refuse(422, `[${name}]: not a text`);
  }
  return given;
}

function asIssue({ number, user, title, body, state, comments, pull }: Issue): object {
  return {
    id: number,
    number,
    user,
    title,
    body,
    state,
    comments: comments.length,
    pull_request: pull ? { merged: false } : null,
  };
}

function asComment({ id, user, body }: Comment): object {
  return { id, user, body };
}
