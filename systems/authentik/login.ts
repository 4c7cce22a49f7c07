import { z } from "zod";
import { jsonOf } from "../http/json";
import { Browser, type Page } from "./browser";
import { AccessDenied, AuthorizationRefused, NotTheUser, RegistryRefused, UnexpectedAnswer } from "./errors";
import { runFlow } from "./flow";

export interface RegistryLogin {
  /** Base address of zot, e.g. `https://registry.example.org`. */
  readonly registryUrl: string;
  /** Base address of Authentik. */
  readonly authentikUrl: string;
  /** Slug of a login flow that a program can pass: identification, password, user login. */
  readonly flowSlug: string;
  readonly username: string;
  /** For a service account: the key of an app-password token. */
  readonly password: string;
  /** For the whole login, in milliseconds; 30,000 by default. */
  readonly timeoutMs?: number;
}

/** zot's and Authentik's own redirects are six at most. */
const MAX_HOPS = 15;

const meSchema = z.looseObject({ user: z.looseObject({ username: z.string() }) });

/**
 * Logs in to zot through Authentik, without a browser.
 *
 * @returns the Cookie header of zot's session; requests also need `X-ZOT-API-CLIENT: zot-ui`
 * @throws SystemError, most often a LoginError; only the registry and Authentik are contacted
 */
export async function logInToRegistry(a: RegistryLogin): Promise<{ cookie: string }> {
  const authentik = baseOf(a.authentikUrl);
  const registry = baseOf(a.registryUrl);
  const browser = new Browser([authentik.origin, registry.origin], a.timeoutMs ?? 30_000);
  await runFlow(browser, authentik, a.flowSlug, "", a);
  await expectUser(browser, authentik, a.username);
  return { cookie: await openSession(browser, authentik, registry, a.username) };
}

/** If a policy skips the login stage, the flow ends without an error and without a session. */
async function expectUser(browser: Browser, authentik: URL, username: string): Promise<void> {
  const page = await browser.get(new URL("api/v3/core/users/me/", authentik), { Accept: "application/json" });
  if (page.status === 401 || page.status === 403) throw new NotTheUser(page.url, username, undefined);
  const me = meSchema.safeParse(page.status === 200 ? jsonOf(page.body) : undefined);
  if (!me.success)
    throw new UnexpectedAnswer(page.url, page.status, "the answer does not say who is logged in");
  if (me.data.user.username !== username) throw new NotTheUser(page.url, username, me.data.user.username);
}

/**
 * From zot's login to its callback, with a browser that is logged in to Authentik.
 *
 * @returns the Cookie header of zot's session
 * @throws SystemError
 */
export async function openSession(
  browser: Browser,
  authentik: URL,
  registry: URL,
  username: string,
): Promise<string> {
  let url = new URL("zot/auth/login?provider=oidc&callback_ui=/v2/", registry);
  for (let hop = 0; hop < MAX_HOPS; hop++) {
    const flow = flowPage(url, authentik);
    if (flow !== undefined) {
      url = await runFlow(browser, authentik, flow, url.search.slice(1), { username });
      continue;
    }
    const back = isCallback(url, registry);
    const error = back ? url.searchParams.get("error") : null;
    if (error !== null)
      throw new AuthorizationRefused(url, /^\w{1,40}$/.test(error) ? error : "unknown error");
    const page = await browser.get(url);
    if (back && page.status < 400 && (await browser.cookie(registry, "session")) !== undefined) {
      return browser.cookies(registry);
    }
    if (!page.location) throw refusal(page, authentik, registry, username);
    url = browser.admit(page.location, url);
  }
  throw new UnexpectedAnswer(url, 302, `more than ${MAX_HOPS} redirects between the registry and Authentik`);
}

/** Slug of a page's flow: a page needs a browser, so its flow is run instead. */
function flowPage(url: URL, authentik: URL): string | undefined {
  const prefix = new URL("if/flow/", authentik);
  if (url.origin !== prefix.origin || !url.pathname.startsWith(prefix.pathname)) return undefined;
  const slug = url.pathname.slice(prefix.pathname.length).replace(/\/$/, "");
  return slug === "" ? undefined : slug;
}

function isCallback(url: URL, registry: URL): boolean {
  const prefix = new URL("zot/auth/callback/", registry);
  return url.origin === prefix.origin && url.pathname.startsWith(prefix.pathname);
}

/** The meaning of an answer that is neither a redirect nor the end. */
function refusal({ url, status }: Page, authentik: URL, registry: URL, username: string): Error {
  if (isCallback(url, registry)) {
    return new RegistryRefused(
      url,
      status,
      "it got the code but created no session: read zot's log, and check the client secret in its credentials file, the user name " +
        "claim (service accounts have no email), its clock, and that registryUrl has https (zot's cookies are Secure)",
    );
  }
  if (url.href.startsWith(new URL("zot/auth/", registry).href)) {
    return new RegistryRefused(
      url,
      status,
      "it does not start an OIDC login: check that zot runs with http.auth.openid (while the issuer is down it runs " +
        "with the fallback config), and that registryUrl is right",
    );
  }
  // Authentik shows a denied user a page and never redirects (authentik/policies/http.py).
  if (url.origin === authentik.origin && (status === 200 || status === 403))
    return new AccessDenied(url, username);
  if (url.origin === authentik.origin && status < 500 && status !== 429)
    return new AuthorizationRefused(url, `status ${status}`);
  return new UnexpectedAnswer(url, status, "the authorization request had no answer");
}

/** A base with a path keeps it: relative addresses resolve below a slash. */
function baseOf(address: string): URL {
  const url = new URL(address);
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}
