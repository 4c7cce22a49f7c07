import fc from "fast-check";
import { configDiff } from "../../../../systems/zot/config/diff";
import { consequences } from "../../../../systems/zot/config/consequences";
import type { Tree } from "../../../../systems/zot/config/read";
import { bits, changedAt, WHOLE, written } from "./support/whole";
import { masked, maskedDifferences, plainSecrets } from "../../../../systems/zot/config/masked";

const SECRETS = {
  storage: {
    cacheDriver: { name: "redis", url: "redis://user:s3cret-a@host:6379?dial_timeout=3&password=s3cret-b" },
    storageDriver: { name: "s3", secretkey: "s3cret-c", accesskey: "s3cret-d", bucket: "b" },
  },
  http: {
    auth: {
      sessionDriver: { url: "redis://:s3cret-e@host" },
      openid: { providers: { github: { clientsecret: "s3cret-f" } } },
    },
  },
  extensions: {
    events: {
      sinks: [
        {
          address: "https://sink.example.org/hook?key=s3cret-g",
          headers: { Authorization: "Bearer s3cret-h" },
        },
        {
          address: "nats://s3cret-user:s3cret-i@host:4222",
          credentials: { username: "sink", password: "s3cret-j" },
        },
        { address: "https://hooks.example.org/services/T01s3cretABCDEFGHIJKL" },
        { proxy: "user:s3cret-k@proxy:3128", credentials: { token: "s3cret-l" } },
      ],
    },
    sync: {
      registries: [
        {
          urls: ["https://me:s3cret-m@registry.example.org"],
          oauth2CredentialHelper: { password: "s3cret-n" },
        },
      ],
    },
  },
  cluster: { hashKey: "s3cret-opqrstuv" },
};

test("shows no value that may be a secret, by its place and not by its name alone", () => {
  const text = JSON.stringify(masked(SECRETS));
  expect(text).not.toMatch(/s3cret/);
  // What people need to recognise it stays.
  expect(text).toContain("redis://(masked)@host:6379?dial_timeout=(masked)&password=(masked)");
  expect(text).toContain('"bucket":"b"');
  expect(text).toContain('"password":"(text of 8 characters)"');
});

test.each([
  { http: { tls: { cert: "/etc/zot/cert.pem", key: "/etc/zot/key.pem" }, auth: { apikey: true } } },
  {
    extensions: {
      sync: { credentialsFile: "/etc/zot/sync.json", registries: [{ urls: ["https://ghcr.io"] }] },
    },
  },
  { extensions: { events: { sinks: [{ credentials: { username: "sink", file: "/run/key" } }] } } },
  {
    http: {
      auth: { openid: { providers: { oidc: { issuer: "https://id.example.org/application/o/zot/" } } } },
    },
  },
  {
    storage: {
      storageDriver: { credentials: { type: "default_credentials" } },
      cacheDriver: { keyprefix: "zot" },
    },
  },
  {
    storage: { cacheDriver: { url: "redis://localhost:6379?dial_timeout=3" } },
    http: { realm: "basic realm" },
  },
])("does not take %j for a secret in plain text", (config) => {
  expect(plainSecrets(config)).toEqual([]);
});

test("names every place of a secret in plain text, and its shape alone", () => {
  const places = plainSecrets(SECRETS);
  expect(places.map(({ path }) => path.join("."))).toEqual([
    "storage.cacheDriver.url",
    "storage.storageDriver.secretkey",
    "storage.storageDriver.accesskey",
    "http.auth.sessionDriver.url",
    "http.auth.openid.providers.github.clientsecret",
    "extensions.events.sinks.0.address",
    "extensions.events.sinks.0.headers.Authorization",
    "extensions.events.sinks.1.address",
    "extensions.events.sinks.1.credentials.password",
    "extensions.events.sinks.3.proxy",
    "extensions.events.sinks.3.credentials.token",
    "extensions.sync.registries.0.urls.0",
    "extensions.sync.registries.0.oauth2CredentialHelper.password",
    "cluster.hashKey",
  ]);
  expect(places.map(({ shape }) => shape).join()).not.toMatch(/s3cret/);
});

test("reports a changed secret, although both are masked alike", () => {
  const sink = (password: string) => ({ extensions: { Events: { sinks: [{ credentials: { password } }] } } });
  expect(maskedDifferences(sink("one"), sink("two"))).toEqual([
    "extensions.Events.sinks.0.credentials.password",
  ]);
  expect(maskedDifferences(sink("one"), sink("one"))).toEqual([]);
});

/** What people and programs write where an address is meant, with one secret in it. */
const WRITTEN = (secret: string) => [
  ` redis://user:${secret}@host:1`,
  `redis://user:a/${secret}@host:1`,
  `redis://user:1/${secret}@host:1`,
  `redis://user:a#${secret}@host`,
  `redis://user:a?${secret}@host`,
  `redis://user:a@${secret}@host`,
  `redis://user:a ${secret}@host`,
  `redis://one:${secret}@a:1,redis://two:${secret}@b:2`,
  `//user:${secret}@host`,
  `through https://user:${secret}@host/x`,
  `user:a@${secret}@tcp(host:1)/db`,
  `host=h user=u password='${secret} x' dbname=d`,
  `DefaultEndpointsProtocol=https;AccountName=a;AccountKey=${secret}==;EndpointSuffix=x`,
  `Authorization: Bearer ${secret}`,
  `https://host/x?sig=${secret}&se=2026`,
  `https://host/;token=${secret}`,
  `-----BEGIN PRIVATE KEY-----\n${secret}`,
];

