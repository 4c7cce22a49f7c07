import { printable } from "../text";

export interface Failure {
  /** The action, for messages: "mint the API key ci". No secret. */
  readonly action: string;
  /** The address; only its origin and path are kept, because queries have codes and states. */
  readonly where: string | URL;
  readonly problem: string;
  /** What to do next. */
  readonly hint: string;
}

/** The base of all failed requests to a system. No message contains a body or a header: either may repeat a secret. */
export abstract class SystemError extends Error {
  /** Whether the same request may succeed later: no answer, or one of an overloaded server. */
  readonly transient: boolean = false;
  readonly action: string;
  /** Origin and path of the failed address. */
  readonly where: string;
  /** What to do next. */
  readonly hint: string;

  constructor({ action, where, problem, hint }: Failure, options?: ErrorOptions) {
    const place = withoutQuery(where);
    super(printable(`could not ${action} at ${place}: ${problem}; ${hint}`), options);
    this.action = action;
    this.where = place;
    this.hint = hint;
  }
}

/** A system, for errors. */
export interface Peer {
  /** For users: "Forgejo". */
  readonly name: string;
  /** The setting with its address. */
  readonly setting: string;
}

/** The parts of an answer that an error may have: nothing of its body. */
export interface Answer {
  /** The address that answered. */
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
}

type Asked = Pick<Failure, "action" | "where"> & { readonly peer: Peer };

/** No HTTP answer: name, connection, certificate. `code` is the system's, e.g. ECONNREFUSED. */
export class UnreachableError extends SystemError {
  override readonly name = "UnreachableError";
  override readonly transient = true;
  constructor(
    asked: Asked,
    readonly code: string,
    options?: ErrorOptions,
  ) {
    super({ ...asked, problem: `no answer (${code})`, hint: hintForCode(code, asked.peer) }, options);
  }
}

export class TimeoutError extends SystemError {
  override readonly name = "TimeoutError";
  override readonly transient = true;
  constructor(
    asked: Asked,
    readonly timeoutMs: number,
  ) {
    super({
      ...asked,
      problem: `no complete answer within ${timeoutMs} ms`,
      hint: `see whether ${asked.peer.name} is well, and whether the proxy before it is slow`,
    });
  }
}

/** Nothing was sent: HTTP cannot carry the header. The value is not shown, because most such headers are credentials. */
export class UnsendableError extends SystemError {
  override readonly name = "UnsendableError";
  constructor(asked: Asked) {
    super({
      ...asked,
      problem: "a header holds a character that HTTP does not allow, so nothing was sent",
      hint: "store the credential again, without line feeds and with ASCII characters only",
    });
  }
}

export class TooLargeError extends SystemError {
  override readonly name = "TooLargeError";
  constructor(
    asked: Asked,
    readonly maxBytes: number,
  ) {
    super({
      ...asked,
      problem: `the answer is larger than ${maxBytes} bytes and was not read completely`,
      hint: `see whether ${asked.peer.setting} is the address of ${asked.peer.name}`,
    });
  }
}

/** A redirect to another origin, or one too many; nothing was sent there. */
export class RedirectError extends SystemError {
  override readonly name = "RedirectError";
  constructor(
    asked: Asked,
    /** Origin of the address that was not followed. */
    readonly target: string,
  ) {
    super({
      ...asked,
      problem: `a redirect to ${target} was not followed`,
      hint: `write the final address in ${asked.peer.setting}, with its scheme, host and port`,
    });
  }
}

/** An answer with another status than the action needs. */
export class StatusError extends SystemError {
  override readonly name = "StatusError";
  override readonly transient: boolean;
  readonly status: number;
  /** The delay that the server requests, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  constructor(action: string, { url, status, headers }: Answer, hint: string) {
    super({ action, where: url, problem: `answered ${status}`, hint });
    this.status = status;
    this.transient = isUnwell(status);
    this.retryAfterMs = retryAfterMs(headers);
  }
}

/** An answer with the right status and an unexpected body. */
export class FormError extends SystemError {
  override readonly name = "FormError";
  constructor(
    asked: Asked,
    /** The expected body: "a list of users". */
    readonly expected: string,
    /** The differing fields, without values. */
    readonly differences: readonly string[] = [],
  ) {
    const which = differences.length === 0 ? "" : ` (${differences.join(", ")})`;
    super({
      ...asked,
      problem: `the answer is not ${expected}${which}`,
      hint: `see whether ${asked.peer.setting} is the address of ${asked.peer.name}`,
    });
  }
}

/** Whether the status means that a server, or a proxy in front of it, failed or is overloaded. */
export function isUnwell(status: number): boolean {
  return status === 429 || status >= 500;
}

/** `Retry-After` in seconds or as a date (RFC 9110 10.2.3); undefined: absent, or in the past. */
function retryAfterMs(headers: Headers): number | undefined {
  const text = headers.get("retry-after")?.trim();
  if (text === undefined) return undefined;
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return wait >= 0 ? wait : undefined;
}

function hintForCode(code: string, { name, setting }: Peer): string {
  if (code === "CERT_HAS_EXPIRED") return "its certificate has expired; renew it";
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return `its certificate is for another name; check ${setting}, or the certificate`;
  if (/CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS/.test(code)) {
    return "the certificate is not trusted here; add its CA with NODE_EXTRA_CA_CERTS, or fix the proxy's certificate";
  }
  if (code.startsWith("ERR_SSL"))
    return `it does not speak TLS there; check the https:// and port of ${setting}`;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return `the name does not resolve; check ${setting}`;
  return `see whether ${name} and the proxy before it are running, and whether this machine may reach them (${setting})`;
}

function withoutQuery(where: string | URL): string {
  if (typeof where === "string" && !URL.canParse(where)) return where;
  const { origin, pathname } = new URL(where);
  return origin + pathname;
}
