import { z } from "zod";
import { isUnwell, StatusError } from "../http/errors";
import { readJson } from "../http/json";
import { send, ZOT, type Credential, type ZotReply, type ZotRequest } from "./http";

export type { Credential } from "./http";

export interface ApiKeyInfo {
  uuid: string;
  label: string;
  /** RFC 3339, by the host's clock, as are the other times. */
  createdAt: string;
  /** Left out: never. */
  expiresAt?: string;
  isExpired: boolean;
  /** Left out: not yet. */
  lastUsed?: string;
}

/** How Go writes "no time". */
const NO_TIME = "0001-01-01T00:00:00Z";

const time = z.string().transform((text) => (text === NO_TIME ? undefined : text));
const details = z.object({
  uuid: z.string().min(1),
  label: z.string(),
  createdAt: z.string(),
  expirationDate: time,
  isExpired: z.boolean(),
  lastUsed: time,
});
const minted = details.extend({ apiKey: z.string().startsWith("zak_") });
/** For a user who never had a key, this is null. */
const listed = z.object({ apiKeys: z.array(details).nullable() });

/** zot's HTTP interface for logins and API keys; one request per call, without retries. */
export class ZotClient {
  readonly #registryUrl: string;
  readonly #timeoutMs: number | undefined;

  /** @param options.timeoutMs limit of each request; default 10 s */
  constructor(registryUrl: string, options: { timeoutMs?: number } = {}) {
    this.#registryUrl = registryUrl.replace(/\/+$/, "");
    this.#timeoutMs = options.timeoutMs;
  }

  /**
   * Requests `/v2/`: 200 means that zot serves and, with a credential, that it is valid; 401 that it is not. `date`:
   * the host's clock.
   */
  async ping(credential?: Credential): Promise<{ status: number; date?: Date }> {
    return pinged(await this.#ping(credential));
  }

  /** `ping`, with an error for a failing registry or proxy. */
  async pingWell(credential?: Credential): Promise<{ status: number; date?: Date }> {
    const reply = await this.#ping(credential);
    if (!isUnwell(reply.status)) return pinged(reply);
    throw this.#refused(PING, reply, "see zot's log and that of the proxy before it");
  }

  /**
   * Creates a key for the credential's user, who may be logged in with another key. The key itself is only shown
   * once.
   */
  async mintApiKey(
    credential: Credential,
    { label, expiresAt }: { label: string; expiresAt: Date },
  ): Promise<ApiKeyInfo & { key: string }> {
    const action = `mint the API key "${label}"`;
    const expirationDate = rfc3339(expiresAt);
    const reply = await this.#keys(action, "POST", credential, {
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ label, scopes: [], expirationDate }),
    });
    if (reply.status === 400) {
      throw this.#refused(
        action,
        reply,
        `zot judges the expiry ${expirationDate} by its own clock; compare the host's clock with this one`,
      );
    }
    if (reply.status !== 201) throw this.#refused(action, reply);
    const answer = readJson(reply, { peer: ZOT, action, schema: minted, expected: "a new API key" });
    return { ...info(answer), key: answer.apiKey };
  }

  /** All keys of the credential's user, including expired ones. */
  async listApiKeys(credential: Credential): Promise<ApiKeyInfo[]> {
    const action = "list the API keys";
    const reply = await this.#keys(action, "GET", credential);
    if (reply.status !== 200) throw this.#refused(action, reply);
    const keys = readJson(reply, { peer: ZOT, action, schema: listed, expected: "a list of API keys" });
    return (keys.apiKeys ?? []).map(info);
  }

  /** zot also confirms an id that is unknown or belongs to somebody else, and does nothing: list the keys to be sure. */
  async revokeApiKey(credential: Credential, uuid: string): Promise<void> {
    const action = `revoke the API key ${uuid}`;
    const reply = await this.#keys(action, "DELETE", credential, {}, `?id=${encodeURIComponent(uuid)}`);
    if (reply.status !== 200) throw this.#refused(action, reply);
  }

  #ping(credential: Credential | undefined): Promise<ZotReply> {
    return this.#send(PING, "GET", "/v2/", { credential });
  }

  #keys(
    action: string,
    method: string,
    credential: Credential,
    rest: Partial<ZotRequest> = {},
    query = "",
  ): Promise<ZotReply> {
    return this.#send(action, method, `/zot/auth/apikey${query}`, { ...rest, credential });
  }

  #send(action: string, method: string, path: string, rest: Partial<ZotRequest>): Promise<ZotReply> {
    return send({ ...rest, action, method, url: this.#registryUrl + path, timeoutMs: this.#timeoutMs });
  }

  #refused(action: string, reply: ZotReply, hint = hintFor(reply.status)): StatusError {
    return new StatusError(action, reply, hint);
  }
}

const PING = "ask for /v2/";

function pinged({ status, headers }: ZotReply): { status: number; date?: Date } {
  const date = new Date(headers.get("date") ?? Number.NaN);
  return { status, ...(!Number.isNaN(date.getTime()) && { date }) };
}

/** In seconds: zot requires a full RFC 3339 time and refuses a date. */
function rfc3339(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, "Z");
}

function info({
  uuid,
  label,
  createdAt,
  expirationDate,
  isExpired,
  lastUsed,
}: z.output<typeof details>): ApiKeyInfo {
  return {
    uuid,
    label,
    createdAt,
    ...(expirationDate !== undefined && { expiresAt: expirationDate }),
    isExpired,
    ...(lastUsed !== undefined && { lastUsed }),
  };
}

/** zot answers 500, not 401, without a login, because anonymous reads are open. */
function hintFor(status: number): string {
  switch (status) {
    case 401:
      return "the key is expired, revoked or another user's; log in again and mint a new one";
    case 404:
      return "API keys are off there: zot's config needs http.auth.apikey";
    case 500:
      return "that is zot's answer to a session that is over; log in again, and read zot's log if it persists";
    default:
      return "read zot's log on its host";
  }
}
