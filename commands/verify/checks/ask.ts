/** No HTTP answer. `code` is that of the system, e.g. ECONNREFUSED. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
  constructor(
    readonly url: string,
    readonly code: string,
  ) {
    super(`${url} does not answer (${code})`);
  }
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON, undefined where it is none. */
  readonly json: unknown;
}

/** One GET; redirects are answers. @throws NoAnswer, which never shows what was sent */
export async function ask(
  url: string,
  timeoutMs: number,
  headers: Record<string, string> = {},
): Promise<Answered> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      headers: { "User-Agent": "zot-access-verify", ...headers },
      redirect: "manual",
      signal,
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: parsed(text) };
  } catch (error) {
    const { origin, pathname } = new URL(url);
    throw new NoAnswer(origin + pathname, signal.aborted ? `within ${timeoutMs} ms` : codeOf(error));
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** fetch wraps the reason in `cause`, once or twice. */
function codeOf(error: unknown): string {
  for (let each = error; typeof each === "object" && each !== null; each = Reflect.get(each, "cause")) {
    const code: unknown = Reflect.get(each, "code");
    if (typeof code === "string") return code;
  }
  return "unknown reason";
}
