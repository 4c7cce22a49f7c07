import { randomUUID } from "node:crypto";
import type { Answer, Asked, Things } from "./world";

export interface StoredKey {
  readonly uuid: string;
  readonly label: string;
  readonly key: string;
  readonly createdAt: number;
  readonly expiresAt: number;
}

const APP_PASSWORD = "app-password";
const FLOW = "/api/v3/flows/executor/zot-ci-authentication/";
const ok = (body: unknown): Answer => ({ status: 200, body });
const to = (location: string, cookie?: string): Answer => ({
  status: 302,
  headers: { location, ...(cookie && { "set-cookie": cookie }) },
});

/**
 * zot's keys and the login to it, on a clock that can be moved, which the stand-ins of rehearsal/ cannot: their tokens
 * are dated by the real one. The answers are those that facts were measured of; there is one user, zot-ci.
 */
export class Registry {
  readonly login = { authentikUrl: "", loginFlow: "zot-ci-authentication", appPassword: APP_PASSWORD };
  private readonly sessions = new Set<string>();

  constructor(private readonly things: Things) {}

  isLive(key: string): boolean {
    return this.things.keys.some((each) => each.key === key && each.expiresAt > this.now());
  }

  live(label: string): StoredKey[] {
    return this.things.keys.filter((each) => each.label === label && each.expiresAt > this.now());
  }

  add(label: string, expiresAt: number): StoredKey {
    const made = { uuid: randomUUID(), label, key: `zak_${randomUUID()}`, createdAt: this.now(), expiresAt };
    this.things.keys.push(made);
    return made;
  }

  /** undefined: not a path of this part. */
  answer(asked: Asked): Answer | undefined {
    switch (asked.path) {
      case FLOW:
        return this.flow(asked);
      case "/api/v3/core/users/me/":
        return this.isLoggedIn(asked, "authentik_session")
          ? ok({ user: { username: "zot-ci" } })
          : { status: 403 };
      case "/zot/auth/login":
        return to("/application/o/authorize/?client_id=zot");
      case "/application/o/authorize/":
        return this.isLoggedIn(asked, "authentik_session")
          ? to("/zot/auth/callback/oidc?code=c&state=s")
          : { status: 403 };
      case "/zot/auth/callback/oidc":
        return to("/v2/", `session=${this.open()}; Path=/`);
      case "/v2/":
        return { status: asked.basic === undefined || this.isLive(asked.basic) ? 200 : 401 };
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
      if (uid_field === "zot-ci" && password === APP_PASSWORD)
        return to(FLOW, `authentik_session=${this.open()}; Path=/`);
    }
    return this.isLoggedIn(asked, "authentik_session")
      ? ok({ component: "xak-flow-redirect", to: "/" })
      : ok({ component: "ak-stage-identification", password_fields: true });
  }

  private apiKeys(asked: Asked): Answer {
    if (asked.basic !== undefined && !this.isLive(asked.basic)) return { status: 401 };
    // Whoever is not logged in is answered 500, and a session counts for zot's own UI only.
    if (asked.basic === undefined && !(asked.fromUi && this.isLoggedIn(asked, "session")))
      return { status: 500 };
    switch (asked.method) {
      case "POST": {
        const { label, expirationDate } = asked.body as { label: string; expirationDate: string };
        if (!(Date.parse(expirationDate) > this.now())) return { status: 400 };
        this.things.minted += 1;
        const made = this.add(label, Date.parse(expirationDate));
        return { status: 201, body: { ...this.details(made), apiKey: made.key } };
      }
      case "DELETE":
        this.things.keys = this.things.keys.filter(({ uuid }) => uuid !== asked.query.get("id"));
        return { status: 200 };
      default:
        return ok({ apiKeys: this.things.keys.map((key) => this.details(key)) });
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

  private open(): string {
    const session = randomUUID();
    this.sessions.add(session);
    return session;
  }

  private isLoggedIn({ cookie }: Asked, name: string): boolean {
    return this.sessions.has(new RegExp(`(?:^|; )${name}=([^;]*)`).exec(cookie)?.[1] ?? "");
  }
}
