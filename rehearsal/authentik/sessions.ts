import type { FastifyReply, FastifyRequest } from "fastify";
import type { FlowPlan } from "./flows/plan";
import type { User } from "./objects";
import { generateId, removeWhere, type Store } from "./store";

export const SESSION_COOKIE = "authentik_session";
const DEVICE_COOKIE = "authentik_device";
export const CSRF_COOKIE = "authentik_csrf";

export interface Session {
  key: string;
  user: number | undefined;
  /** In milliseconds since 1970; undefined: as long as the browser lives. */
  expires: number | undefined;
  loggedInAt: number;
  /** How the user proved who they are: `password` or `token`. */
  method: string;
  plan: FlowPlan | undefined;
  /** Query of the page that the flow belongs to. */
  pageQuery: URLSearchParams;
  consentToken: string | undefined;
  failedPasswords: number;
}

/** Django's sessions: a cookie with a random key, changed at every login so that nobody can plant one. */
export class Sessions {
  private readonly byKey = new Map<string, Session>();
  /** Logins that were not answered yet. */
  private readonly fresh = new Set<string>();

  constructor(private readonly store: Store) {
    store.endSessions = (user) => {
      removeWhere(this.byKey, (session) => session.user === user);
    };
  }

  /** The request's session, or one that is new and not kept until `keep`. */
  of(request: FastifyRequest): Session {
    const key = cookieOf(request, SESSION_COOKIE);
    const session = key === undefined ? undefined : this.byKey.get(key);
    if (session && (session.expires === undefined || session.expires > Date.now())) return session;
    return {
      key: generateId(40),
      user: undefined,
      expires: undefined,
      loggedInAt: 0,
      method: "",
      plan: undefined,
      pageQuery: new URLSearchParams(),
      consentToken: undefined,
      failedPasswords: 0,
    };
  }

  /** With every answer comes the cookie; with the one to a login also those that know the device and guard against CSRF. */
  keep(session: Session, request: FastifyRequest, reply: FastifyReply): void {
    this.byKey.set(session.key, session);
    const age =
      session.expires === undefined ? "" : `; Max-Age=${Math.ceil((session.expires - Date.now()) / 1000)}`;
    reply.header("set-cookie", `${SESSION_COOKIE}=${session.key}; HttpOnly; Path=/; SameSite=Lax${age}`);
    if (!this.fresh.delete(session.key)) return;
    const device = cookieOf(request, DEVICE_COOKIE) ?? generateId(40);
    reply.header("set-cookie", `${DEVICE_COOKIE}=${device}; Path=/; SameSite=Lax; Max-Age=2592000`);
    reply.header("set-cookie", `${CSRF_COOKIE}=${generateId(32)}; Path=/; SameSite=Lax; Max-Age=31449600`);
  }

  logIn(session: Session, user: User, lifetimeMs: number): void {
    this.byKey.delete(session.key);
    session.key = generateId(40);
    session.user = user.pk;
    session.loggedInAt = Date.now();
    session.expires = lifetimeMs === 0 ? undefined : Date.now() + lifetimeMs;
    this.fresh.add(session.key);
    user.last_login = new Date().toISOString();
  }

  logOut(session: Session): void {
    this.byKey.delete(session.key);
  }

  /** Django takes nobody for logged in who is not active. */
  userOf({ user: pk }: Session): User | undefined {
    const user = pk === undefined ? undefined : this.store.users.get(pk);
    return user?.is_active === true ? user : undefined;
  }

  /** Why an unsafe request of a logged-in browser is refused; undefined: it is not (rest_framework's enforce_csrf). */
  csrfProblem(request: FastifyRequest): string | undefined {
    const cookie = cookieOf(request, CSRF_COOKIE);
    if (cookie === undefined) return "CSRF Failed: CSRF cookie not set.";
    const header = request.headers["x-authentik-csrf"];
    if (header === undefined) return "CSRF Failed: CSRF token missing.";
    if (header === cookie) return undefined;
    return "CSRF Failed: CSRF token from the 'X-Authentik-Csrf' HTTP header incorrect.";
  }
}

export function cookieOf(request: FastifyRequest, name: string): string | undefined {
  for (const pair of (request.headers.cookie ?? "").split(";")) {
    const [key, ...value] = pair.trim().split("=");
    if (key === name) return value.join("=");
  }
  return undefined;
}
