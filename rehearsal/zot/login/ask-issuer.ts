import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import { text } from "node:stream/consumers";

export interface Question {
  readonly headers?: Readonly<Record<string, string>>;
  /** Posted, where it is given. */
  readonly form?: URLSearchParams;
}

/** Go's client gives up after that many (net/http, defaultCheckRedirect). */
const REDIRECTS = 10;

/**
 * One request as Go's client makes it, with its redirects. By Node's own module: to load `fetch` takes as much CPU time as the rest of the
 * start of this process, of which the tests start thousands.
 */
export async function askIssuer(
  url: string,
  question: Question,
  signal: AbortSignal,
): Promise<{ status: number; body: string }> {
  let [at, asked] = [new URL(url), question];
  for (let redirects = 0; redirects < REDIRECTS; redirects++) {
    const response = await ask(at, asked, signal);
    const status = response.statusCode ?? 0;
    const { location } = response.headers;
    const body = await text(response);
    if (location === undefined || ![301, 302, 303, 307, 308].includes(status)) return { status, body };
    const next = new URL(location, at);
    asked = afterRedirect(asked, { status, sameHost: next.host === at.host });
    at = next;
  }
  throw new Error(`stopped after ${REDIRECTS} redirects`);
}

function afterRedirect(
  { form, headers = {} }: Question,
  { status, sameHost }: { status: number; sameHost: boolean },
): Question {
  const kept = Object.entries(headers).filter(([name]) => sameHost || name !== "Authorization");
  const posts = form !== undefined && (status === 307 || status === 308);
  return { headers: Object.fromEntries(kept), ...(posts && { form }) };
}

function ask(url: URL, { form, headers }: Question, signal: AbortSignal): Promise<IncomingMessage> {
  const { request } = url.protocol === "https:" ? https : http;
  return new Promise((resolve, reject) => {
    const type = form && { "Content-Type": "application/x-www-form-urlencoded" };
    // No connection is kept: an issuer that goes down would wait for it.
    const options = {
      ...{ agent: false, signal, method: form ? "POST" : "GET" },
      headers: { ...headers, ...type },
    };
    request(url, options, resolve).on("error", reject).end(form?.toString());
  });
}
