import {
  ConfigError,
  renderConfig,
  renderCredentials,
  renderFallbackConfig,
  type ZotConfigArgs,
} from "../../../systems/zot/config";

const args: ZotConfigArgs = {
  zotVersion: "2.1.20",
  externalUrl: "https://registry.example.org",
  address: "127.0.0.1",
  port: 5050,
  dataFolder: "/srv/zot",
  credentialsFile: "/etc/zot/oidc-credentials.json",
  oidc: {
    issuer: "https://auth.example.org/application/o/zot/",
    scopes: ["openid", "email", "profile"],
    usernameClaim: "preferred_username",
    groupsClaim: "groups",
  },
  access: {
    admins: ["admins"],
    writers: ["artifact-workloads"],
    writableRepositories: ["blumeops/**"],
    anonymousPull: true,
  },
  pullThrough: [{ prefix: "docker.io", url: "https://registry-1.docker.io" }],
  log: { level: "info", output: "/var/log/zot.log" },
};

const parse = (text: string): unknown => JSON.parse(text);

test("people log in with their preferred_username, since service accounts have no email", () => {
  expect(parse(renderConfig(args))).toMatchObject({
    http: {
      auth: {
        apikey: true,
        openid: {
          providers: {
            oidc: {
              credentialsFile: "/etc/zot/oidc-credentials.json",
              issuer: "https://auth.example.org/application/o/zot/",
              scopes: ["openid", "email", "profile"],
              claimMapping: { username: "preferred_username", groups: "groups" },
            },
          },
        },
      },
    },
  });
});

test("zot listens, stores, logs and pulls through as the settings say", () => {
  expect(parse(renderConfig(args))).toMatchObject({
    distSpecVersion: "1.1.1",
    storage: { rootDirectory: "/srv/zot", dedupe: true, gc: true },
    http: { address: "127.0.0.1", port: "5050", externalUrl: "https://registry.example.org" },
    log: { level: "info", output: "/var/log/zot.log" },
    extensions: {
      metrics: { enable: true, prometheus: { path: "/metrics" } },
      sync: {
        enable: true,
        registries: [
          {
            urls: ["https://registry-1.docker.io"],
            content: [{ prefix: "**", destination: "/docker.io" }],
            onDemand: true,
            tlsVerify: true,
            preserveDigest: true,
          },
        ],
      },
    },
  });
});

test("an image of Docker's keeps its digest, pushed or pulled through, so that what is pinned by digest is found", () => {
  const config = parse(renderConfig(args));
  expect(config).toHaveProperty("http.compat", ["docker2s2"]);
  expect(config).toHaveProperty("extensions.sync.registries.0.preserveDigest", true);
});

test("people have a UI to log in with, and nothing fetches lists of vulnerabilities", () => {
  const config = parse(renderConfig(args));
  expect(config).toHaveProperty("extensions.ui", { enable: true });
  expect(config).toHaveProperty("extensions.search", { enable: true });
});

test("the session cookie is for https alone, except on a loopback registry that has none", () => {
  expect(parse(renderConfig(args))).toHaveProperty("http.auth.secureSession", true);
  expect(renderConfig({ ...args, externalUrl: "http://127.0.0.1:5050" })).not.toContain("secureSession");
});

test("the access tiers are in it", () => {
  expect(parse(renderConfig(args))).toHaveProperty(
    ["http", "accessControl", "repositories", "blumeops/**", "policies", 1],
    { groups: ["artifact-workloads"], actions: ["read", "create"] },
  );
});

test("the fallback differs by the login alone, so that keys and anonymous pulls go on without the issuer", () => {
  const full = parse(renderConfig(args)) as { http: { auth: { openid?: unknown } } };
  delete full.http.auth.openid;
  expect(parse(renderFallbackConfig(args))).toEqual(full);
  expect(renderFallbackConfig(args)).not.toContain("openid");
});

test("the same settings render the same bytes, ended by a line feed", () => {
  const again: ZotConfigArgs = { ...structuredClone(args), zotVersion: "v2.1.20" };
  expect(renderConfig(again)).toBe(renderConfig(args));
  expect(renderConfig(args)).toMatch(/^\{\n {2}"distSpecVersion": "1.1.1",\n[^]*\n\}\n$/);
});

test("what is not set is left out: an older or smaller zot refuses what it does not know", () => {
  const bare = renderConfig({ ...args, pullThrough: [], log: { level: "info" } });
  expect(bare).not.toMatch(/sync|output|sessionKeysFile|null/);
  expect(renderConfig({ ...args, sessionKeysFile: "/etc/zot/keys.json" })).toContain(
    '"sessionKeysFile": "/etc/zot/keys.json"',
  );
});

test("before 2.1.17 the groups claim cannot be named, only be the default", () => {
  const old = { ...args, zotVersion: "2.1.16" };
  expect(parse(renderConfig(old))).toHaveProperty("http.auth.openid.providers.oidc.claimMapping", {
    username: "preferred_username",
  });
  expect(() => renderConfig({ ...old, oidc: { ...old.oidc, groupsClaim: "roles" } })).toThrow(ConfigError);
});

test("the secret is in the credentials file and nowhere else", () => {
  expect(parse(renderCredentials({ clientId: "zot", clientSecret: "s3cret" }))).toEqual({
    clientid: "zot",
    clientsecret: "s3cret",
  });
  expect(renderConfig(args)).not.toMatch(/clientsecret/i);
});