test.each(WRITTEN("s3cret-long-enough"))("neither shows nor takes in plain text %j", (text) => {
  for (const config of [{ url: text }, { list: [text] }, { sinks: [{ address: text }] }]) {
    expect(JSON.stringify(masked(config))).not.toContain("s3cret");
    expect(plainSecrets(config)).toHaveLength(1);
  }
});

test("nothing of an address for webhooks is shown that may be a token", () => {
  const shown = masked({
    address: "https://api.telegram.org/bot123456:ABC-s3cret34ghIkl-zyx57W2v/sendMessage",
  });
  expect(shown["address"]).toBe("https://api.telegram.org/(masked)/sendMessage");
});

test.each([
  "https://registry.example.org:5000/v2/",
  "https://registry.example.org/@scope/package",
  "redis://localhost:6379/0",
  "ldaps://[::1]:636",
  "(&(objectClass=person)(uid=%s))",
  "ou=people,dc=example,dc=org",
  "docker.io/library/alpine:3.20",
  "Basic realm of the registry",
  "/etc/zot/tokens/key.pem",
])("shows %j as it is", (text) => {
  expect(masked({ value: text })).toEqual({ value: text });
  expect(plainSecrets({ value: text })).toEqual([]);
});

test.each(["tokens", "apiKeys", "passwords", "connectionString", "cookies", "clientSecrets"])(
  "hides all that is below %s",
  (name) => {
    const config = { driver: { [name]: ["s3cret-a", { any: "s3cret-b" }] } };
    expect(JSON.stringify(masked(config))).not.toMatch(/s3cret/);
    expect(plainSecrets(config)).toHaveLength(2);
  },
);

test.each(["storageDriver", "CacheDriver", "sessiondriver"])(
  "what %s holds below an unknown name is shown by its shape",
  (driver) => {
    const settings = {
      name: "s3",
      region: "eu-1",
      regionendpoint: "https://s3.example.org",
      secretkye: "s3cret-a",
      sekret2: "s3cret-b",
      cert: ["s3cret-c"],
      client_name: "zot",
      dial_timeout: "5s",
    };
    const text = JSON.stringify(masked({ storage: { subPaths: { "/a": { [driver]: settings } } } }));
    expect(text).not.toContain("s3cret");
    for (const shown of ["eu-1", "https://s3.example.org", '"zot"', '"5s"']) expect(text).toContain(shown);
    // Nobody knows whether it is one, unless it looks like a key.
    expect(plainSecrets({ [driver]: { secretkye: "s3cret-a", chunks: "335544320000000000" } })).toEqual([]);
    expect(plainSecrets({ [driver]: { secretkye: "wJalrXUtnFEMI/K7MDENG" } })).toHaveLength(1);
  },
);

test.each(["passwordHash", "secretValue", "token2", "key_data", "KeyPEM", "passwordBase64", "jwt", "sas"])(
  "what is called %s is a secret",
  (name) => {
    const config = { extensions: { any: [{ [name]: "s3cret" }] } };
    expect(JSON.stringify(masked(config))).not.toContain("s3cret");
    expect(plainSecrets(config)).toHaveLength(1);
  },
);

test("the name of a repository, a route or a section of zot's own hides nothing that is below it", () => {
  const config = {
    storage: { subPaths: { "/token": { rootDirectory: "/srv/token" } } },
    http: {
      auth: { htpasswd: { path: "/etc/zot/htpasswd" } },
      accessControl: { repositories: { keys: { defaultPolicy: ["read"] } } },
    },
  };
  expect(masked(config)).toEqual(config);
});

/** Of a config that uses everything, and of what is only in some. */
const PLACES = [
  "storage.storageDriver.secretkey",
  "storage.storageDriver.accesskey",
  "storage.subPaths./b.storageDriver.credentials.private_key",
  "storage.cacheDriver.password",
  "http.auth.ldap.bindPassword",
  "http.auth.openid.providers.github.clientsecret",
  "http.auth.sessionDriver.password",
  "extensions.sync.registries.0.oauth2CredentialHelper.clientSecret",
  "extensions.sync.registries.1.credentials.token",
  "extensions.events.sinks.0.headers.X-Anything",
  "extensions.events.sinks.0.credentials.token",
];

test("no secret is shown by its place, in whatever case, in the config, what differs, or what the change means", () => {
  const secret = fc
    .string({ unit: "grapheme-ascii", minLength: 8, maxLength: 30 })
    .map((each) => `s3cret${each}`);
  fc.assert(
    fc.property(fc.constantFrom(...PLACES), secret, bits, bits, (place, value, one, other) => {
      const path = place.split(".").map((name) => (/^\d+$/.test(name) ? Number(name) : name));
      const config = written(withValue(WHOLE, path, value), one);
      expect(JSON.stringify(masked(config))).not.toContain("s3cret");
      expect(plainSecrets(config).map((each) => each.value)).toContain(value);
      const told = consequences(config, written(WHOLE, other), { zotVersion: "2.1.20", adopting: true });
      expect(JSON.stringify([told, configDiff(config, WHOLE), configDiff(WHOLE, config)])).not.toContain(
        "s3cret",
      );
    }),
  );
});

/** Makes what is above it, too. */
function withValue(config: Tree, path: readonly (string | number)[], value: unknown): Tree {
  const [last = "", ...above] = [...path].reverse();
  const folder = above.reverse();
  const isThere = folder.every((_name, index) => {
    let found: unknown;
    changedAt(config, folder.slice(0, index + 1), (each) => (found = each));
    return found !== undefined;
  });
  const map = { [String(last)]: value };
  return isThere
    ? (changedAt(config, folder, (each) => ({ ...(each as Tree), ...map })) as Tree)
    : withValue(config, folder, map);
}
