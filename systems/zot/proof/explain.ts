import type { MatrixRow } from "./types";

/** What a wrong answer means, and what to do. */
export interface Explanation {
  means: string;
  todo: string;
}

const COMPARE = "compare the config on the host: `pulumi preview` shows the difference, `pulumi up` mends it";

export function explain({ identity, action, expected, actual }: MatrixRow): Explanation {
  if (action === "login") return login(actual);
  if (/^(no answer|5\d\d)/.test(actual)) {
    return { means: "zot or the proxy before it failed", todo: "read zot's log on its host" };
  }
  if (/^20[12]/.test(actual)) {
    return {
      means:
        "the registry carried out what was only a question, so it is no zot, or one that reads bodies first",
      todo: "check registryUrl; then look at the repository, where a manifest may have changed",
    };
  }
  if (action === "metrics") {
    return {
      means: expected === "allowed" ? "scrapers are locked out of /metrics" : "/metrics answers differently",
      todo: "each zot version wants another form of accessControl.metrics: let `pulumi up` render it for the host's version",
    };
  }
  if (actual === "allowed") {
    return {
      means: `${identity} may do what the tiers forbid`,
      todo: `${COMPARE}; if there is none, zot runs an older config: restart it`,
    };
  }
  if (expected === "allowed" && actual === "401" && action !== "version check") {
    return {
      means: "the credential is dead (expired, revoked, another user's), or anonymous pulls are closed",
      todo: "for a key: `pulumi up` mints a new one; for anonymous: " + COMPARE,
    };
  }
  if (expected === "allowed" && actual === "403") {
    return {
      means: "zot does not hold the group that the tiers expect: groups are those of the user's last login",
      todo: "check the user's groups in Authentik, then log in to the registry once as that user",
    };
  }
  return { means: "zot decides otherwise than the settings say", todo: COMPARE };
}

function login(actual: string): Explanation {
  return actual.startsWith("404")
    ? {
        means: "the login is off: zot runs its fallback config, since the issuer did not answer at its start",
        todo: "see whether Authentik's discovery document answers from the host; zot's launcher then goes back by itself",
      }
    : {
        means: "zot does not send people to the issuer",
        todo: "check http.auth.openid in zot's config on the host, and zot's log",
      };
}
