import { createHash } from "node:crypto";
import { parseDuration } from "../duration";
import type { User } from "../objects";
import type { Session } from "../sessions";
import { generateId, type Store } from "../store";
import type { AuthorizationRequest } from "./request";

/** Where the browser is sent with a fresh code. */
export function authorizationResponse(
  store: Store,
  request: AuthorizationRequest,
  user: User,
  session: Session,
): string {
  const validity = store.providers.get(request.provider)?.access_code_validity ?? "minutes=1";
  const code = generateId(32);
  store.grants.codes.set(code, {
    provider: request.provider,
    user: user.pk,
    scopes: request.scopes,
    nonce: request.nonce,
    authTime: Math.floor(session.loggedInAt / 1000),
    method: session.method,
    sessionId: createHash("sha256").update(session.key).digest("hex"),
    expires: Date.now() + (parseDuration(validity) ?? 60_000),
    challenge: request.challenge,
    challengeMethod: request.challengeMethod,
  });
  const target = new URL(request.redirectUri);
  target.searchParams.set("code", code);
  target.searchParams.set("state", request.state ?? "");
  return target.href;
}
