import { CookieJar } from "tough-cookie";
import { type Peer, TimeoutError } from "../http/errors";
import { isLoopback } from "../http/loopback";
import { type HttpReply, locationOf, originOf, request } from "../http/request";
import { ForeignRedirect, LoginTimedOut, UnexpectedAnswer } from "./errors";

/** A login uses both; the address shows which of them an error is about. */
const PEER: Peer = { name: "the server", setting: "registryUrl and authentik.url" };

export interface Page {
  readonly url: URL;
  readonly status: number;
  /** The absolute target of a 3xx answer. */
  readonly location: URL | undefined;
  readonly body: string;
}

/**
 * The parts of a browser that a login needs: cookies, one deadline for all requests, and no request to a foreign
 * origin. It follows no redirect by itself.
 */
export class Browser {
  /** One jar per origin: cookies of one server are never sent to the other, even on the same host (RFC 6265 8.5). */
  private readonly jars: ReadonlyMap<string, CookieJar>;
  private readonly deadline: number;

  constructor(
    origins: readonly string[],
    private readonly timeoutMs: number,
  ) {
    this.jars = new Map(origins.map((origin) => [origin, new CookieJar()]));
    this.deadline = performance.now() + timeoutMs;
  }

  /** @throws ForeignRedirect for an address outside of the browser's origins; `from` is the address of the redirect. */
  admit(target: URL, from: URL): URL {
    if (!this.jars.has(target.origin)) throw new ForeignRedirect(from, originOf(target));
    return target;
  }

  get(url: URL, headers: Record<string, string> = {}): Promise<Page> {
    return this.send(url, "GET", headers);
  }

  post(url: URL, json: unknown, headers: Record<string, string> = {}): Promise<Page> {
    return this.send(url, "POST", { ...headers, "Content-Type": "application/json" }, JSON.stringify(json));
  }

  async cookies(url: URL): Promise<string> {
    return this.jar(url).getCookieString(cookieUrl(url));
  }

  async cookie(url: URL, name: string): Promise<string | undefined> {
    const all = await this.jar(url).getCookies(cookieUrl(url));
    return all.find(({ key }) => key === name)?.value;
  }

  private async send(
    url: URL,
    method: string,
    headers: Record<string, string>,
    requestBody?: string,
  ): Promise<Page> {
    const cookie = await this.cookies(url);
    const left = Math.max(1, Math.ceil(this.deadline - performance.now()));
    const reply = await request({
      peer: PEER,
      action: "log in",
      url,
      method,
      headers: { ...headers, ...(cookie !== "" && { Cookie: cookie }) },
      body: requestBody,
      timeoutMs: left,
    }).catch((error: unknown) => {
      throw error instanceof TimeoutError ? new LoginTimedOut(url, this.timeoutMs) : error;
    });
    for (const header of reply.headers.getSetCookie()) {
      await this.jar(url).setCookie(header, cookieUrl(url), { ignoreError: true });
    }
    return { url, status: reply.status, location: redirectOf(reply), body: reply.text };
  }

  private jar({ origin, href }: URL): CookieJar {
    const jar = this.jars.get(origin);
    if (!jar) throw new ForeignRedirect(new URL(href), origin);
    return jar;
  }
}

/**
 * zot's login always sets Secure cookies. As in browsers, loopback counts as secure
 * (https://www.w3.org/TR/secure-contexts/#is-origin-trustworthy); over plain HTTP elsewhere they are lost, as in
 * browsers.
 */
function cookieUrl(url: URL): string {
  return isLoopback(url) || url.hostname.endsWith(".localhost")
    ? url.href.replace(/^http:/, "https:")
    : url.href;
}

function redirectOf(reply: HttpReply): URL | undefined {
  const { url, status, headers } = reply;
  const location = locationOf(reply);
  if (location || !headers.has("location") || status < 300 || status > 399) return location;
  throw new UnexpectedAnswer(url, status, "the redirect has no address that can be read");
}
