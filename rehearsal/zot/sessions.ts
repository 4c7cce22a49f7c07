import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { IncomingMessage } from "node:http";
import { now } from "./clock";

/** Seconds that a login lasts (cookiesMaxAge in zot's pkg/api/cookiestore.go). */
export const SESSION_SECONDS = 7200;

/** Seconds between leaving for the issuer and coming back (relyingPartyCookieMaxAge in zot's pkg/api/authn.go). */
export const LOGIN_SECONDS = 120;

export interface CookieOptions {
  path?: string;
  maxAge: number;
  httpOnly?: boolean;
  secure: boolean;
  sameSite?: "Lax";
}

/**
 * Cookies that only this server can have made: the value, or the name of a file with it, and when, signed. Without a key
 * from `sessionKeysFile` they end with the process.
 */
export class Sessions {
  readonly #key: string | Buffer;
  readonly #folder: string;

  constructor(root: string, hashKey?: string) {
    this.#key = hashKey ?? randomBytes(64);
    this.#folder = join(root, "_sessions");
    mkdirSync(this.#folder, { recursive: true });
  }

  /** A value for the cookie of this name that opens to `content`. */
  seal(name: string, content: string): string {
    const payload = Buffer.from(JSON.stringify({ at: now().getTime(), content })).toString("base64url");
    return `${payload}.${this.#sign(name, payload)}`;
  }

  /** Undefined where the request has no such cookie, or one that is forged, for another name or too old. */
  open(request: IncomingMessage, name: string, maxAge: number): string | undefined {
    const [payload = "", signature = ""] = (cookies(request).get(name) ?? "").split(".");
    const expected = Buffer.from(this.#sign(name, payload));
    const given = Buffer.from(signature);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    const { at, content } = JSON.parse(Buffer.from(payload, "base64url").toString()) as {
      at: number;
      content: string;
    };
    return now().getTime() - at > maxAge * 1000 ? undefined : content;
  }

  /** Keeps a session in a file and returns the cookie's value, as zot does. */
  start(content: Record<string, string>): string {
    const id = randomBytes(32).toString("hex");
    writeFileSync(this.#file(id), JSON.stringify(content), { mode: 0o600 });
    return this.seal("session", id);
  }

  load(request: IncomingMessage): Record<string, string> | undefined {
    const id = this.open(request, "session", SESSION_SECONDS);
    if (id === undefined) return undefined;
    try {
      return JSON.parse(readFileSync(this.#file(id), "utf8")) as Record<string, string>;
    } catch {
      return undefined;
    }
  }

  #file(id: string): string {
    return join(this.#folder, `session_${id}`);
  }

  #sign(name: string, payload: string): string {
    return createHmac("sha256", this.#key).update(`${name}|${payload}`).digest("base64url");
  }
}

export function cookies(request: IncomingMessage): Map<string, string> {
  const pairs = (request.headers.cookie ?? "").split(/;\s*/).map((pair): [string, string] => {
    const equals = pair.indexOf("=");
    return [pair.slice(0, equals), pair.slice(equals + 1)];
  });
  return new Map(pairs);
}

/** A Set-Cookie header as Go writes it. A negative maxAge deletes the cookie. */
export function cookie(name: string, value: string, options: CookieOptions): string {
  const { path = "/", maxAge, httpOnly = true, secure, sameSite } = options;
  const shown = /[ ,]/.test(value) ? `"${value}"` : value;
  return [
    `${name}=${shown}`,
    `Path=${path}`,
    `Max-Age=${Math.max(0, maxAge)}`,
    ...(httpOnly ? ["HttpOnly"] : []),
    ...(secure ? ["Secure"] : []),
    ...(sameSite ? [`SameSite=${sameSite}`] : []),
  ].join("; ");
}
