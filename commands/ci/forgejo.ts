import { z } from "zod";

const TIMEOUT_MS = 15_000;
/** The largest page that Forgejo gives (`[api] MAX_RESPONSE_ITEMS`). */
const PAGE = 50;

const comment = z.object({ id: z.number(), body: z.string() });
const issue = z.object({ number: z.number(), title: z.string(), body: z.string() });
export type Comment = z.output<typeof comment>;
export type Issue = z.output<typeof issue>;

export interface Repository {
  /** Forgejo's API, e.g. `https://forge.example.org/api/v1`. */
  readonly apiUrl: string;
  /** `owner/name` */
  readonly name: string;
  /** The job's own token; it may write issues and comments of its repository. */
  readonly token: string;
}

/** Forgejo did not do what it was asked. Holds no token. */
export class ForgejoApiError extends Error {
  override readonly name = "ForgejoApiError";
}

/** Issues and comments of one repository. */
export class IssueTracker {
  constructor(private readonly repository: Repository) {}

  /** Forgejo lists the comments of an issue whole. */
  async comments(number: number): Promise<Comment[]> {
    return z.array(comment).parse(await this.ask("GET", `/issues/${number}/comments`));
  }

  async addComment(number: number, body: string): Promise<void> {
    await this.ask("POST", `/issues/${number}/comments`, { body });
  }

  async editComment(id: number, body: string): Promise<void> {
    await this.ask("PATCH", `/issues/comments/${id}`, { body });
  }

  async openIssues(): Promise<Issue[]> {
    const all: Issue[] = [];
    for (let page = 1; ; page++) {
      const path = `/issues?state=open&type=issues&limit=${PAGE}&page=${page}`;
      const found = z.array(issue).parse(await this.ask("GET", path));
      all.push(...found);
      // A server may be set to smaller pages than it was asked for.
      if (found.length === 0) return all;
    }
  }

  async createIssue(title: string, body: string): Promise<void> {
    await this.ask("POST", "/issues", { title, body });
  }

  async editIssue(
    number: number,
    change: { title?: string; body?: string; state?: "closed" },
  ): Promise<void> {
    await this.ask("PATCH", `/issues/${number}`, change);
  }

  private async ask(method: string, path: string, body?: object): Promise<unknown> {
    const { apiUrl, name, token } = this.repository;
    const what = `${method} ${name}${path}`;
    const response = await fetch(`${apiUrl}/repos/${name}${path}`, {
      method,
      headers: {
        accept: "application/json",
        authorization: `token ${token}`,
        "content-type": "application/json",
      },
      ...(body && { body: JSON.stringify(body) }),
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch(() => undefined);
    if (!response) throw new ForgejoApiError(`${what}: no answer from ${new URL(apiUrl).host}`);
    if (!response.ok) {
      throw new ForgejoApiError(
        `${what}: answered ${response.status}; the token needs the scope write:issue`,
      );
    }
    return response.json();
  }
}
