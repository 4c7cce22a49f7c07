import fc from "fast-check";
import { isTree, type Tree } from "../../../../../systems/zot/config/read";

/* A config that uses everything that zot has, what can be done to any place in it, and its names in any case. */
export const WHOLE: Tree = {
  distSpecVersion: "1.1.1",
  storage: {
    ...{ rootDirectory: "/x", dedupe: true, remoteCache: true, gc: true, gcDelay: "2h", gcInterval: "24h" },
    storageDriver: {
      name: "s3",
      bucket: "b",
      region: "r",
      regionendpoint: "https://s3.example.org",
      secure: true,
    },
    cacheDriver: { name: "redis", url: "redis://user:secret@cache:6379/1", keyprefix: "zot" },
    retention: {
      dryRun: true,
      delay: "24h",
      policies: [{ repositories: ["a/**"], keepTags: [{ patterns: ["v.*"] }] }],
    },
    subPaths: {
      "/a": { rootDirectory: "/y", dedupe: true, gc: true, gcDelay: "3h" },
      "/b": {
        rootDirectory: "/z",
        storageDriver: { name: "gcs", bucket: "other" },
        retention: { delay: "1h" },
      },
    },
  },
  http: {
    ...{ address: "0.0.0.0", port: "5000", realm: "images", compat: ["docker2s2"] },
    tls: { cert: "/c", key: "/k", cacert: "/ca" },
    ratelimit: { rate: 10, methods: [{ method: "GET", rate: 5 }] },
    auth: {
      failDelay: 5,
      htpasswd: { path: "/h" },
      ldap: {
        ...{
          address: "ldap",
          port: 636,
          startTLS: true,
          baseDN: "dc=a",
          userAttribute: "uid",
          userGroupAttribute: "memberOf",
        },
        ...{ userFilter: "(x=y)", credentialsFile: "/l" },
      },
      openid: {
        providers: {
          github: { clientid: "g", clientsecret: "s", scopes: ["read:org", "user"] },
          oidc: { name: "Ours", issuer: "https://id/", scopes: ["openid"], credentialsFile: "/o" },
        },
        callbackAllowOrigins: ["https://ui"],
      },
      sessionKeysFile: "/s",
      sessionDriver: { name: "redis", url: "redis://sessions" },
      mtls: { identityAttributes: ["URI"], uriSanPattern: "spiffe://(.*)", uriSanIndex: 1 },
    },
  },
  log: { level: "debug", output: "/l", audit: "/a" },
  scheduler: { numWorkers: 3 },
  extensions: {
    sync: {
      ...{ enable: true, credentialsFile: "/sc", downloadDir: "/d" },
      registries: [
        {
          ...{
            urls: ["https://a.example.org", "https://b.example.org"],
            onDemand: true,
            pollInterval: "6h",
            tlsVerify: false,
          },
          ...{
            certDir: "/certs",
            maxRetries: 3,
            retryDelay: "5m",
            onlySigned: true,
            credentialHelper: "ecr",
          },
          content: [
            {
              prefix: "library/**",
              destination: "/hub",
              stripPrefix: true,
              tags: { regex: "^v", semver: true },
            },
          ],
        },
        {
          urls: ["https://ghcr.io"],
          content: [{ prefix: "team/**", destination: "/ghcr.io" }],
          onDemand: true,
        },
      ],
    },
    search: { enable: true, cve: { updateInterval: "24h", trivy: { dbRepository: "ghcr.io/db" } } },
    metrics: { enable: true, prometheus: { path: "/metrics" } },
    ui: { enable: true },
    scrub: { enable: true, interval: "48h" },
    lint: { enable: true, mandatoryAnnotations: ["a"] },
    trust: { enable: true, cosign: true },
    events: {
      enable: true,
      sinks: [{ type: "http", address: "https://sink", headers: { Authorization: "Bearer x" } }],
    },
  },
};
/** A token server decides, and no other way in is beside it. */
export const BEARER: Tree = {
  ...WHOLE,
  http: {
    ...{ address: "0.0.0.0", port: "5000" },
    auth: {
      bearer: {
        ...{ realm: "https://auth/token", service: "zot", cert: "/cert" },
        oidc: [{ issuer: "https://k8s", audiences: ["zot", "ci"], claimMapping: { username: "claims.sub" } }],
        awsSecretsManager: { region: "r", secretName: "n", refreshInterval: "2m" },
      },
    },
  },
};

export type Path = readonly (string | number)[];
/** Every value, also in lists. */
export function placesIn(value: unknown, path: Path = []): Path[] {
  const inner = Array.isArray(value)
    ? value.flatMap((each, index) => placesIn(each, [...path, index]))
    : isTree(value)
      ? Object.entries(value).flatMap(([name, each]) => placesIn(each, [...path, name]))
      : [];
  return path.length === 0 ? inner : [...inner, path];
}
/** With another value there; undefined takes it out. */
export function changedAt(
  value: unknown,
  [first, ...rest]: Path,
  change: (value: unknown) => unknown,
): unknown {
  if (first === undefined) return change(value);
  if (Array.isArray(value)) {
    return value.flatMap((each: unknown, index) => {
      if (index !== first) return [each];
      const next = changedAt(each, rest, change);
      return next === undefined ? [] : [next];
    });
  }
  return Object.fromEntries(
    Object.entries(value as Tree).flatMap(([name, each]) => {
      const next = name === first ? changedAt(each, rest, change) : each;
      return next === undefined ? [] : [[name, next]];
    }),
  );
}

function inCase(value: unknown, bits: Iterator<boolean>): unknown {
  if (Array.isArray(value)) return value.map((each) => inCase(each, bits));
  if (!isTree(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => {
      const cased = name.replace(/[a-z]/gi, (letter) =>
        bits.next().value === true ? letter.toUpperCase() : letter.toLowerCase(),
      );
      return [cased, inCase(each, bits)];
    }),
  );
}
function* repeated(bits: readonly boolean[]): Generator<boolean, never> {
  for (;;) yield* bits;
}
export const bits = fc.array(fc.boolean(), { minLength: 7, maxLength: 7 });
/** Each letter of each name as the bits say, over and over. */
export const written = (config: Tree, how: readonly boolean[]) => inCase(config, repeated(how)) as Tree;
