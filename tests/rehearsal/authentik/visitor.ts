import { Browser, type Page } from "../../../systems/authentik/browser";

export type Challenge = Record<string, unknown> & { component: string };

/** A person's browser before Authentik, without the pages: it drives the flow executor itself. */
export class Visitor {
  private readonly browser: Browser;

  constructor(private readonly url: string) {
    this.browser = new Browser([new URL(url).origin], 20_000);
  }

  get(path: string): Promise<Page> {
    return this.browser.get(new URL(path, this.url));
  }

  session(): Promise<string | undefined> {
    return this.browser.cookie(new URL(this.url), "authentik_session");
  }

  /** What a flow asks; `query` is that of its page. */
  async look(flow: string, query = ""): Promise<Challenge> {
    return this.challengeOf(await this.get(executor(flow, query)));
  }

  /** What the flow asks after an answer. */
  async answer(flow: string, body: object, query = ""): Promise<Challenge> {
    return this.challengeOf(await this.answerPage(flow, body, query));
  }

  async answerPage(
    flow: string,
    body: object,
    query = "",
    headers: Record<string, string> = {},
  ): Promise<Page> {
    const url = new URL(this.url);
    const csrf = await this.browser.cookie(url, "authentik_csrf");
    return this.browser.post(new URL(executor(flow, query), url), body, {
      ...(csrf !== undefined && { "X-authentik-CSRF": csrf }),
      ...headers,
    });
  }

  async whoAmI(): Promise<string | undefined> {
    const page = await this.get("/api/v3/core/users/me/");
    if (page.status !== 200) return undefined;
    return (JSON.parse(page.body) as { user: { username: string } }).user.username;
  }

  /** Logs in by the default flow, second factor included. */
  async logIn(username: string, password: string, code: string): Promise<Challenge> {
    const flow = "default-authentication-flow";
    await this.look(flow);
    const next = await this.identify(flow, username, password);
    if (next.component !== "ak-stage-authenticator-validate") return next;
    return this.answer(flow, { component: "ak-stage-authenticator-validate", code });
  }

  /** Answers with the name and, on its own page, the password. @returns what is asked then */
  async identify(flow: string, username: string, password: string, query = ""): Promise<Challenge> {
    await this.answer(flow, { component: "ak-stage-identification", uid_field: username }, query);
    return this.answer(flow, { component: "ak-stage-password", password }, query);
  }

  private async challengeOf(page: Page): Promise<Challenge> {
    let next = page;
    // A stage that asks nothing is passed with a redirect as well.
    while (next.location) next = await this.browser.get(next.location);
    if (next.status !== 200) throw new Error(`${next.url.pathname} answered ${next.status}`);
    return JSON.parse(next.body) as Challenge;
  }
}

function executor(flow: string, query: string): string {
  return `/api/v3/flows/executor/${flow}/?${new URLSearchParams({ query }).toString()}`;
}
