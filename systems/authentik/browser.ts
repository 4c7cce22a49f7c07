import { CookieJar } from "tough-cookie";
import { ForeignRedirect, LoginTimedOut, UnexpectedAnswer, Unreachable } from "./errors";

export interface Page {
  readonly url: URL;
  readonly status: number;
  /** Where a 3xx answer points, absolute. */
  readonly location: URL | undefined;
  readonly body: string;
}

/**
 * What a login needs of a browser: cookies, one deadline for all requests, and no request to an origin that it was not
 * made for. It follows nothing by itself.
 */
export class Browser {
  /** A jar for each origin: what one server set is never shown to the other, not even on one host (RFC 6265 8.5). */
  private readonly jars: ReadonlyMap<string, CookieJar>;
  private readonly deadline: AbortSignal;

  constructor(
    origins: readonly string[],
    private readonly timeoutMs: number,
  ) {
    this.jars = new Map(origins.map((origin) => [origin, new CookieJar()]));
    this.deadline = AbortSignal.timeout(timeoutMs);
  }

  /** @throws ForeignRedirect for an address outside of the browser's origins; `from` is what pointed there. */
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
    try {
      const response = await fetch(url, {
        method,
        headers: { "User-Agent": "zot-access", ...headers, ...(cookie !== "" && { Cookie: cookie }) },
        ...(requestBody !== undefined && { body: requestBody }),
        redirect: "manual",
        signal: this.deadline,
      });
      for (const header of response.headers.getSetCookie()) {
        await this.jar(url).setCookie(header, cookieUrl(url), { ignoreError: true });
      }
      const body = await response.text();
      return { url, status: response.status, location: locationOf(response, url), body };
    } catch (error) {
      if (error instanceof UnexpectedAnswer) throw error;
      if (this.deadline.aborted) throw new LoginTimedOut(url, this.timeoutMs);
      throw new Unreachable(url, codeOf(error), { cause: error });
    }
  }

  private jar({ origin, href }: URL): CookieJar {
    const jar = this.jars.get(origin);
    if (!jar) throw new ForeignRedirect(new URL(href), origin);
    return jar;
  }
}

/**
 * zot's login sets Secure cookies whatever the scheme is. As browsers do, take loopback for secure
 * (https://www.w3.org/TR/secure-contexts/#is-origin-trustworthy); over plain HTTP elsewhere they are lost, as there.
 */
function cookieUrl(url: URL): string {
  const isLoopback = /^(127(\.\d+){3}|\[::1\]|(.+\.)?localhost)$/.test(url.hostname);
  return isLoopback ? url.href.replace(/^http:/, "https:") : url.href;
}

function locationOf(response: Response, url: URL): URL | undefined {
  const location = response.headers.get("location");
  if (location === null || response.status < 300 || response.status > 399) return undefined;
  if (!URL.canParse(location, url.href)) {
    throw new UnexpectedAnswer(url, response.status, "the redirect has no address that can be read");
  }
  return new URL(location, url);
}

/** Of an address without an origin, e.g. `data:…`, the scheme is all that is safe to show. */
function originOf(url: URL): string {
  return url.origin === "null" ? url.protocol : url.origin;
}

/** fetch wraps the reason in `cause`, once or twice. */
function codeOf(error: unknown): string {
  for (let each = error; typeof each === "object" && each !== null; each = Reflect.get(each, "cause")) {
    const code: unknown = Reflect.get(each, "code");
    if (typeof code === "string") return code;
  }
  return "unknown reason";
}
