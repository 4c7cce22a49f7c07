import { setTimeout as sleep } from "node:timers/promises";
import type { AccessControl } from "../../../systems/zot/access";
import { endJson, end, isFromUi, type Call, type Handler } from "./call";
import { has } from "../version";
import { apiError } from "./errors";

/**
 * Finds out who asks, or answers 401 (tryAuthnHandlers in zot's pkg/api/authn.go). Credentials that are sent have to be
 * good, even where anonymous is allowed; without any, an anonymous policy anywhere lets the request on.
 */
export function authenticated(next: Handler): Handler {
  return async (call) => {
    if (call.method === "OPTIONS") {
      await next(call);
      if (!call.response.writableEnded) end(call, 204);
      return;
    }
    if (isAuthentic(call)) await next(call);
    else await refuseUnknown(call);
  };
}

function isAuthentic(call: Call): boolean {
  const { request, zot } = call;
  if ((request.headersDistinct.authorization ?? []).length > 1) return false;
  const header = request.headers.authorization ?? "";
  const policies = zot.config.accessControl;
  const open =
    hasAnonymousPolicy(policies) || asksForOpenMetrics(call) || request.url === "/v2/_zot/ext/mgmt";
  if (isCredential(header) && zot.knowsUsers) return isKnown(call, header);
  if (isFromUi(call)) return resumeSession(call) || open;
  if (!zot.knowsUsers) return true;
  return open && !needsChallenge(call);
}

function isCredential(header: string): boolean {
  return header !== "" && header.toLowerCase() !== "basic og==";
}

function isKnown(call: Call, header: string): boolean {
  const { zot } = call;
  const [, encoded = ""] = /^basic (.*)$/i.exec(header) ?? [];
  const [, username = "", password = ""] =
    /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, "base64").toString("utf8")) ?? [];
  if (zot.config.auth.htpasswd !== undefined && zot.htpasswd.authenticate(username, password)) {
    call.user = { username, groups: configured(zot.config.accessControl, username) };
    return true;
  }
  if (!zot.config.auth.apiKey || !zot.users.authenticate(username, password)) {
    zot.log.info("failed to find any user info for the given credentials");
    return false;
  }
  call.user = { username, groups: zot.users.groups(username) ?? [] };
  return true;
}

/** Groups that the config itself puts a user into. */
function configured(policies: AccessControl | undefined, username: string): string[] {
  return Object.entries(policies?.groups ?? {})
    .filter(([, { users }]) => users.includes(username))
    .map(([name]) => name);
}

function resumeSession(call: Call): boolean {
  const { zot, request, response } = call;
  const username = zot.sessions.load(request)?.user;
  if (username === undefined) {
    response.appendHeader("Set-Cookie", "session=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly");
    return false;
  }
  const groups = zot.users.groups(username);
  call.user = { username, groups: groups ?? [] };
  return groups !== undefined;
}

function hasAnonymousPolicy(policies: AccessControl | undefined): boolean {
  return Object.values(policies?.repositories ?? {}).some(
    ({ anonymousPolicy = [] }) => anonymousPolicy.length > 0,
  );
}

function asksForOpenMetrics({ zot, request, path }: Call): boolean {
  const { metricsPath, accessControl } = zot.config;
  return (
    !isCredential(request.headers.authorization ?? "") &&
    (accessControl?.metrics?.anonymousPolicy ?? []).includes("read") &&
    metricsPath !== undefined &&
    path.startsWith(metricsPath)
  );
}

/**
 * Docker takes a 200 on /v2/ for "no login here" and would never send its credentials, so zot refuses it an anonymous
 * /v2/ as soon as some policy is not for all (issue 4173 of zot; from 2.1.16 on).
 */
function needsChallenge({ zot, request, path }: Call): boolean {
  const agent = request.headers["user-agent"] ?? "";
  const isDocker = agent.includes("Docker-Client") || agent.startsWith("docker/");
  return (
    has("2.1.16") &&
    isDocker &&
    path.replace(/\/$/, "") === "/v2" &&
    isMixed(zot.config.accessControl) &&
    zot.config.auth.apiKey
  );
}

function isMixed(policies: AccessControl | undefined): boolean {
  if (!policies) return false;
  const { adminPolicy, repositories } = policies;
  const grants = [adminPolicy, ...Object.values(repositories).flatMap((each) => each.policies ?? [])];
  return (
    grants.some((each) => each !== undefined && each.actions.length + (each.users ?? []).length > 0) ||
    Object.values(repositories).some(({ defaultPolicy = [] }) => defaultPolicy.length > 0)
  );
}

/** Unlike all other errors this one is no list, and a browser's UI is not asked for a password. */
async function refuseUnknown(call: Call): Promise<void> {
  const { zot, request } = call;
  if (isCredential(request.headers.authorization ?? "") || isFromUi(call))
    await sleep(zot.config.auth.failDelay * 1000);
  challenge(call);
  endJson(call, 401, apiError("UNAUTHORIZED"));
}

export function challenge(call: Call): void {
  const realm = call.zot.config.realm || "Authorization Required";
  if (!isFromUi(call)) call.response.setHeader("Www-Authenticate", `Basic realm=${JSON.stringify(realm)}`);
}
