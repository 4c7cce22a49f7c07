import { consequences, dangersOf, type Intent } from "../../../../systems/zot/config/consequences";
import { overlay } from "../../../../systems/zot/config/overlay";
import type { Tree } from "../../../../systems/zot/config/read";

const ALL = ["read", "create", "update", "delete"];
const HOST: Tree = {
  distSpecVersion: "1.1.1",
  storage: { rootDirectory: "/srv/zot", gc: true },
  http: {
    address: "0.0.0.0",
    port: "5000",
    auth: { openid: { providers: { oidc: { issuer: "https://id.example.org/", credentialsFile: "/c" } } } },
    accessControl: {
      repositories: {
        "**": {
          anonymousPolicy: ["read"],
          defaultPolicy: ["read"],
          policies: [{ groups: ["admins"], actions: ALL }],
        },
      },
    },
  },
};
const RULES = ["http", "accessControl", "repositories"];

const set = (config: Tree, path: string, value: unknown) =>
  overlay(config, [{ path: path.split("/"), value }]);
/** Only then zot uses the driver of its cache. */
const SHARED = ["storage/remoteCache", true] as const;
const gone = (config: Tree, path: string) => overlay(config, [{ path: path.split("/"), gone: true }]);
const rules = (repositories: unknown, config = HOST) =>
  overlay(config, [{ path: RULES, value: repositories }]);

function told(host: Tree, desired: Tree, intent: Partial<Intent> = {}): string[] {
  return consequences(host, desired, { zotVersion: "2.1.20", adopting: true, ...intent }).map(
    ({ kind, sign, text }) => `${kind ?? sign}: ${text}`,
  );
}

test("the same config has no consequences, whatever its order and case, and how its folder is written", () => {
  const other = {
    HTTP: { ...(HOST["http"] as Tree) },
    Storage: { GC: true, rootdirectory: "/srv//zot/./" },
    distspecversion: "1.1.1",
  };
  expect(told(HOST, other)).toEqual([]);
});

