import type { User } from "../objects";
import type { Store } from "../store";

/** How the user proved who they are, by the first backend that is convinced (authentik/core/auth.py). */
export function authenticate(
  store: Store,
  backends: readonly string[],
  user: User,
  password: string,
): "password" | "token" | undefined {
  for (const backend of backends) {
    if (backend === "authentik.core.auth.InbuiltBackend") {
      if (user.is_active && user.password !== null && user.password === password) return "password";
    } else if (backend === "authentik.core.auth.TokenBackend") {
      // It does not look at is_active: such a user passes the stage, and is denied by the one that makes the session.
      if (store.liveToken(password, "app_password")?.user === user.pk) return "token";
    }
  }
  return undefined;
}
