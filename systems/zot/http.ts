import { ZotTimeoutError, ZotUnreachableError } from "./errors";

export type Credential =
  | { kind: "basic"; username: string; password: string }
  /** The Cookie header that a browser would send after the login, e.g. `session=…; user=…`. */
  | { kind: "session"; cookie: string };

export interface ZotRequest {
  /** In words, for the error: "list the API keys". */
  action: string;
  method: string;
  url: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer>;
  credential?: Credential | undefined;
  timeoutMs: number;
}

export interface ZotReply {
  status: number;
  headers: Headers;
  text: string;
}

/**
 * One request; redirects are answers, not followed. Retries nothing.
 *
 * @throws ZotUnreachableError, ZotTimeoutError
 */
export async function send(request: ZotRequest): Promise<ZotReply> {
  const { action, method, url, headers, body, credential, timeoutMs } = request;
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method,
      headers: { "User-Agent": "zot-access", ...authHeaders(credential), ...headers },
      ...(body !== undefined && { body }),
      redirect: "manual",
      signal,
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  } catch (error) {
    if (signal.aborted) throw new ZotTimeoutError(action, url, timeoutMs);
    const code = codeOf(error);
    // Only network errors have a code. The message of any other may hold a header's value, and with it the credential.
    throw new ZotUnreachableError(action, url, code ?? "unknown reason", code ? { cause: error } : {});
  }
}

/** zot looks at a session only where this header says that its own UI is asking (zot's pkg/api/constants). */
function authHeaders(credential: Credential | undefined): Record<string, string> {
  switch (credential?.kind) {
    case undefined:
      return {};
    case "basic":
      return {
        Authorization: `Basic ${Buffer.from(`${credential.username}:${credential.password}`).toString("base64")}`,
      };
    case "session":
      return { Cookie: credential.cookie, "X-ZOT-API-CLIENT": "zot-ui" };
  }
}

/** fetch wraps the reason in `cause`, once or twice. */
function codeOf(error: unknown): string | undefined {
  for (let each = error; typeof each === "object" && each !== null; each = Reflect.get(each, "cause")) {
    const code: unknown = Reflect.get(each, "code");
    if (typeof code === "string") return code;
  }
  return undefined;
}
