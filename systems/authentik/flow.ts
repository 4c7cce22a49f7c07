import { z } from "zod";
import { jsonOf } from "../http/json";
import { pathOf } from "../http/path";
import type { Browser, Page } from "./browser";
import { AccessDenied, ForeignRedirect, UnexpectedAnswer, UnexpectedStage, WrongCredentials } from "./errors";

/** A login needs about five; a flow that restarts itself would never end. */
const MAX_STEPS = 20;

const challengeSchema = z.looseObject({
  component: z.string(),
  response_errors: z.record(z.string(), z.unknown()).nullish(),
  /** xak-flow-redirect: the target at the end of the flow. */
  to: z.string().optional(),
  /** ak-stage-consent: must be sent back. */
  token: z.string().optional(),
  /** ak-stage-identification: whether the password belongs to the same answer. */
  password_fields: z.boolean().optional(),
  captcha_stage: z.unknown().optional(),
});
type Challenge = z.output<typeof challengeSchema>;

export interface Person {
  readonly username: string;
  /** Left out: the flow may not ask for the username. */
  readonly password?: string;
}

/** The answer to each component; undefined: a program cannot answer. */
function answerTo(challenge: Challenge, { username, password }: Person): object | undefined {
  const { component } = challenge;
  switch (component) {
    case "ak-stage-identification":
      if (password === undefined || (challenge.captcha_stage ?? null) !== null) return undefined;
      return { component, uid_field: username, ...(challenge.password_fields === true && { password }) };
    case "ak-stage-password":
      return password === undefined ? undefined : { component, password };
    case "ak-stage-user-login":
      return { component, remember_me: false };
    case "ak-stage-consent":
      return { component, token: challenge.token };
    default:
      return undefined;
  }
}

/**
 * Runs a flow of Authentik to its end through the flow executor (authentik/flows/views/executor.py).
 *
 * @param base Authentik's address, ending in a slash
 * @param query the query of the page that the flow belongs to, without the question mark
 * @returns the redirect at the end of the flow
 * @throws SystemError
 */
export async function runFlow(
  browser: Browser,
  base: URL,
  slug: string,
  query: string,
  person: Person,
): Promise<URL> {
  const executor = new URL(`api/v3/flows/executor${pathOf(slug)}/`, base);
  executor.search = new URLSearchParams({ query }).toString();
  let page = await browser.get(executor, { Accept: "application/json" });
  const answered = new Set<string>();
  for (let step = 0; step < MAX_STEPS; step++) {
    if (page.location) {
      page = await browser.get(toItself(page, page.location, executor), { Accept: "application/json" });
      continue;
    }
    const challenge = readChallenge(page, person, slug);
    const end = endOf(challenge, page);
    if (end) {
      browser.admit(end, page.url);
      if (!isSamePage(end, executor)) return end;
      page = await browser.get(end, { Accept: "application/json" });
      continue;
    }
    // A flow may start over instead of reporting wrong credentials; a second try would only lock the account.
    if (isCredential(challenge) && answered.has(challenge.component)) {
      throw new WrongCredentials(page.url, person.username);
    }
    answered.add(challenge.component);
    page = await answer(browser, page.url, challenge, person);
  }
  throw new UnexpectedStage(executor, `more than ${MAX_STEPS} steps`);
}

/**
 * A completed stage answers with a redirect to the executor itself, over HTTP or, if the query was encoded
 * differently, as a challenge. Over HTTP it never leads elsewhere.
 */
function toItself(page: Page, location: URL, executor: URL): URL {
  if (isSamePage(location, executor)) return location;
  if (location.origin !== executor.origin) throw new ForeignRedirect(page.url, location.origin);
  throw new UnexpectedAnswer(
    page.url,
    page.status,
    "the executor sent to another page instead of a challenge",
  );
}

/** The registry may have a page with the executor's path: it is not the executor, and gets no password. */
function isSamePage(one: URL, other: URL): boolean {
  return one.origin === other.origin && one.pathname === other.pathname;
}

const isCredential = ({ component }: Challenge): boolean =>
  /^ak-stage-(identification|password)$/.test(component);

async function answer(browser: Browser, url: URL, challenge: Challenge, person: Person): Promise<Page> {
  const reply = answerTo(challenge, person);
  if (!reply) throw new UnexpectedStage(url, challenge.component);
  return postAnswer(browser, url, reply);
}

/** Answers the executor's challenge at an address. */
export async function postAnswer(browser: Browser, url: URL, reply: object): Promise<Page> {
  // After the login, Django requires its cookie's token and, over HTTPS, the referrer.
  const csrf = await browser.cookie(url, "authentik_csrf");
  return browser.post(url, reply, {
    Accept: "application/json",
    Origin: url.origin,
    Referer: `${url.origin}/`,
    ...(csrf !== undefined && { "X-authentik-CSRF": csrf }),
  });
}

/** @throws the error that the challenge reports */
function readChallenge(page: Page, { username }: Person, slug: string): Challenge {
  const challenge = parseChallenge(page);
  if (challenge.component === "ak-stage-access-denied") throw new AccessDenied(page.url, username);
  if (challenge.component === "ak-stage-flow-error" || challenge.component === "xak-flow-shell") {
    throw new UnexpectedAnswer(page.url, page.status, `a stage of the flow ${slug} failed inside Authentik`);
  }
  if (Object.keys(challenge.response_errors ?? {}).length > 0) {
    if (isCredential(challenge)) throw new WrongCredentials(page.url, username);
    throw new UnexpectedStage(page.url, `${challenge.component} again`);
  }
  return challenge;
}

function parseChallenge(page: Page): Challenge {
  if (page.status === 404) {
    throw new UnexpectedAnswer(
      page.url,
      404,
      "there is no such flow",
      "compare the flow's slug with Authentik's flows",
    );
  }
  const challenge = challengeSchema.safeParse(jsonOf(page.body));
  if (page.status !== 200 || !challenge.success) {
    throw new UnexpectedAnswer(page.url, page.status, "the answer is not a challenge of a flow");
  }
  return challenge.data;
}

function endOf({ component, to }: Challenge, page: Page): URL | undefined {
  if (component !== "xak-flow-redirect") return undefined;
  if (to === undefined || !URL.canParse(to, page.url.href)) {
    throw new UnexpectedAnswer(page.url, page.status, "the flow's end has no address that can be read");
  }
  return new URL(to, page.url);
}
