import { isUnwell, SystemError } from "../http/errors";

/** What every failed exchange with zot carries. No message holds a body: it may echo a key. */
export abstract class ZotError extends SystemError {
  constructor(
    /** What was tried, in words: "mint an API key". */
    readonly action: string,
    readonly url: string,
    problem: string,
    /** The next thing to do. */
    readonly hint: string,
    options?: ErrorOptions,
  ) {
    super(`could not ${action} at ${url}: ${problem}; ${hint}`, options);
  }
}

/** No HTTP answer: name, connection, certificate. `code` is that of the system, e.g. ECONNREFUSED. */
export class ZotUnreachableError extends ZotError {
  override readonly name = "ZotUnreachableError";
  override readonly transient = true;
  constructor(
    action: string,
    url: string,
    readonly code: string,
    options?: ErrorOptions,
  ) {
    super(action, url, `no answer (${code})`, hintFor(code), options);
  }
}

export class ZotTimeoutError extends ZotError {
  override readonly name = "ZotTimeoutError";
  override readonly transient = true;
  constructor(
    action: string,
    url: string,
    readonly timeoutMs: number,
  ) {
    super(
      action,
      url,
      `no answer within ${timeoutMs} ms`,
      "see whether zot still serves /v2/ on its host, and whether the proxy before it is slow",
    );
  }
}

/** An answer with another status than the action needs. */
export class ZotStatusError extends ZotError {
  override readonly name = "ZotStatusError";
  override readonly transient: boolean;
  constructor(
    action: string,
    url: string,
    readonly status: number,
    hint: string,
  ) {
    super(action, url, `answered ${status}`, hint);
    this.transient = isUnwell(status);
  }
}

/** An answer with the right status and a body that is not zot's. */
export class ZotAnswerError extends ZotError {
  override readonly name = "ZotAnswerError";
  override readonly transient = false;
  constructor(action: string, url: string) {
    super(action, url, "the answer is not what zot sends", "see whether the URL is that of a zot registry");
  }
}

function hintFor(code: string): string {
  if (/CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS/.test(code)) {
    return "the certificate is not trusted here; add its CA with NODE_EXTRA_CA_CERTS, or mend the proxy's certificate";
  }
  if (code.startsWith("ERR_SSL")) return "it does not speak TLS there; check the URL's https:// and port";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN")
    return "the name does not resolve; check the registry's URL";
  return "see whether zot and the proxy before it are running, and whether this machine may reach them";
}
