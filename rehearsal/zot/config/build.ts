import { homedir } from "node:os";
import { join } from "node:path";
import type { AccessControl, Action, Policy, RepositoryPolicy } from "../../../systems/zot/access";
import { checkGlob } from "../../../systems/zot/glob";
import type { Decoded } from "./decode";
import type { Secrets } from "./secret-file";
import { at, entries, flag, list, number, text, texts } from "./pick";
import type { Provider, ZotConfig } from "./types";
import { isOn } from "./validate";

/** The settings with zot's defaults (New() in its pkg/api/config and applyDefaultValues in pkg/cli/server/root.go). */
export function build(tree: Decoded, secrets: Secrets): ZotConfig {
  const http = at(tree, "HTTP");
  const auth = at(http, "Auth");
  const metrics = isOn(at(tree, "Extensions"), "Metrics");
  const policies = at(http, "accessControl");
  const htpasswd = text(auth, "HTPasswd", "Path") ?? "";
  const providers = at(auth, "OpenID") === undefined ? undefined : providersOf(auth, secrets);
  return {
    address: text(http, "Address") ?? "127.0.0.1",
    port: text(http, "Port") ?? "8080",
    ...tlsOf(http),
    externalUrl: (text(http, "ExternalURL") ?? "").replace(/\/$/, ""),
    realm: text(http, "Realm") ?? "",
    allowOrigin: text(http, "AllowOrigin") ?? "",
    dockerManifests: texts(http, "Compat").includes("docker2s2"),
    auth: {
      apiKey: providers !== undefined || (flag(auth, "APIKey") ?? false),
      ...(providers !== undefined && { providers }),
      ...(htpasswd !== "" && { htpasswd }),
      ldap: at(auth, "LDAP") !== undefined,
      callbackAllowOrigins: texts(auth, "OpenID", "callbackAllowOrigins"),
      ...(secrets.hashKey !== undefined && { sessionHashKey: secrets.hashKey }),
      secureSession: flag(auth, "secureSession") ?? false,
      failDelay: number(auth, "FailDelay") ?? 0,
    },
    ...(policies !== undefined && { accessControl: accessControl(policies) }),
    storage: {
      root: text(tree, "Storage", "RootDirectory") ?? "",
      images: imagesFolder(at(tree, "Storage")),
      dedupe: flag(tree, "Storage", "Dedupe") ?? true,
      subPaths: new Map(
        entries(tree, "Storage", "SubPaths").map(([path, each]) => [
          path.replace(/^\/+/, ""),
          imagesFolder(each),
        ]),
      ),
    },
    log: { level: text(tree, "Log", "Level") ?? "debug", output: text(tree, "Log", "Output") ?? "" },
    management: isOn(at(tree, "Extensions"), "Search"),
    ...(metrics && {
      metricsPath: text(tree, "Extensions", "Metrics", "Prometheus", "Path") ?? "/metrics",
    }),
    pollingMs: pollingMs(at(tree, "Extensions")),
    beyondStandIn: beyondStandIn(tree),
    shown: JSON.parse(JSON.stringify(tree, hideSecrets)) as unknown,
  };
}

/** Measured on 2.1.20, which asks five times where nothing else is said. This reaches no upstream. */
function pollingMs(extensions: Decoded): number {
  if (!isOn(extensions, "Sync")) return 0;
  const polled = list(extensions, "Sync", "Registries").filter(
    (each) => (number(each, "PollInterval") ?? 0) > 0,
  );
  const nanoseconds = polled.map(
    (each) => (number(each, "MaxRetries") ?? 5) * (number(each, "RetryDelay") ?? 0),
  );
  return Math.max(0, ...nanoseconds) / 1e6;
}

/** The drivers of zot that keep images elsewhere (pkg/storage/constants), by where each names what is its own. */
const BUCKETS: Readonly<Record<string, string>> = { s3: "bucket", gcs: "bucket", azure: "container" };

/** A bucket is a folder in the home of whoever runs zot: what is in it stays there, and is nowhere else. */
function imagesFolder(storage: Decoded): string {
  const root = text(storage, "RootDirectory") ?? "";
  const driver = at(storage, "StorageDriver");
  const name = driverName(driver);
  if (name === undefined || BUCKETS[name] === undefined) return root;
  const [bucket = "", prefix = ""] = [BUCKETS[name], "rootdirectory"].map((key) => text(driver, key));
  return join(homedir(), "buckets", name, bucket, prefix, root);
}

