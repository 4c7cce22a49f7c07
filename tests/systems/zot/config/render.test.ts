import { homelabAccess } from "../../../support/access";
import { ConfigError } from "../../../../systems/zot/config-error";
import {
  keepText,
  renderConfig,
  renderCredentials,
  renderFallbackConfig,
  type ZotConfigArgs,
} from "../../../../systems/zot/config/render";

const args: ZotConfigArgs = {
  zotVersion: "2.1.20",
  externalUrl: "https://registry.example.org",
  credentialsFile: "/etc/zot/oidc-credentials.json",
  oidc: {
    issuer: "https://auth.example.org/application/o/zot/",
    scopes: ["openid", "email", "profile"],
    usernameClaim: "preferred_username",
    groupsClaim: "groups",
  },
  access: homelabAccess(),
  base: {
    distSpecVersion: "1.1.1",
    storage: { rootDirectory: "/srv/zot" },
    http: { address: "127.0.0.1", port: "5050" },
    log: { level: "info", output: "/var/log/zot.log" },
  },
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

test("everything else stays as the operator wrote it, in order and spelling", () => {
  const base = {
    LOG: { Level: "debug" },
    http: {
      Port: 5050,
      ExternalURL: "https://old.example.org",
      Auth: {
        htpasswd: { path: "/etc/htpasswd" },
        OpenID: {
          providers: { github: { scopes: ["user"] }, OIDC: { name: "Home", clientsecret: "stale" } },
        },
        failDelay: 5,
      },
      accessControl: { adminPolicy: { users: ["root"], actions: ["read"] } },
    },
    storage: { rootDirectory: "/srv/zot", subPaths: { "/a": { rootDirectory: "/a" } } },
  };
  const config = renderConfig({ ...args, base });
  const read = parse(config) as typeof base;
  expect(Object.keys(read)).toEqual(["LOG", "http", "storage"]);
  expect(Object.keys(read.http)).toEqual(["Port", "ExternalURL", "Auth", "accessControl"]);
  expect(read).toMatchObject({
    LOG: base.LOG,
    storage: base.storage,
    http: {
      ExternalURL: "https://registry.example.org",
      Auth: {
        htpasswd: { path: "/etc/htpasswd" },
        failDelay: 5,
        apikey: true,
        OpenID: {
          providers: { github: { scopes: ["user"] }, OIDC: { name: "Home", issuer: args.oidc.issuer } },
        },
      },
    },
  });
  expect(config).not.toMatch(/stale|root"/);
});

test.each([
  ["2.1.17", { users: [""] }],
  ["2.1.18", { anonymousPolicy: ["read"] }],
])(
  "metrics are rendered as zot %s reads them, for whichever version they were written",
  (zotVersion, expected) => {
    for (const metrics of [{ users: [""] }, { anonymousPolicy: ["read"] }]) {
      const base = { ...args.base, http: { accessControl: { metrics } } };
      expect(parse(renderConfig({ ...args, zotVersion, base }))).toHaveProperty(
        "http.accessControl.metrics",
        expected,
      );
    }
  },
);

test("the settings win over the operator's config about who reads metrics", () => {
  const metrics = { anonymous: false, users: ["scraper"] };
  const base = { ...args.base, http: { accessControl: { metrics: { users: [""] } } } };
  expect(parse(renderConfig({ ...args, base, metrics }))).toHaveProperty("http.accessControl.metrics", {
    users: ["scraper"],
  });
});

test("the session cookie is for https alone, except on a loopback registry that has none", () => {
  expect(parse(renderConfig(args))).toHaveProperty("http.auth.secureSession", true);
  expect(renderConfig({ ...args, externalUrl: "http://127.0.0.1:5050" })).not.toContain("secureSession");
});

test("the grants are in it", () => {
  expect(parse(renderConfig(args))).toHaveProperty(
    ["http", "accessControl", "repositories", "blumeops/**", "policies", 1],
    { groups: ["artifact-workloads"], actions: ["read", "create"] },
  );
});

test("the fallback differs by the login alone, so that keys and anonymous pulls go on without the issuer", () => {
  const full = parse(renderConfig(args)) as { http: { auth: { openid?: unknown } } };
  delete full.http.auth.openid;
  expect(parse(renderFallbackConfig(renderConfig(args)))).toEqual(full);
  expect(renderFallbackConfig(renderConfig(args))).not.toContain("openid");
});

test("every other login stays in the fallback", () => {
  const auth = {
    htpasswd: { path: "/etc/htpasswd" },
    ldap: { address: "ldap.example.org" },
    openid: { Providers: { github: { scopes: ["user"] } }, callbackAllowOrigins: ["https://ui.example.org"] },
  };
  const base = { ...args.base, http: { auth } };
  expect(parse(renderFallbackConfig(renderConfig({ ...args, base })))).toMatchObject({ http: { auth } });
});

test("an equal text stays as it is, and a different one is replaced", () => {
  const text = renderConfig(args);
  const reordered = `${JSON.stringify(Object.fromEntries(Object.entries(parse(text) as object).reverse()), null, 4)}\n`;
  expect(keepText(text, reordered)).toBe(reordered);
  expect(keepText(text, reordered.replace("5050", "5051"))).toBe(text);
  expect(keepText(text, "no JSON")).toBe(text);
  expect(keepText(text, undefined)).toBe(text);
  // And with it the fallback, which follows from it.
  expect(renderFallbackConfig(reordered)).toBe(
    `${JSON.stringify(parse(renderFallbackConfig(reordered)), null, 2)}\n`,
  );
});

test("the same settings render the same bytes, ended by a line feed", () => {
  const again: ZotConfigArgs = { ...structuredClone(args), zotVersion: "v2.1.20" };
  expect(renderConfig(again)).toBe(renderConfig(args));
  expect(renderConfig(args)).toMatch(/^\{\n {2}"distSpecVersion": "1.1.1",\n[^]*\n\}\n$/);
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