test.each<[string, Tree, Tree, string[]]>([
  [
    "a private registry that would be open",
    rules({ "**": { defaultPolicy: ["read"], policies: [{ groups: ["admins"], actions: ALL }] } }),
    HOST,
    ["openPull: anonymous clients can now pull everywhere (anonymousPolicy)"],
  ],
  [
    "repositories that lie deeper than any other glob reaches, and would be open",
    rules({ "[a-z]*": { defaultPolicy: ["read"] }, "*/*": { defaultPolicy: ["read"] } }),
    rules({
      "**": { anonymousPolicy: ["read"] },
      "[a-z]*": { defaultPolicy: ["read"] },
      "*/*": { defaultPolicy: ["read"] },
    }),
    ["openPull: anonymous clients can now pull in everything else (anonymousPolicy)"],
  ],
  [
    "a folder of repositories that would be open",
    rules({
      "**": {
        anonymousPolicy: ["read"],
        defaultPolicy: ["read"],
        policies: [{ groups: ["admins"], actions: ALL }],
      },
      "secret/**": { policies: [{ groups: ["admins"], actions: ALL }] },
    }),
    HOST,
    [
      "openPull: anonymous clients can now pull in secret/** (anonymousPolicy)",
      "openPull: everybody who is logged in can now pull in secret/** (defaultPolicy)",
    ],
  ],
  [
    "an open registry that would be closed",
    HOST,
    rules({ "**": { defaultPolicy: ["read"], policies: [{ groups: ["admins"], actions: ALL }] } }),
    ["closePull: anonymous clients can no longer pull everywhere (anonymousPolicy)"],
  ],
  [
    "the end of pushes without a login, which is what hardening is",
    gone(gone(HOST, "http/auth"), "http/accessControl"),
    HOST,
    [
      "loss: anonymous clients can no longer push new tags, overwrite tags and delete everywhere (there were no access rules)",
      "gain: people can log in by the provider oidc (https://id.example.org/)",
      "gain: people can log in by API keys",
    ],
  ],
  [
    "everybody who is logged in, who could push by the default policy",
    set(HOST, "http/accessControl/repositories/**/defaultPolicy", ALL),
    HOST,
    [
      "loss: everybody who is logged in can no longer push new tags, overwrite tags and delete everywhere (defaultPolicy)",
    ],
  ],
  [
    "the same where robots log in by htpasswd",
    set(set(HOST, "http/accessControl/repositories/**/defaultPolicy", ALL), "http/auth/htpasswd", {
      path: "/h",
    }),
    set(HOST, "http/auth/htpasswd", { path: "/h" }),
    [
      "loseRights: everybody who is logged in can no longer push new tags, overwrite tags and delete everywhere (defaultPolicy)",
    ],
  ],
  [
    "a group and a user of whom the settings do not speak",
    rules({
      "**": {
        anonymousPolicy: ["read"],
        defaultPolicy: ["read"],
        policies: [
          { groups: ["admins"], actions: ALL },
          { users: ["robot"], actions: ["read", "create"] },
        ],
      },
      "red/**": {
        anonymousPolicy: ["read"],
        defaultPolicy: ["read"],
        policies: [
          { groups: ["admins"], actions: ALL },
          { groups: ["pushers"], actions: ["read", "create", "update"] },
        ],
      },
    }),
    HOST,
    [
      "loseRights: group pushers can no longer push new tags and overwrite tags in red/**",
      "loseRights: user robot can no longer push new tags in everything else",
    ],
  ],
  [
    "administrators of whom nobody is left",
    HOST,
    rules({ "**": { anonymousPolicy: ["read"], defaultPolicy: ["read"] } }),
    [
      "loseRights: group admins can no longer push new tags, overwrite tags and delete everywhere",
      "dropAdmins: nobody could delete or overwrite everywhere any more",
    ],
  ],
  [
    "passwords, certificates and another provider",
    set(
      set(set(HOST, "http/auth/htpasswd", { Path: "/etc/htpasswd" }), "http/tls", {
        cert: "/c",
        key: "/k",
        cacert: "/ca",
      }),
      "http/auth/openid/providers/github",
      { scopes: ["user"] },
    ),
    set(HOST, "http/tls", { cert: "/c", key: "/k" }),
    [
      "loseLogins: nobody can log in by htpasswd any more (/etc/htpasswd)",
      "loseLogins: nobody can log in by the provider github any more (on)",
      "loseLogins: nobody can log in by certificates any more (/ca)",
    ],
  ],
  [
    "an address that clients know",
    set(HOST, "http/tls", { cert: "/c", key: "/k" }),
    set(set(HOST, "http/address", "127.0.0.1"), "http/port", 5050),
    [
      "moveAddress: zot's address moves from 0.0.0.0 to 127.0.0.1: clients that reach it there cannot any more",
      "moveAddress: zot's port moves from 5000 to 5050: clients that reach it there cannot any more",
      "moveAddress: zot's TLS moves from /c to off: clients that reach it there cannot any more",
      "moveAddress: zot's TLS's key moves from /k to off: clients that reach it there cannot any more",
    ],
  ],
  [
    "images in folders and drivers of their own",
    set(set(HOST, "storage/subPaths", { "/a/": { rootDirectory: "/srv/a" } }), "storage/storageDriver", {
      name: "s3",
      bucket: "b",
    }),
    HOST,
    [
      "moveStorage: the images would be looked for in /srv/zot instead of s3 b: what is there stays behind",
      "moveStorage: the images below /a would be looked for with all others: what is in /srv/a stays behind",
    ],
  ],
  [
    "the database of keys",
    set(set(HOST, "storage/cacheDriver", { name: "redis", url: "redis://u:s3cret@db:6379" }), ...SHARED),
    set(HOST, ...SHARED),
    [
      "moveStorage: the database of keys and tags would be looked for in /srv/zot instead of redis redis://db:6379: what is there stays behind",
    ],
  ],
  [
    "caches",
    set(HOST, "extensions", {
      sync: {
        registries: [{ URLs: ["https://quay.io/"], content: [{ prefix: "**", destination: "/quay.io" }] }],
      },
    }),
    set(HOST, "extensions", { sync: { enable: false } }),
    ["loseCaches: zot no longer pulls through https://quay.io as quay.io/**"],
  ],
  [
    "settings without a meaning of their own here, and none of their secrets",
    set(set(HOST, "extensions", { search: { cve: { updateInterval: "24h" } } }), "log", {
      audit: "/a",
      token: "s3cret",
    }),
    HOST,
    [
      'loseSettings: extensions.search.cve.updateInterval is removed: the settings do not have it (it is "24h")',
      'loseSettings: log.audit is removed: the settings do not have it (it is "/a")',
      'loseSettings: log.token is removed: the settings do not have it (it is "(text of 6 characters)")',
    ],
  ],
])("tells of %s", (_what, host, desired, lines) => {
  expect(told(host, desired).sort()).toEqual([...lines].sort());
});

test("rights where no glob matches are judged, and never shown with an empty name", () => {
  const host = rules({
    "": { anonymousPolicy: ["read", "create"] },
    "infra/**": { anonymousPolicy: ["read"] },
  });
  const lines = told(host, HOST);
  expect(lines).toContainEqual(
    expect.stringMatching(/^loss: anonymous clients can no longer push new tags in everything else/),
  );
  expect(lines.join()).not.toContain("not known");
  expect(told(HOST, host)).toContainEqual(
    expect.stringMatching(/^openPush: anonymous clients can now push new tags in everything else/),
  );
});

