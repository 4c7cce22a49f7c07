import type { User } from "../objects";
import type { Sessions } from "../sessions";
import type { Store } from "../store";
import { refuse } from "./refusal";
import type { Authenticate } from "./rest";

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/** By API token, or by the session of a browser (authentik/api/authentication.py); every refusal is a 403. */
export function authenticator(store: Store, sessions: Sessions): Authenticate {
  return (request, right) => {
    const user = byToken(store, request.headers.authorization) ?? bySession();
    if (right !== undefined && !store.may(user.pk, right)) {
      throw refuse(403, "You do not have permission to perform this action.");
    }
    return user.pk;

    function bySession(): User {
      const found = sessions.userOf(sessions.of(request));
      if (!found) throw refuse(403, "Authentication credentials were not provided.");
      const problem = SAFE.has(request.method) ? undefined : sessions.csrfProblem(request);
      if (problem !== undefined) throw refuse(403, problem);
      return found;
    }
  };
}

/** undefined: no token was sent; one that was has to be good. */
function byToken(store: Store, header: string | undefined): User | undefined {
  const [type, key] = (header ?? "").trim().split(" ");
  if (!type || key === undefined) return undefined;
  if (type.toLowerCase() !== "bearer") throw refuse(403, "Unsupported authentication type");
  const user = store.users.get(store.liveToken(key, "api")?.user ?? 0);
  if (!user?.is_active) throw refuse(403, "Token invalid/expired");
  return user;
}
