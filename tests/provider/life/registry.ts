import { randomUUID } from "node:crypto";
import type { Answer, Asked, WorldState } from "./world";

export interface StoredKey {
  readonly username: string;
  readonly uuid: string;
  readonly label: string;
  readonly key: string;
  readonly createdAt: number;
  readonly expiresAt: number;
}

export const FOREIGN_LABELS = ["somebody's laptop", "zot-access/another-stack/zot-ci"];
const APP_PASSWORD = "app-password";
const FLOW = "/api/v3/flows/executor/zot-ci-authentication/";
const ok = (body: unknown): Answer => ({ status: 200, body });
const to = (location: string, cookie?: string): Answer => ({
  status: 302,
  headers: { location, ...(cookie && { "set-cookie": cookie }) },
});

/**
 * zot's keys and the login to it, on a clock that can be moved, which the stand-ins of rehearsal/ cannot: their tokens
 * are dated by the real one. The answers are those that facts were measured of; every user has the same app password.
 */
export class Registry {
  readonly login = { loginFlow: "zot-ci-authentication", appPassword: APP_PASSWORD };
  private readonly sessions = new Map<string, string>();

  constructor(
    private readonly things: WorldState,
    private readonly issuer: string,
  ) {}

  isLive(key: string): boolean {
    return this.things.keys.some((each) => each.key === key && each.expiresAt > this.now());
  }

  /** Keys of the stack, whatever its name was, and its user's. */
  live(): StoredKey[] {
    return this.things.keys.filter(
      ({ label, expiresAt }) => !FOREIGN_LABELS.includes(label) && expiresAt > this.now(),
    );
  }

  add(username: string, label: string, expiresAt: number): StoredKey {
    const key = `zak_${randomUUID()}`;
    const made = { username, uuid: randomUUID(), label, key, createdAt: this.now(), expiresAt };
    this.things.keys.push(made);
    return made;
  }

  /** undefined: not a path of this part. */
  answer(asked: Asked): Answer | undefined {
    switch (asked.path) {
      case FLOW:
        return this.flow(asked);
      case "/api/v3/core/users/me/":
        return this.loggedIn(asked, "authentik_session") !== undefined
          ? ok({ user: { username: this.loggedIn(asked, "authentik_session") } })
          : { status: 403 };
      case "/zot/auth/login":
        return to(
          `${this.issuer}/application/o/authorize/?client_id=zot&redirect_uri=${asked.origin}/zot/auth/callback/oidc`,
        );
      case "/application/o/authorize/":
        return this.loggedIn(asked, "authentik_session") !== undefined
          ? to(`${asked.query.get("redirect_uri")}?code=${this.loggedIn(asked, "authentik_session")}&state=s`)
          : { status: 403 };
      case "/zot/auth/callback/oidc":
        return to("/v2/", `session=${this.open(asked.query.get("code") ?? "")}; Path=/`);
      case "/v2/":
        return { status: asked.basic === undefined || this.holderOf(asked) !== undefined ? 200 : 401 };
      case "/zot/auth/apikey":
        return this.apiKeys(asked);
      default:
        return undefined;
    }
  }

  /** The registry's own clock. */
  private now(): number {
    return this.things.nowMs + this.things.skewMs;
  }

  private flow(asked: Asked): Answer {
    if (asked.method === "POST") {
      const { uid_field, password } = asked.body as { uid_field?: string; password?: string };
      if (uid_field !== undefined && password === APP_PASSWORD)
        return to(FLOW, `authentik_session=${this.open(uid_field)}; Path=/`);
    }
    return this.loggedIn(asked, "authentik_session") !== undefined
      ? ok({ component: "xak-flow-redirect", to: "/" })
      : ok({ component: "ak-stage-identification", password_fields: true });
  }

  private apiKeys(asked: Asked): Answer {
    const byKey = this.holderOf(asked);
    if (asked.basic !== undefined && byKey === undefined) return { status: 401 };
    // Whoever is not logged in is answered 500, and a session counts for zot's own UI only.
    const username = byKey ?? (asked.fromUi ? this.loggedIn(asked, "session") : undefined);
    if (username === undefined) return { status: 500 };
    const { keys } = this.things;
    switch (asked.method) {
      case "POST": {
        const { label, expirationDate } = asked.body as { label: string; expirationDate: string };
        if (!(Date.parse(expirationDate) > this.now())) return { status: 400 };
        this.things.minted += 1;
        const made = this.add(username, label, Date.parse(expirationDate));
        return { status: 201, body: { ...this.details(made), apiKey: made.key } };
      }
      case "DELETE":
        // Somebody else's key stays, and zot says 200.
        this.things.keys = keys.filter(
          (key) => key.uuid !== asked.query.get("id") || key.username !== username,
        );
        return { status: 200 };
      default:
        return ok({
          apiKeys: keys.filter((key) => key.username === username).map((key) => this.details(key)),
        });
    }
  }

  private details({ uuid, label, createdAt, expiresAt }: StoredKey) {
    return {
      uuid,
      label,
      createdAt: new Date(createdAt).toISOString(),
      expirationDate: new Date(expiresAt).toISOString(),
      isExpired: expiresAt <= this.now(),
      lastUsed: "0001-01-01T00:00:00Z",
    };
  }

  private open(username: string): string {
    const session = randomUUID();
    this.sessions.set(session, username);
    return session;
  }

  /** User name of a session. */
  private loggedIn({ cookie }: Asked, name: string): string | undefined {
    return this.sessions.get(new RegExp(`(?:^|; )${name}=([^;]*)`).exec(cookie)?.[1] ?? "");
  }

  /** User name of a key that is live, given with its own user's name. */
  private holderOf({ basic }: Asked): string | undefined {
    return basic && this.isLive(basic.password)
      ? this.things.keys.find(({ key, username }) => key === basic.password && username === basic.username)
          ?.username
      : undefined;
  }
}
