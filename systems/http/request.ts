import {
  type Answer,
  type Peer,
  RedirectError,
  TimeoutError,
  TooLargeError,
  UnreachableError,
  UnsendableError,
} from "./errors";

const DEFAULT_TIMEOUT_MS = 10_000;
/** Pages of a hundred users with all their groups stay below a tenth of it. */
const DEFAULT_MAX_BYTES = 16 << 20;
const MAX_REDIRECTS = 5;

export interface HttpRequest {
  readonly peer: Peer;
  /** The action, for errors: "list the API keys". */
  readonly action: string;
  readonly url: string | URL;
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer> | undefined;
  /** For the whole exchange, including the body; default 10 s. */
  readonly timeoutMs?: number | undefined;
  /** For the decompressed body; default 16 MiB. */
  readonly maxBytes?: number | undefined;
}

export interface HttpReply extends Answer {
  readonly text: string;
}

/**
 * One request; a redirect is an answer and is not followed. There are no retries.
 *
 * @throws UnreachableError, TimeoutError, TooLargeError, UnsendableError
 */
export async function request({
  peer,
  action,
  url: address,
  method = "GET",
  headers = {},
  body,
  timeoutMs = DEFAULT_TIMEOUT_MS,
  maxBytes = DEFAULT_MAX_BYTES,
}: HttpRequest): Promise<HttpReply> {
  const url = new URL(address);
  const asked = { peer, action, where: url };
  const sent = headersOf({ "User-Agent": "zot-access", ...headers });
  if (!sent) throw new UnsendableError(asked);
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method,
      headers: sent,
      ...(body !== undefined && { body }),
      redirect: "manual",
      signal,
    });
    const text = await textOf(response, maxBytes);
    if (text === undefined) throw new TooLargeError(asked, maxBytes);
    return { url, status: response.status, headers: response.headers, text };
  } catch (error) {
    if (error instanceof TooLargeError) throw error;
    if (signal.aborted) throw new TimeoutError(asked, timeoutMs);
    const code = codeOf(error);
    // Only network errors have a code. Any other message may contain the request's data.
    throw new UnreachableError(asked, code ?? "unknown reason", code === undefined ? {} : { cause: error });
  }
}

/**
 * `request` for a GET with redirects within the origin, so that no credential leaves it.
 *
 * @throws RedirectError for a redirect to another origin, or one too many
 */
export async function requestFollowing(first: HttpRequest): Promise<HttpReply> {
  let { url } = first;
  for (let hop = 0; ; hop++) {
    const reply = await request({ ...first, url });
    const target = locationOf(reply);
    if (target === undefined) return reply;
    const refused = { peer: first.peer, action: first.action, where: reply.url };
    if (target.origin !== reply.url.origin) throw new RedirectError(refused, originOf(target));
    if (hop === MAX_REDIRECTS) throw new RedirectError(refused, target.origin + target.pathname);
    url = target;
  }
}

/** The absolute target of a redirect; undefined for another status, or an unreadable address. */
export function locationOf({ status, headers, url }: Answer): URL | undefined {
  const location = headers.get("location");
  if (location === null || status < 300 || status > 399 || !URL.canParse(location, url.href))
    return undefined;
  return new URL(location, url);
}

/** Of an address without an origin, e.g. `data:…`, only the scheme is safe to show. */
export function originOf(url: URL): string {
  return url.origin === "null" ? url.protocol : url.origin;
}

/** Undefined if one of them cannot be sent; the error would repeat its value. */
function headersOf(headers: Readonly<Record<string, string>>): Headers | undefined {
  try {
    return new Headers(headers);
  } catch {
    return undefined;
  }
}

/** Undefined if it is longer; the rest is not fetched. */
async function textOf({ body }: Response, maxBytes: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop cancels the stream, and with it the connection.
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.byteLength;
    if (length > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

/** fetch wraps the reason in `cause`, once or twice. */
function codeOf(error: unknown): string | undefined {
  for (let each = error; typeof each === "object" && each !== null; each = Reflect.get(each, "cause")) {
    const code: unknown = Reflect.get(each, "code");
    if (typeof code === "string") return code;
  }
  return undefined;
}