test("rights that the settings give are announced, not refused", () => {
  const host = set(HOST, "http/accessControl/repositories/**/policies", [
    { groups: ["admins"], actions: ALL },
    { groups: ["family"], actions: ["read", "create"] },
  ]);
  expect(told(host, HOST, { groups: ["family"] })).toEqual([
    "loss: group family can no longer push new tags everywhere",
  ]);
});

test("a group that was taken out of the settings loses its rights without being refused", () => {
  const host = rules({
    "**": {
      anonymousPolicy: ["read"],
      defaultPolicy: ["read"],
      policies: [
        { groups: ["admins"], actions: ALL },
        { groups: ["builders"], actions: ["create"] },
      ],
    },
  });
  expect(told(host, HOST)).toEqual(["loseRights: group builders can no longer push new tags everywhere"]);
  expect(told(host, HOST, { adopting: false })).toEqual([
    "loss: group builders can no longer push new tags everywhere",
  ]);
});

test("other losses are refused when a registry is adopted, and later announced", () => {
  const host = set(HOST, "storage/gcInterval", "24h");
  expect(told(host, HOST)[0]).toMatch(/^loseSettings: storage.gcInterval is removed/);
  expect(told(host, HOST, { adopting: false })[0]).toMatch(/^loss: storage.gcInterval is removed/);
});

test("metrics that the installed version reads differently are translated, and reported", () => {
  const extensions = { metrics: { enable: true } };
  const host = set(set(HOST, "extensions", extensions), "http/accessControl/metrics", { users: [""] });
  const desired = set(set(HOST, "extensions", extensions), "http/accessControl/metrics", {
    anonymousPolicy: ["read"],
  });
  expect(told(host, desired)).toEqual([
    'neutral: metrics are open to scrapers without a login by anonymousPolicy: users [""], which meant that up to 2.1.17, opens them to nobody in zot 2.1.20',
  ]);
  const closed = set(set(HOST, "extensions", extensions), "http/accessControl/metrics", {
    users: ["scraper"],
  });
  expect(told(closed, desired)).toEqual([
    "openMetrics: anonymous clients can now read the metrics",
    "closeMetrics: user scraper can no longer read the metrics",
  ]);
});

test("a conditional policy is told from an unconditional one", () => {
  const policy = { users: ["robot"], actions: ["create"] };
  const host = (conditions?: unknown) =>
    set(HOST, "http/accessControl/repositories/**/policies", [
      { groups: ["admins"], actions: ALL },
      { ...policy, ...(conditions !== undefined && { conditions }) },
    ]);
  expect(told(host(), host([{ expression: "req.referenceType == 'digest'" }]), { users: ["robot"] })).toEqual(
    ["loss: user robot can no longer push new tags everywhere as far as the conditions of a policy let them"],
  );
});

test("some rights are refused even if the host had them", () => {
  const kinds = (config: Tree) => dangersOf(config).map(({ kind }) => kind);
  expect(kinds(HOST)).toEqual([]);
  expect(kinds(set(HOST, "http/accessControl/repositories/**/anonymousPolicy", ["read", "create"]))).toEqual([
    "openPush",
  ]);
  expect(kinds(rules({ "**": { anonymousPolicy: ["read"] } }))).toEqual(["dropAdmins"]);
});

test("no line shows a secret of an address, however it is written", () => {
  const secret = "s3cret-long-enough";
  const address = `redis://user:a/${secret}@host:6379?password=${secret}`;
  const places = [
    ["storage/cacheDriver", { name: "redis", url: address }],
    ["storage/storageDriver", { name: "s3", endpoint: address, bucket: "b" }],
    ["extensions/sync", { registries: [{ urls: [address], content: [{ prefix: "**" }] }] }],
    ["http/auth/ldap", { address, port: 636, baseDN: "dc=example" }],
    ["http/auth/openid/providers/other", { issuer: address }],
    ["http/auth/bearer", { realm: address, service: "zot", oidc: [{ issuer: address }] }],
    ["extensions/other", { where: address }],
  ] as const;
  for (const [path, value] of places) {
    const other = set(HOST, path, value);
    for (const lines of [told(HOST, other), told(other, HOST)]) expect(lines.join()).not.toMatch(/s3cret/);
    expect(told(other, HOST)).not.toEqual([]);
  }
});

test("an application that is open to all closes to all but the groups: refused where people log in by it today", () => {
  const closes = { closesLogin: true, groups: ["admins", "artifact-workloads"] };
  expect(told(HOST, HOST, closes)).toEqual([
    expect.stringMatching(
      /^loseLogins: only members of admins, artifact-workloads can log in: nobody is bound/,
    ),
  ]);
  const open = gone(gone(HOST, "http/auth"), "http/accessControl");
  expect(told(open, open, closes)).toEqual([]);
});
