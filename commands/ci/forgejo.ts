import { z } from "zod";
import { author, ForgejoApi, type Repository } from "./api";

const comment = z.object({ id: z.int(), body: z.string(), user: author });
const issue = z.object({
  id: z.int(),
  number: z.int(),
  title: z.string(),
  body: z.string(),
  state: z.string(),
  user: author,
});
export type Comment = z.output<typeof comment>;
export type Issue = z.output<typeof issue>;

interface Own {
  readonly user?: { readonly id: number } | null | undefined;
  readonly body: string;
}

/**
 * Issues and comments of one repository that the token's own user wrote. Everybody who can read the repository can
 * write the markers by which CI finds its own, so issues and comments of others are ignored: not edited, not closed.
 */
export class IssueTracker {
  private readonly api: ForgejoApi;

  constructor(repository: Repository) {
    this.api = new ForgejoApi(repository);
  }

  /** The comments of an issue that begin with a marker, the oldest first. */
  async ownComments(number: number, marker: string): Promise<Comment[]> {
    const all = await this.api.list(`/issues/${number}/comments`, z.array(comment));
    return this.own(all, marker);
  }

  async addComment(number: number, marker: string, body: string): Promise<void> {
    await this.api.write("POST", `/issues/${number}/comments`, { body }, async () =>
      (await this.ownComments(number, marker)).some((each) => sameText(each.body, body)),
    );
  }

  async editComment(id: number, body: string): Promise<void> {
    const path = `/issues/comments/${id}`;
    await this.api.write("PATCH", path, { body }, async () =>
      sameText((await this.api.get(path, comment)).body, body),
    );
  }

  /** The open issues that begin with a marker, the newest first. */
  async ownIssues(marker: string): Promise<Issue[]> {
    return this.own(await this.api.list("/issues?state=open&type=issues", z.array(issue)), marker);
  }

  async createIssue(title: string, marker: string, body: string): Promise<void> {
    await this.api.write("POST", "/issues", { title, body }, async () =>
      (await this.ownIssues(marker)).some((each) => each.title === title && sameText(each.body, body)),
    );
  }

  async editIssue(
    number: number,
    change: { title?: string; body?: string; state?: "closed" },
  ): Promise<void> {
    await this.api.write("PATCH", `/issues/${number}`, change, async () => {
      const { title, body, state } = await this.api.get(`/issues/${number}`, issue);
      return (
        (change.title === undefined || change.title === title) &&
        (change.body === undefined || sameText(change.body, body)) &&
        (change.state === undefined || change.state === state)
      );
    });
  }

  private async own<T extends Own>(all: readonly T[], marker: string): Promise<T[]> {
    const marked = all.filter(({ body }) => body.startsWith(marker));
    if (marked.length === 0) return [];
    const me = await this.api.me();
    return marked.filter(({ user }) => user?.id === me);
  }
}

/** A server may change line endings and trim trailing blanks. */
function sameText(one: string, other: string): boolean {
  const plain = (text: string) => text.replaceAll("\r\n", "\n").trim();
  return plain(one) === plain(other);
}
