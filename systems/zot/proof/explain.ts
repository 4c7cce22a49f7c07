import type { MatrixRow, Outcome } from "./types";

/** The meaning of a wrong answer, and the fix. */
export interface Explanation {
  means: string;
  todo: string;
}

const COMPARE = "compare the config on the host: `pulumi preview` shows the difference, `pulumi up` fixes it";

export function explain({ asks, expected, identity, outcome }: MatrixRow): Explanation {
  if (asks === "login") return login(outcome);
  if (outcome === "failed") {
    return { means: "zot or the proxy before it failed", todo: "read zot's log on its host" };
  }
  if (outcome === "done") {
    return {
      means: "the registry executed what was only a test, so it is not zot, or a zot that reads bodies first",
      todo: "check registryUrl; then look at the repository, where a manifest may have changed",
    };
  }
  if (asks === "metrics") {
    return {
      means:
        expected === "allowed"
          ? "a user who may read /metrics is locked out"
          : "/metrics answers differently",
      todo: "each zot version wants another form of accessControl.metrics: let `pulumi up` render it for the host's version",
    };
  }
  if (outcome === "allowed") {
    return {
      means: `${identity} may do what the settings do not grant`,
      todo: `${COMPARE}; if there is none, zot runs an older config: restart it`,
    };
  }
  if (expected === "allowed" && outcome === "unauthenticated" && asks !== "version check") {
    return {
      means: "the credential is dead (expired, revoked, another user's), or anonymous pulls are closed",
      todo: "for a key: `pulumi up` mints a new one; for anonymous: " + COMPARE,
    };
  }
  if (expected === "allowed" && outcome === "forbidden") {
    return {
      means:
        "zot does not hold the group that the settings expect: groups are those of the user's last login",
      todo: "check the user's groups in Authentik, then log in to the registry once as that user",
    };
  }
  return { means: "zot decides differently from the settings", todo: COMPARE };
}

function login(outcome: Outcome): Explanation {
  return outcome === "not found"
    ? {
        means: "the login is off: zot runs its fallback config, since the issuer did not answer at its start",
        todo: "see whether Authentik's discovery document answers from the host; zot's launcher then switches back by itself",
      }
    : {
        means: "zot does not send people to the issuer",
        todo: "check http.auth.openid in zot's config on the host, and zot's log",
      };
}