function driverName(driver: Decoded): string | undefined {
  return text(driver, "name")?.toLowerCase();
}

/** zot speaks TLS where it has both. */
function tlsOf(http: Decoded): Pick<ZotConfig, "tls"> {
  const [cert, key] = [text(http, "TLS", "Cert") ?? "", text(http, "TLS", "Key") ?? ""];
  return cert === "" || key === "" ? {} : { tls: { cert, key } };
}

function providersOf(auth: Decoded, { clients }: Secrets): Record<string, Provider> {
  return Object.fromEntries(
    entries(auth, "OpenID", "Providers").map(([name, provider]) => [
      name,
      {
        name: text(provider, "Name") ?? "",
        clientId: clients[name]?.id ?? "",
        clientSecret: clients[name]?.secret ?? "",
        issuer: text(provider, "Issuer") ?? "",
        scopes: texts(provider, "Scopes"),
        usernameClaim: text(provider, "ClaimMapping", "username") ?? "",
        groupsClaim: text(provider, "ClaimMapping", "groups") ?? "",
      },
    ]),
  );
}

/** The config's words are taken as they are: zot accepts actions that it does not know, and grants nothing for them. */
function accessControl(tree: Decoded): AccessControl {
  const repositories = entries(tree, "repositories").map(([glob, each]): [string, RepositoryPolicy] => [
    glob,
    {
      anonymousPolicy: texts(each, "AnonymousPolicy") as Action[],
      defaultPolicy: texts(each, "DefaultPolicy") as Action[],
      policies: list(each, "Policies").map(policy),
    },
  ]);
  return {
    repositories: Object.fromEntries(repositories),
    adminPolicy: policy(at(tree, "AdminPolicy")),
    groups: Object.fromEntries(
      entries(tree, "Groups").map(([name, each]) => [name, { users: texts(each, "Users") }]),
    ),
    metrics: {
      users: texts(tree, "Metrics", "Users"),
      anonymousPolicy: texts(tree, "Metrics", "AnonymousPolicy"),
    },
  };
}

function policy(tree: Decoded): Policy {
  return {
    users: texts(tree, "Users"),
    groups: texts(tree, "Groups"),
    actions: texts(tree, "Actions") as Action[],
  };
}

function beyondStandIn(tree: Decoded): string[] {
  const auth = at(tree, "HTTP", "Auth");
  const policies = at(tree, "HTTP", "accessControl");
  const repositories = entries(policies, "repositories");
  const conditional = [
    at(policies, "AdminPolicy"),
    ...repositories.flatMap(([, each]) => list(each, "Policies")),
  ];
  const found: [boolean, string][] = [
    [(text(tree, "HTTP", "TLS", "CACert") ?? "") !== "", "http.tls.cacert"],
    ...["Bearer", "mtls"].map((key): [boolean, string] => [
      at(auth, key) !== undefined,
      `http.auth.${key.toLowerCase()}`,
    ]),
    [entries(auth, "OpenID", "Providers").some(([name]) => name === "github"), "the provider github"],
    ...[at(tree, "Storage"), ...entries(tree, "Storage", "SubPaths").map(([, each]) => each)].map(
      (storage): [boolean, string] => {
        const name = driverName(at(storage, "StorageDriver")) ?? "local";
        return [name !== "local" && BUCKETS[name] === undefined, `the storage driver ${name}`];
      },
    ),
    [conditional.some((each) => list(each, "Conditions").length > 0), "conditions in policies"],
    [at(tree, "HTTP", "Ratelimit") !== undefined, "http.ratelimit"],
    [at(tree, "cluster") !== undefined, "cluster"],
    ...repositories.map(([glob]): [boolean, string] => [!decidable(glob), `the repository glob ${glob}`]),
  ];
  return found.filter(([is]) => is).map(([, what]) => what);
}

function decidable(glob: string): boolean {
  try {
    checkGlob(glob);
    return true;
  } catch {
    return false;
  }
}

function hideSecrets(key: string, value: unknown): unknown {
  return key === "ClientSecret" ? "******" : value;
}
