import { posix } from "node:path";
import type { Logger } from "../log";
import type { Decoded } from "./decode";
import { isValidGlob } from "./glob";
import { at, entries, flag, list, number, text, texts } from "./pick";
import { ConfigRefused, refuse } from "./refused";
import type { Secrets } from "./secret-file";

/**
 * zot's own checks, in its order (validateConfiguration in pkg/cli/server/root.go). What zot lets pass although it is
 * wrong passes here too: unknown actions, an issuer or externalUrl that is no URL, API keys without a login.
 *
 * @throws ConfigRefused
 */
export function validate(tree: Decoded, secrets: Secrets, log: Logger): void {
  checkPort(text(tree, "HTTP", "Port") ?? "8080", log);
  checkGarbageCollection(tree, log);
  checkProviders(tree, secrets, log);
  checkSync(tree, log);
  checkExtensions(tree, log);
  checkAccessControl(tree, log);
}

function checkPort(port: string, log: Logger): void {
  if (port === "" || (/^[+-]?\d+$/.test(port) && Number(port) >= 0 && Number(port) <= 65535)) return;
  log.error("invalid port", { port });
  throw new ConfigRefused(`invalid server config: invalid port ${port}`);
}

function checkGarbageCollection(tree: Decoded, log: Logger): void {
  for (const [key, word] of [
    ["GCDelay", "delay"],
    ["GCInterval", "interval"],
  ] as const) {
    if ((number(tree, "Storage", key) ?? 0) < 0)
      throw refuse(log, `invalid garbage-collect ${word} specified`, {
        [word]: number(tree, "Storage", key),
      });
  }
  for (const policy of list(tree, "Storage", "Retention", "Policies")) {
    const bad = texts(policy, "Repositories").find((glob) => !isValidGlob(glob));
    if (bad !== undefined) throw refuse(log, `retention repo glob pattern could not be compiled: ${bad}`);
  }
}

function checkProviders(tree: Decoded, { clients }: Secrets, log: Logger): void {
  for (const [name, provider] of entries(tree, "HTTP", "Auth", "OpenID", "Providers")) {
    const client = clients[name]?.id ?? "";
    const scopes = texts(provider, "Scopes");
    if (OPENID_PROVIDERS.includes(name)) {
      if (client === "" || (text(provider, "Issuer") ?? "") === "" || scopes.length === 0)
        throw refuse(log, "OpenID provider config requires clientid, issuer and scopes parameters");
    } else if (name === "github") {
      if (client === "" || scopes.length === 0)
        throw refuse(log, "OAuth2 provider config requires clientid and scopes parameters");
    } else throw refuse(log, "unsupported openid/oauth2 provider");
  }
}

/** Names of providers that zot takes for OpenID (its pkg/api/config). */
export const OPENID_PROVIDERS = ["google", "gitlab", "oidc"];

function checkSync(tree: Decoded, log: Logger): void {
  for (const registry of list(tree, "Extensions", "Sync", "Registries")) {
    const delay = number(registry, "RetryDelay");
    if (number(registry, "MaxRetries") !== undefined && delay === undefined)
      throw refuse(log, "retryDelay is required when using maxRetries");
    if (number(registry, "MaxRetryDelay") !== undefined && delay === undefined)
      throw refuse(log, "retryDelay is required when using maxRetryDelay");
    if (flag(registry, "PreserveDigest") === true && texts(tree, "HTTP", "Compat").length === 0)
      throw refuse(log, "can not use PreserveDigest option without enabling http.Compat");
    for (const content of list(registry, "Content")) checkSyncContent(content, log);
  }
}

function checkSyncContent(content: Decoded, log: Logger): void {
  const prefix = text(content, "Prefix") ?? "";
  if (!isValidGlob(prefix)) throw refuse(log, `sync prefix could not be compiled: ${prefix}`, { prefix });
  if (flag(content, "StripPrefix") === true && !prefix.includes("/*") && text(content, "Destination") === "/")
    throw refuse(
      log,
      "can not use stripPrefix true and destination '/' without using glob patterns in prefix",
    );
}

function checkExtensions(tree: Decoded, log: Logger): void {
  const path = text(tree, "Extensions", "Metrics", "Prometheus", "Path");
  const problem = path === undefined ? undefined : metricsPathProblem(path);
  if (problem !== undefined) {
    log.error("invalid metrics config", { error: `invalid server config\n${problem}` });
    throw new ConfigRefused(`invalid server config\n${problem}`);
  }
  const extensions = at(tree, "Extensions");
  if (isOn(extensions, "UI") && !isOn(extensions, "Search"))
    throw refuse(log, "failed to enable ui, search extension must be enabled");
}

/** An extension that is named is on, unless it says otherwise. */
export function isOn(extensions: Decoded, name: string): boolean {
  return at(extensions, name) !== undefined && flag(extensions, name, "Enable") !== false;
}

function metricsPathProblem(path: string): string | undefined {
  if (posix.normalize(path).replace(/(.)\/$/, "$1") !== path) return "invalid metrics path";
  if (!path.startsWith("/")) return "metrics path must start with /";
  return ["/", "/v2"].includes(path) ? "provided metrics path is disallowed" : undefined;
}

function checkAccessControl(tree: Decoded, log: Logger): void {
  const policies = at(tree, "HTTP", "accessControl");
  if (policies === undefined) return;
  log.info("checking if anonymous authorization is the only type of authorization policy configured");
  if (!knowsUsers(at(tree, "HTTP", "Auth")) && !isAnonymousOnly(policies))
    throw refuse(
      log,
      "access control config requires one of htpasswd, ldap, openid or mTLS authentication or using only 'anonymousPolicy' policies",
    );
  for (const [pattern] of entries(policies, "repositories")) {
    if (isValidGlob(pattern)) continue;
    log.error("failed to compile authorization pattern", { error: "syntax error in pattern", pattern });
    throw new ConfigRefused("syntax error in pattern: failed to compile authorization pattern");
  }
}

function knowsUsers(auth: Decoded): boolean {
  return (
    flag(auth, "APIKey") === true ||
    (text(auth, "HTPasswd", "Path") ?? "") !== "" ||
    ["LDAP", "OpenID", "Bearer", "mtls"].some((key) => at(auth, key) !== undefined)
  );
}

/** Also where nothing but the metrics are opened to all. */
function isAnonymousOnly(policies: Decoded): boolean {
  const admin = at(policies, "AdminPolicy");
  if (["Actions", "Users"].some((key) => texts(admin, key).length > 0)) return false;
  const repositories = entries(policies, "repositories").map(([, policy]) => policy);
  if (repositories.length === 0) return texts(policies, "Metrics", "AnonymousPolicy").includes("read");
  const named = (policy: Decoded) => ["Actions", "Users"].some((key) => texts(policy, key).length > 0);
  return (
    repositories.every(
      (each) => texts(each, "DefaultPolicy").length === 0 && !list(each, "Policies").some(named),
    ) && repositories.some((each) => texts(each, "AnonymousPolicy").length > 0)
  );
}
