import { hostLayout, secretReferences } from "../../config/arguments";
import { accessOf } from "../../config/grants";
import { parseSettings } from "../../config/load";
import { resolveZotConfig } from "../../config/zot-config";
import { type Problem, SettingsError } from "../../config/problems";
import { decide } from "../../systems/zot/decide";
import { accessControl } from "../../systems/zot/rules";

const HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFXlIYrHZ7AMTGTEVOMmvgRu9kB5mBZuGxDAhSfRpnhr";

/** The least that a stack must set. */
const required = {
  registryUrl: "https://registry.example.org",
  authentik: { url: "https://sso.example.org", token: "op://homelab/authentik/api-token" },
  onepassword: { vaultId: "vg6xf6vvfmoh5hqjjhlhbeoaie" },
  host: {
    address: "indri",
    user: "operator",
    hostKey: HOST_KEY,
    configFolder: "/home/operator/.config/zot",
    dataFolder: "/home/operator/zot",
    zotBinary: "/usr/local/bin/zot",
  },
  service: { manager: "systemd", unit: "zot.service" },
  forgejo: {
    url: "https://forge.example.org",
    token: "op://homelab/forgejo/token",
    owner: "eblume",
    repositories: [],
  },
  pushers: { "zot-ci": { in: ["blumeops/**"] } },
};
/** Settings of a stack of its own with that pusher, changed. */
const pusher = (changes: Record<string, unknown>) => ({
  pushers: { "zot-ci": { in: ["blumeops/**"], ...changes } },
});

function load(settings: Record<string, unknown>, encryptedKeys: string[] = []) {
  const raw = Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
  return parseSettings("zot-access", raw, (key) => encryptedKeys.includes(key));
}

function problemsOf(settings: Record<string, unknown>, encryptedKeys?: string[]): readonly Problem[] {
  try {
    load(settings, encryptedKeys);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

test("the required settings alone give a homelab's defaults", () => {
  const settings = load(required);
  expect(settings.access).toEqual({
    login: "groups",
    anonymous: { pull: ["**"] },
    authenticated: { pull: [], push: [], overwrite: [], delete: [] },
    roles: [{ groups: ["admins"], may: ["pull", "push", "overwrite", "delete"], in: ["**"] }],
    users: [],
  });
  expect(settings.pushers).toEqual({
    "zot-ci": {
      name: "zot-ci",
      group: "zot-ci",
      may: ["pull", "push"],
      in: ["blumeops/**"],
      pull: [],
      allow: [],
      lifetimeDays: 90,
      renewAfterDays: 60,
      oldKey: "grace",
      graceHours: 24,
      revokeAdopted: false,
      itemTitle: "zot-ci-apikey",
    },
  });
  expect(settings.oidc.usernameClaim).toBe("preferred_username");
  expect(settings.zot.config).toEqual({ storage: { rootDirectory: required.host.dataFolder } });
  expect(settings.host.port).toBe(22);
});

test("a second registry needs its own slug, and shares no name with the first", () => {
  const clusters = [{ context: "k3s", namespaces: ["ci"] }];
  const namesOf = (slug: string | undefined) => {
    const { authentik, pushers, ...others } = load({
      ...required,
      pushers: { [`${slug ?? "zot"}-ci`]: { in: ["**"] } },
      authentik: { ...required.authentik, ...(slug !== undefined && { slug }) },
      clusters,
    });
    return [
      authentik.slug,
      authentik.applicationName,
      authentik.pushersLogin,
      ...Object.values(pushers).map(({ itemTitle }) => itemTitle),
      ...others.clusters.map(({ secretName }) => secretName),
    ];
  };
  const first = ["zot", "zot registry", "zot-ci", "zot-ci-apikey", "zot-push"];
  expect(namesOf(undefined)).toEqual(first);
  const second = namesOf("attic");
  expect(second.filter((name) => first.includes(name))).toEqual([]);
  expect(new Set(second).size).toBe(second.length);
});

test("a given name stays as it is, and derived names follow it", () => {
  const { authentik, pushers } = load({
    ...required,
    authentik: { ...required.authentik, slug: "attic", pushersLogin: "machines" },
    pushers: { pusher: { group: "builders", in: ["**"] }, other: { in: ["other/**"], itemTitle: "Other" } },
  });
  expect(pushers).toMatchObject({
    pusher: { group: "builders", itemTitle: "pusher-apikey" },
    other: { group: "other", itemTitle: "Other" },
  });
  expect(authentik.pushersLogin).toBe("machines");
});

test.each(["zot.ci", "ci@example.org", "CI bot", "zürich", "机器人"])(
  "%s may be the user name that CI pushes as",
  (username) => {
    const { pushers } = load({ ...required, pushers: { [username]: { in: ["**"] } } });
    expect(pushers[username]?.name).toBe(username);
  },
);

test.each(["ci:bot", " ci", "ci ", "c\ni", "c".repeat(151)])(
  "%j may not: Authentik would change it, or nobody could log in by a key",
  (username) => {
    expect(problemsOf({ ...required, pushers: { [username]: { in: ["**"] } } })).toMatchObject([
      { path: `zot-access:pushers.${username}` },
    ]);
  },
);

test("every missing setting is named at once", () => {
  const paths = problemsOf({}).map(({ path }) => path);
  expect(paths).toEqual(
    ["pushers", "registryUrl", "authentik", "onepassword", "host", "service", "forgejo"].map(
      (key) => `zot-access:${key}`,
    ),
  );
});

test("a host key in a block of YAML is the key in it", () => {
  const block = { host: { ...required.host, hostKey: `\n${HOST_KEY}\n` } };
  expect(load({ ...required, ...block }).host.hostKey).toBe(HOST_KEY);
});

test.each(["registry", "192.0.2.1", "2001:db8::1", "::1"])("host.address may be %s", (address) => {
  expect(load({ ...required, host: { ...required.host, address } }).host.address).toBe(address);
});

test("no host key, no deploy", () => {
  const { hostKey: _, ...host } = required.host;
  const problems = problemsOf({ ...required, host });
  expect(problems.map(({ path, problem }) => `${path} ${problem}`)).toEqual([
    "zot-access:host.hostKey is missing",
  ]);
});

type Case = [name: string, change: Record<string, unknown>, path: string, problem: string, fix: string];
const host = (change: object) => ({ host: { ...required.host, ...change } });
const forgejo = (...repositories: object[]) => ({ forgejo: { ...required.forgejo, repositories } });
const cluster = (change: object) => ({ clusters: [{ context: "k3s", namespaces: ["ci"], ...change }] });
const pullingThrough = (prefix: string) => ({
  config: {
    extensions: {
      sync: {
        registries: [{ urls: [`https://${prefix}`], content: [{ prefix: "**", destination: `/${prefix}` }] }],
      },
    },
  },
});
const external = { store: "blumeops" };
const cases: Case[] = [
  [
    "host key as ssh-keyscan prints it",
    host({ hostKey: `registry.example.org ${HOST_KEY}` }),
    "host.hostKey",
    "begins with the host's name",
    "without the name in front",
  ],
  ...["admin@registry", "registry:2222", "[2001:db8::1]", "ssh://registry"].map((address): Case => [
    `address ${address}`,
    host({ address }),
    "host.address",
    "is not a name or an address",
    "the user and the port in `user` and `port`",
  ]),
  [
    "two jump hosts",
    host({ proxyJump: { address: "first,second", user: "me", hostKey: HOST_KEY } }),
    "host.proxyJump.address",
    "is more than one host",
    "-J FIRST,SECOND",
  ],
  [
    "host key that is none",
    host({ hostKey: "AAAA" }),
    "host.hostKey",
    "is not an OpenSSH public key",
    "ssh-keyscan",
  ],
  [
    "owner that leads elsewhere",
    { forgejo: { ...required.forgejo, owner: ".." } },
    "forgejo.owner",
    "is not a name in Forgejo",
    "letters, digits",
  ],
  [
    "repository with its owner",
    forgejo({ name: "eblume/blumeops", secrets: {} }),
    "forgejo.repositories[0].name",
    "is not a name in Forgejo",
    "in the URL of its page",
  ],
  ["wrong type", host({ port: "ssh" }), "host.port", "must be a number", "text of 3 characters"],
  ["unknown key", { registryURL: "x" }, "registryURL", "is not a setting", "did you mean registryUrl?"],
  [
    "unknown name inside",
    host({ hostkey: HOST_KEY }),
    "host.hostkey",
    "is not a setting",
    "did you mean hostKey?",
  ],
  [
    "URL without scheme",
    { registryUrl: "registry.example.org" },
    "registryUrl",
    "is not a URL with a scheme",
    "https://",
  ],
  [
    "plain http to Authentik",
    { authentik: { url: "http://sso.example.org", token: "op://homelab/authentik/api-token" } },
    "authentik.url",
    "plain http",
    "ssh -L",
  ],
  [
    "plain http to Forgejo",
    { forgejo: { ...required.forgejo, url: "http://127.0.0.1.example.org:3000" } },
    "forgejo.url",
    "plain http",
    "https",
  ],
  [
    "plain http to 1Password Connect",
    { onepassword: { vaultId: "a".repeat(26), connectUrl: "http://192.168.1.7:8080" } },
    "onepassword.connectUrl",
    "plain http",
    "https",
  ],
  [
    "a plain http issuer",
    { oidc: { issuer: "http://sso.example.org/" } },
    "oidc.issuer",
    "plain http",
    "https",
  ],
  [
    "plain http",
    { registryUrl: "http://registry.example.org" },
    "registryUrl",
    "plain http",
    "reverse proxy",
  ],
  [
    "issuer without scheme",
    { oidc: { issuer: "sso.example.org/application/o/zot/" } },
    "oidc.issuer",
    "is not a URL with a scheme",
    "trailing slash",
  ],
  [
    "op:// with an empty segment",
    { authentik: { ...required.authentik, token: "op://homelab//api-token" } },
    "authentik.token",
    "has an empty item",
    "op://vault/item/field",
  ],
  [
    "op:// where 1Password itself is opened",
    { onepassword: { ...required.onepassword, connectToken: "op://a/b/c" } },
    "onepassword.connectToken",
    "this setting is needed",
    "pulumi config set --secret",
  ],
  [
    "vault by name",
    { onepassword: { vaultId: "blumeops" } },
    "onepassword.vaultId",
    "is not a vault id",
    "text of 8 characters",
  ],
  [
    "secret name that Forgejo refuses",
    forgejo({ name: "r", secrets: { FORGEJO_TOKEN: "op://a/b/c" } }),
    "forgejo.repositories[0].secrets.FORGEJO_TOKEN",
    "which Forgejo reserves",
    "another name",
  ],
  [
    "secret names that differ by case alone",
    forgejo({ name: "r", secrets: { TOKEN: "op://a/b/c", Token: "op://a/b/d" } }),
    "forgejo.repositories[0].secrets.Token",
    "is the same secret as TOKEN",
    "keep one",
  ],
  [
    "the same repository twice",
    forgejo({ name: "r", secrets: {} }, { name: "R", owner: "EBLUME", secrets: {} }),
    "forgejo.repositories[1]",
    "is the same repository",
    "one entry",
  ],
  [
    "a pusher in a group of people",
    pusher({ group: "admins" }),
    "pushers.zot-ci.group",
    "is admins, which access.roles[0] has too",
    "remove group",
  ],
  [
    "two pushers of one group",
    { pushers: { a: { group: "g", in: ["a/**"] }, b: { group: "g", in: ["b/**"] } } },
    "pushers.b.group",
    "is g, which pushers.a has too: each would have the other's rights",
    "nothing else has",
  ],
  [
    "two keys in one item",
    { pushers: { a: { in: ["a/**"] }, b: { in: ["b/**"], itemTitle: "A-apikey" } } },
    "pushers.b.itemTitle",
    "is that of pushers.a",
    "another title",
  ],
  [
    "pushers that differ by case alone",
    { pushers: { ci: { in: ["a/**"] }, CI: { in: ["b/**"], itemTitle: "other" } } },
    "pushers.ci",
    "differs from pushers.CI by case alone",
    "another name",
  ],
  [
    "a pusher that is named as a user who may more",
    {
      ...pusher({}),
      access: { users: [{ users: ["ada", "zot-ci"], may: ["pull", "push", "delete"], in: ["**"] }] },
    },
    "pushers.zot-ci",
    "is also a user of access.users[0]: each would have the other's rights",
    "use its pull",
  ],
  [
    "an item that is titled as the note beside another pusher's",
    { pushers: { a: { in: ["a/**"] }, b: { in: ["b/**"], itemTitle: "A-apikey: about this item" } } },
    "pushers.b.itemTitle",
    "and that of pushers.a are the titles of a key's item and of the note beside it",
    "another title",
  ],
  [
    "the same the other way round",
    { pushers: { a: { in: ["a/**"], itemTitle: "b-apikey: about this item" }, b: { in: ["b/**"] } } },
    "pushers.b.itemTitle",
    "the note beside it",
    "another title",
  ],
  [
    "one key that two pushers adopt",
    {
      pushers: {
        a: { in: ["a/**"], from: "op://homelab/Forgejo Secrets/zot-key" },
        b: { in: ["b/**"], from: "op://homelab/forgejo secrets/zot-key" },
      },
    },
    "pushers.b.from",
    "is the key that pushers.a adopts",
    "remove from",
  ],
  [
    "a pusher that could change what was released, without a word",
    pusher({ may: ["pull", "push", "overwrite", "delete"], allow: ["delete"] }),
    "pushers.zot-ci.may",
    "has overwrite, with which a leaked key can change released images",
    "allow: [delete, overwrite]",
  ],
  [
    "a pusher whose name could not log in",
    { pushers: { "ci:bot": { in: ["**"] } } },
    "pushers.ci:bot",
    "has a colon",
    "another name",
  ],
  [
    "a secret of a pusher that there is not",
    forgejo({ name: "r", secrets: { KEY: "key:zot-c1" } }),
    "forgejo.repositories[0].secrets.KEY",
    "asks for the key of zot-c1, which is not among the pushers",
    "did you mean zot-ci?",
  ],
  [
    "a cluster beside several pushers that does not say whose key",
    { pushers: { a: { in: ["a/**"] }, b: { in: ["b/**"] } }, ...cluster({}) },
    "clusters[0].pusher",
    "there are several pushers",
    "one of a, b",
  ],
  [
    "a cluster of a pusher that there is not",
    cluster({ pusher: "builders" }),
    "clusters[0].pusher",
    "is builders, which is not among the pushers",
    "zot-ci",
  ],
  [
    "nobody who may log in",
    { access: { roles: [] }, pushers: {} },
    "access.roles",
    "every user of Authentik could log in",
    "groups: [admins]",
  ],
  [
    "pushers whose names nobody could tell",
    { ...pusher({ in: ["team/**"] }), oidc: { usernameClaim: "email" } },
    "oidc.usernameClaim",
    "service accounts without an email",
    "preferred_username",
  ],
  [
    "anonymous pushes",
    { access: { anonymous: { pull: ["**"], push: ["drop/**"] } } },
    "access.anonymous.push",
    "without a login",
    "a pusher",
  ],
  [
    "a role that zot would not let win",
    {
      ...pusher({ in: ["team/**"] }),
      access: { roles: [{ groups: ["ops"], may: ["push"], in: ["**/apps"] }] },
    },
    "pushers.zot-ci.in[0]",
    "(team/**) and **/apps both match team/apps, where zot lets either",
    "",
  ],
  [
    "a redirect of another host",
    { oidc: { redirectUrls: ["https://registry.example.org.evil.test/zot/auth/callback/oidc"] } },
    "oidc.redirectUrls[0]",
    "does not belong to registryUrl",
    "https://registry.example.org/zot/auth/callback/oidc",
  ],
  [
    "a renewal after the end",
    pusher({ lifetimeDays: 30, renewAfterDays: 30 }),
    "pushers.zot-ci.renewAfterDays",
    "must be below lifetimeDays",
    "60 and 90",
  ],
  [
    "a key that outlives a quarter",
    pusher({ lifetimeDays: 365 }),
    "pushers.zot-ci.lifetimeDays",
    "is above 90",
    "",
  ],
  [
    "a glob that zot would not let win",
    pusher({ in: ["*"] }),
    "pushers.zot-ci.in[0]",
    "where zot lets the longer one decide alone, which is **",
    "write {*,*}",
  ],
  ...["**/library/**", "{docker.io,app}/**", "docker.io/mine/**", "docker.io/**"].map((glob): Case => [
    `the glob ${glob}, by which CI could push into a cache`,
    { ...pusher({ in: ["blumeops/**", glob] }), zot: pullingThrough("docker.io") },
    "pushers.zot-ci.in[1]",
    "only zot may fill what it pulls through below docker.io/**",
    "team/**",
  ]),
  [
    "a glob as long as a cache's, of which zot takes a random one",
    { ...pusher({ in: ["**/images/**"] }), zot: pullingThrough("docker.io") },
    "pushers.zot-ci.in[0]",
    "at random, since zot takes either of two globs of the same length: only zot may fill what it pulls through below docker.io/**",
    "team/**",
  ],
  [
    "a glob that begins with no name beside a cache of everything",
    {
      ...pusher({ in: ["blumeops/**", "**"] }),
      zot: { config: { extensions: { sync: { registries: [{ urls: ["https://mirror.example.org"] }] } } } },
    },
    "pushers.zot-ci.in[1]",
    "zot pulls through every name that it does not have (**)",
    "destination of its content in zot.config's extensions.sync",
  ],
  ["a path that a unit file cannot hold", host({ dataFolder: "/srv/z@t" }), "host.dataFolder", "an @", ""],
  [
    "a system unit, which would run zot as root",
    { service: { manager: "systemd", unit: "zot.service", scope: "system" } },
    "service.manage",
    "runs zot as root",
    "manage: false",
  ],
  [
    "a namespace that Kubernetes refuses",
    cluster({ namespaces: ["ci", "CI_builders"] }),
    "clusters[0].namespaces[1]",
    "is not a namespace",
    "text of 11 characters",
  ],
  [
    "a namespace that is too long",
    cluster({ namespaces: ["n".repeat(64)] }),
    "clusters[0].namespaces[0]",
    "longer than 63",
    "",
  ],
  [
    "a Secret's name that Kubernetes refuses",
    cluster({ secretName: "zot-push-" }),
    "clusters[0].secretName",
    "is not a valid name in Kubernetes",
    "",
  ],
  [
    "a Secret's name that follows from a slug which Kubernetes refuses",
    { authentik: { ...required.authentik, slug: "Zot_2" }, ...cluster({}) },
    "clusters[0].secretName",
    "is derived from authentik.slug",
    "set secretName",
  ],
  [
    "one Secret written twice",
    { clusters: [...cluster({}).clusters, ...cluster({ namespaces: ["builders", "ci"] }).clusters] },
    "clusters[1].namespaces[1]",
    "gets the Secret zot-push twice",
    "another secretName",
  ],
  [
    "an operator that may read the new key when the old one is gone",
    { ...pusher({ graceHours: 1 }), ...cluster({ externalSecret: external }) },
    "clusters[0].externalSecret.refreshMinutes",
    "is 60 minutes, but a replaced key has a grace period of 1 h",
    "graceHours",
  ],
  [
    "an operator, and old keys that are revoked at once",
    { ...pusher({ oldKey: "revoke" }), ...cluster({ externalSecret: external }) },
    "clusters[0].externalSecret.refreshMinutes",
    "has a grace period of 0 h (pushers.zot-ci.oldKey: revoke)",
    "oldKey: grace",
  ],
  [
    "an operator, and old keys that end before it reads again",
    {
      ...pusher({ oldKey: "expire", lifetimeDays: 30, renewAfterDays: 29 }),
      ...cluster({ externalSecret: { ...external, refreshMinutes: 1440 } }),
    },
    "clusters[0].externalSecret.refreshMinutes",
    "has a grace period of 24 h",
    "refresh more often",
  ],
  [
    "an item that the SDK's store cannot name",
    {
      ...pusher({ itemTitle: "zot/key" }),
      ...cluster({ externalSecret: { ...external, storeProvider: "onepasswordSDK" } }),
    },
    "pushers.zot-ci.itemTitle",
    "cannot be referenced",
    "letters, digits",
  ],
  ["a service manager that is none", { service: { manager: "upstart" } }, "service.manager", "", ""],
];

test.each(cases)("%s", (_name, change, path, problem, fix) => {
  const problems = problemsOf({ ...required, ...change });
  expect(problems).toEqual([
    {
      path: `zot-access:${path}`,
      problem: expect.stringContaining(problem) as string,
      fix: expect.stringContaining(fix) as string,
    },
  ]);
});

test("all problems come together, those between settings too", () => {
  const problems = problemsOf({
    ...required,
    registryUrl: "registry",
    registryName: "x",
    access: { roles: [{ groups: ["zot-ci"], may: ["pull"], in: ["**"] }] },
    ...forgejo({ name: "r", secrets: { CI: "op://a/b" } }),
  });
  expect(problems.map(({ path }) => path).sort()).toEqual([
    "zot-access:forgejo.repositories[0].secrets.CI",
    "zot-access:pushers.zot-ci.group",
    "zot-access:registryName",
    "zot-access:registryUrl",
  ]);
});

describe("a secret in plain text", () => {
  const plain = { ...required, authentik: { ...required.authentik, token: "hunter2-hunter2" } };

  test("is refused, and the message shows how to encrypt it but never the value", () => {
    const problems = problemsOf(plain);
    expect(problems).toEqual([
      {
        path: "zot-access:authentik.token",
        problem: "is a plain-text secret",
        fix: expect.stringContaining(
          "pulumi config set --secret --path 'zot-access:authentik.token'",
        ) as string,
      },
    ]);
    expect(new SettingsError(problems).message).not.toContain("hunter2");
  });

  test("is taken when Pulumi encrypted its key", () => {
    expect(load(plain, ["authentik"]).authentik.token).toEqual({ kind: "value", value: "hunter2-hunter2" });
  });
});

test("a cluster's defaults: this program writes the Secret; an operator reads through the cluster's own store", () => {
  const { clusters } = load({
    ...required,
    clusters: [
      { context: "k3s", namespaces: ["ci"] },
      { context: "k3s", namespaces: ["ci"], secretName: "zot.push", externalSecret: external },
    ],
  });
  expect(clusters).toEqual([
    { context: "k3s", namespaces: ["ci"], secretName: "zot-push", pusher: "zot-ci" },
    {
      context: "k3s",
      namespaces: ["ci"],
      secretName: "zot.push",
      pusher: "zot-ci",
      externalSecret: {
        store: "blumeops",
        storeKind: "ClusterSecretStore",
        storeProvider: "onepassword",
        refreshMinutes: 60,
      },
    },
  ]);
});

test("a pusher's key is no plain secret", () => {
  const settings = load({
    ...required,
    ...forgejo({ name: "r", secrets: { ZOT_CI_API_KEY: "key:zot-ci" } }),
  });
  expect(settings.forgejo.repositories[0]?.secrets["ZOT_CI_API_KEY"]).toEqual({
    kind: "key",
    pusher: "zot-ci",
  });
});

describe("zot's own config", () => {
  const zot = (section: object) => ({ ...required, zot: section });
  const files = (texts: Record<string, string>) => (section: object) =>
    parseSettings(
      "zot-access",
      Object.fromEntries(
        Object.entries(zot(section)).map(([key, value]) => [
          key,
          typeof value === "string" ? value : JSON.stringify(value),
        ]),
      ),
      () => false,
      (file) => texts[file] ?? raise(),
    );
  const raise = (): never => {
    throw Object.assign(new Error("no such file"), { code: "ENOENT" });
  };

  test("stands in the settings in zot's words, and gets the folder of the images where it names none", () => {
    const config = { HTTP: { Port: 5000 }, extensions: { scrub: { enable: true } } };
    expect(load(zot({ config })).zot.config).toEqual({
      ...config,
      storage: { rootDirectory: required.host.dataFolder },
    });
    const other = { Storage: { RootDirectory: "/elsewhere" } };
    expect(problemsOf(zot({ config: other }))).toEqual([
      expect.objectContaining({ path: "zot-access:host.dataFolder", fix: "leave it out" }),
    ]);
    const { dataFolder: _folder, ...host } = required.host;
    expect(load({ ...zot({ config: other }), host }).zot.config).toEqual(other);
    expect(problemsOf({ ...required, host })).toEqual([
      expect.objectContaining({ path: "zot-access:zot.config", problem: "names no folder for the images" }),
    ]);
  });

  test("names the folders of the images by paths that do not depend on the folder in which zot is started", () => {
    const { dataFolder: _folder, ...host } = required.host;
    const storage = {
      RootDirectory: "zot",
      SubPaths: { "/a": { rootDirectory: "./a" }, "/b": { rootDirectory: "/b" } },
    };
    expect(problemsOf({ ...zot({ config: { storage } }), host })).toEqual(
      ["storage.rootDirectory", "storage.subPaths./a.rootDirectory"].map((path): unknown =>
        expect.objectContaining({
          path: `zot-access:zot.config.${path}`,
          fix: "write the whole path, from / on",
        }),
      ),
    );
    // A prefix in a bucket.
    const bucket = { rootDirectory: "zot", storageDriver: { name: "s3" } };
    expect(problemsOf({ ...zot({ config: { storage: bucket } }), host })).toEqual([]);
  });

  test("comes from a file of the project, in JSON or YAML", () => {
    const read = files({ "zot.yaml": "http: {port: 5000}", "zot.json": '{"http": {"port": 5001}}' });
    expect(read({ configFile: "zot.yaml" }).zot.config).toMatchObject({ http: { port: 5000 } });
    expect(read({ configFile: "zot.json" }).zot.config).toMatchObject({ http: { port: 5001 } });
    expect(() => read({ configFile: "none.json" })).toThrow(
      "zot.configFile names a file that cannot be read (ENOENT)",
    );
    expect(() => read({ configFile: "zot.yaml", config: {} })).toThrow("cannot be combined with zot.config");
    const broken = files({ "zot.json": '{"token": "hunter2"' });
    expect(() => broken({ configFile: "zot.json" })).toThrow("is not valid JSON");
    expect(() => broken({ configFile: "zot.json" })).not.toThrow(/hunter2/);
  });

  test("refuses the settings that it takes the place of, each with the line to write", () => {
    const problems = problemsOf(
      zot({
        listenAddress: "0.0.0.0",
        port: 5050,
        logLevel: "debug",
        logFile: "/var/log/zot.log",
        sessionKeysFile: "/etc/zot/keys.json",
        pullThrough: [{ prefix: "quay.io", url: "https://quay.io" }],
        extraConfig: { log: { token: "hunter2" } },
      }),
    );
    expect(problems.map(({ path, fix }) => [path.split(".").at(-1), fix])).toEqual([
      ["listenAddress", 'write config: {http: {address: "0.0.0.0"}}'],
      ["port", "write config: {http: {port: 5050}}"],
      ["logLevel", 'write config: {log: {level: "debug"}}'],
      ["logFile", 'write config: {log: {output: "/var/log/zot.log"}}'],
      ["sessionKeysFile", 'write config: {http: {auth: {sessionKeysFile: "/etc/zot/keys.json"}}}'],
      [
        "pullThrough",
        'write config: {extensions: {sync: {enable: true, registries: [{urls: ["https://quay.io"], content: ' +
          '[{prefix: "**", destination: "/quay.io"}], onDemand: true, tlsVerify: true, preserveDigest: true}]}}}',
      ],
      ["extraConfig", "write config: what stands below extraConfig, as it stands there"],
    ]);
    expect(JSON.stringify(problems)).not.toContain("hunter2");
  });

  test("may hold 1Password references anywhere, which are resolved before it is written", async () => {
    const config = {
      storage: { cacheDriver: { url: "op://v/redis/url" } },
      extensions: { events: { sinks: [{ headers: { Authorization: "op://v/sink/header" } }] } },
    };
    const settings = load(zot({ config }));
    expect(secretReferences("zot-access", settings).map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        "zot-access:zot.config.storage.cacheDriver.url",
        "zot-access:zot.config.extensions.events.sinks[0].headers.Authorization",
      ]),
    );
    const resolved = await resolveZotConfig(settings.zot.config, (secret) =>
      Promise.resolve(secret.kind === "reference" ? `the ${secret.reference.item}` : ""),
    );
    expect(resolved).toMatchObject({
      storage: { cacheDriver: { url: "the redis" } },
      extensions: { events: { sinks: [{ headers: { Authorization: "the sink" } }] } },
    });
  });

  test("refuses secrets in plain text by their place, unless the setting is encrypted", () => {
    const config = {
      storage: { cacheDriver: { url: "redis://user:hunter2@db" } },
      extensions: { events: { sinks: [{ headers: { Authorization: "hunter2" } }] } },
    };
    const problems = problemsOf(zot({ config }));
    expect(problems.map(({ path, problem }) => [path, problem])).toEqual([
      ["zot-access:zot.config.storage.cacheDriver.url", "is a plain-text secret (text of 23 characters)"],
      [
        "zot-access:zot.config.extensions.events.sinks.0.headers.Authorization",
        "is a plain-text secret (text of 7 characters)",
      ],
    ]);
    expect(JSON.stringify(problems)).not.toContain("hunter2");
    expect(problemsOf(zot({ config }), ["zot"])).toEqual([]);
  });

  test("refuses by name what conflicts with this program's parts, and what zot reads in two ways", () => {
    const bearer = { realm: "https://token.example.org", service: "zot", cert: "/etc/zot/token.crt" };
    const problems = problemsOf(
      zot({ config: { http: { port: 1, Port: 2, auth: { bearer } }, log: { "a::b": 1 } } }),
    );
    expect(problems.map(({ path }) => path)).toEqual([
      "zot-access:zot.config.http.auth.bearer",
      "zot-access:zot.config.http.Port",
      "zot-access:zot.config.log.a::b",
    ]);
  });

  test("refuses access rules by name, with the settings that say them, and keeps who reads the metrics", () => {
    const AccessControl = {
      repositories: {
        "red/**": {
          policies: [{ groups: ["red"], users: ["scanner"], actions: ["read", "create"] }],
          defaultPolicy: ["read"],
        },
        "**": {
          anonymousPolicy: ["read", "create"],
          policies: [
            { users: ["nightly"], actions: ["delete"], conditions: [{ expression: "req.remote == 1" }] },
          ],
        },
      },
      adminPolicy: { groups: ["admins"], actions: ["read", "create", "update", "delete"] },
      groups: { red: { users: ["ada"] } },
      quota: { red: 5 },
      metrics: { users: ["prometheus"] },
    };
    const problems = problemsOf(zot({ config: { HTTP: { AccessControl } } }));
    expect(
      problems.map(({ path, fix }) => [path.replace("zot-access:zot.config.http.accessControl.", ""), fix]),
    ).toEqual([
      [
        "repositories",
        'remove it from the config; write access.anonymous: {pull: ["**"]}; access.authenticated: {pull: ["red/**"]}; ' +
          'access.roles: {groups: ["red"], may: [pull, push], in: ["red/**"]}, or a pusher of its own for a pipeline; ' +
          'access.users: {users: ["scanner"], may: [pull, push], in: ["red/**"]}; ' +
          'access.users: {users: ["nightly"], may: [delete], in: ["**"]}; ' +
          "the conditions of nightly cannot be expressed: remove the grant, or limit addresses and hours in the proxy in front of zot; " +
          "nobody may push without a login; grants add up: a longer glob removes no right",
      ],
      [
        "adminPolicy",
        'remove it from the config; write access.roles: {groups: ["admins"], may: [pull, push, overwrite, delete], in: ["**"]}, ' +
          "or a pusher of its own for a pipeline",
      ],
      [
        "groups",
        'remove it from the config; write where access.roles would name red: access.users: {users: ["ada"], …}',
      ],
      ["quota", "remove it from the config; no setting corresponds to it"],
    ]);
    const { metrics } = AccessControl;
    expect(problemsOf(zot({ config: { http: { accessControl: { metrics } } } }))).toEqual([]);
    const file = (control: object) =>
      files({ "zot.json": JSON.stringify({ http: { accessControl: control } }) })({ configFile: "zot.json" });
    expect(() => file(AccessControl)).toThrow("zot.configFile (zot.json) http.accessControl.quota");
  });

  test("takes the host's own config, copied after a deploy: its rules say what the settings say", () => {
    const control = accessControl(accessOf(load(required)));
    const config = { http: { accessControl: { ...control, metrics: { users: ["prometheus"] } } } };
    expect(problemsOf(zot({ config }))).toEqual([]);
    const [name = ""] = Object.keys(control.repositories);
    const other = { repositories: { ...control.repositories, [name]: { anonymousPolicy: ["read"] } } };
    expect(problemsOf(zot({ config: { http: { accessControl: other } } }))).toHaveLength(1);
  });
});

describe("where zot runs", () => {
  const images = "/home/operator/zot:/var/lib/registry";
  const folder = "/home/operator/.config/zot:/etc/zot";
  const container = (change: object = {}) => ({
    runtime: "podman",
    image: "example.org/zot@sha256:0123",
    name: "zot",
    mounts: [images, folder],
    ...change,
  });
  const { zotBinary, dataFolder: _, ...bare } = required.host;
  const zot = { config: { storage: { rootDirectory: "/var/lib/registry" }, http: { port: "5000" } } };
  const found = (host: object, service: object = required.service) =>
    problemsOf({ ...required, zot, service, host: { ...bare, ...host } }).map(
      ({ path, problem }) => `${path} ${problem}`,
    );

  test("a container in the place of the executable, with its defaults", () => {
    const { host } = load({ ...required, zot, host: { ...bare, container: container() } });
    expect(host.container).toMatchObject({ network: "host", publish: [], options: [] });
    const layout = hostLayout(load({ ...required, zot, host: { ...bare, container: container() } }));
    expect(layout).toMatchObject({ zotBinary: "", loopbackUrl: "http://127.0.0.1:5000" });
    const outside = container({ publish: ["10.0.0.7:5050:5000"], network: "bridge" });
    expect(hostLayout(load({ ...required, zot, host: { ...bare, container: outside } })).loopbackUrl).toBe(
      "http://10.0.0.7:5050",
    );
  });

  test.each<[string, object, object, RegExp[]]>([
    ["neither", {}, required.service, [/host.zotBinary is missing/]],
    [
      "both",
      { zotBinary, container: container() },
      required.service,
      [/host.zotBinary cannot be combined with host.container/],
    ],
    [
      "launchd",
      { container: container() },
      { manager: "launchd", label: "z" },
      [/host.container cannot be combined with a LaunchAgent/],
    ],
    [
      "images nowhere",
      { container: container({ mounts: [folder] }) },
      required.service,
      [/mounts has no writable mount of \/var/],
    ],
    [
      "somebody's container that sees no config",
      { container: container({ mounts: [images] }) },
      { ...required.service, manage: false },
      [/has no mount of .*config.json/, /has no mount of .*oidc-credentials.json/],
    ],
    [
      "a mount that is none",
      { container: container({ mounts: ["zot:/x"] }) },
      required.service,
      [/mounts\[0\] is not \/host/],
    ],
    [
      "options that the program gives by itself, or that would hide a mount",
      {
        container: container({ options: ["--user=7", "--name=zot", "-v=/x:/y", "--tmpfs=/etc/zot", "word"] }),
      },
      required.service,
      [
        /options\[1\] is set by this program/,
        /options\[2\] is set by this program/,
        /options\[3\] is set by this program/,
        /options\[4\] is not one option of run/,
      ],
    ],
    [
      "a user of its own under the user's own unit",
      { zotBinary, runAs: "zot" },
      required.service,
      [/host.runAs is zot/],
    ],
    [
      "a config in another format",
      { zotBinary, configFile: "zot.toml" },
      required.service,
      [/host.configFile does not end in/],
    ],
  ])("%s: refused, and named", (_, host, service, expected) => {
    expect(found(host, service)).toEqual(expected.map((each) => expect.stringMatching(each) as string));
  });

  test("a user of its own under a system unit, TLS of its own by the certificate's name", () => {
    const tls = { cert: "/etc/zot/tls/cert.pem", key: "/etc/zot/tls/key.pem" };
    const settings = load({
      ...required,
      zot: { config: { http: { port: "443", tls }, storage: { rootDirectory: "/var/lib/registry" } } },
      service: { manager: "systemd", unit: "zot.service", scope: "system", manage: false },
      host: { ...bare, container: container(), runAs: "zot" },
    });
    expect(hostLayout(settings)).toMatchObject({
      runAs: "zot",
      loopbackUrl: "https://127.0.0.1:443",
      tls: { name: "registry.example.org", certificate: "/home/operator/.config/zot/tls/cert.pem" },
    });
  });
});

describe("settings of before", () => {
  const { pushers: _, ...without } = required;
  const lines = (settings: Record<string, unknown>, encrypted: string[] = []) =>
    Object.fromEntries(
      problemsOf({ ...without, ...settings }, encrypted).map(({ path, fix }) => [
        path.replace("zot-access:", ""),
        fix,
      ]),
    );

  test("are refused with the lines to write instead, which mean the same", () => {
    const found = lines({
      access: {
        admins: ["ops", "root"],
        readers: ["family"],
        writers: "builders",
        pushRepositories: ["a/**", "b/*"],
      },
      ciCredential: {
        username: "pusher",
        lifetimeDays: 30,
        renewAfterDays: 20,
        from: "op://vault/item/password",
      },
      ...forgejo({ name: "r", secrets: { KEY: "minted-key", OTHER: "op://a/b/c" } }),
    });
    const roles =
      'write access: {roles: [{groups: [ops, root], may: [pull, push, overwrite, delete], in: ["**"]}, ' +
      '{groups: [family], may: [pull], in: ["**"]}]}';
    const pushers =
      'write pushers: {pusher: {group: builders, in: ["a/**", "b/*"], lifetimeDays: 30, renewAfterDays: 20, ' +
      'from: "op://vault/item/password"}}, and authentik: {pushersLogin: pusher}';
    expect(found).toEqual({
      "access.admins": roles,
      "access.readers": roles,
      "access.writers": pushers,
      "access.pushRepositories": pushers,
      ciCredential: pushers,
      "forgejo.repositories[0].secrets.KEY": "write key:pusher, or key: and the name of another pusher",
    });
  });

  test("get the new defaults written out", () => {
    const { forgejo: place } = forgejo({ name: "r", secrets: { KEY: "minted-key" } });
    expect(lines({ forgejo: place })).toEqual({
      "forgejo.repositories[0].secrets.KEY": "write key:zot-ci, or key: and the name of another pusher",
      pushers:
        'write pushers: {zot-ci: {group: artifact-workloads, in: ["**"]}}, and replace ** with the repositories that it pushes to; {} for none',
    });
    expect(lines({ authentik: { ...required.authentik, slug: "attic" } })["pushers"]).toContain(
      "pushers: {attic-ci: {group: attic-artifact-workloads, in:",
    );
  });

  test("that are secret are not shown", () => {
    const found = lines({ ciCredential: { from: "zak_0123456789abcdef" } }, ["ciCredential"]);
    expect(JSON.stringify(found)).not.toContain("zak_");
    expect(found["ciCredential"]).toContain("from: (its value)");
  });
});

const problemOf = (settings: Record<string, unknown>) =>
  problemsOf({ ...required, ...settings }).map(({ path, problem }) => `${path} ${problem}`);
const named = (name: string) => problemOf({ pushers: { [name]: { in: ["a/**"] } } });

test.each([
  ["anonymous", "is what the access proof and `npm run who-can` call somebody else"],
  ["Outsider", "is what the access proof"],
  ["any login", "is what the access proof"],
  ["akadmin", "is the administrator that Authentik makes for itself"],
  ["ak-outpost-6f1c", "is an account that Authentik makes for itself"],
  ["", "is not the name of an account: it is empty"],
  ["a".repeat(151), "it has more than 150 characters, which is the most that Authentik takes"],
  ["zot-ci ", "it begins or ends with a blank, which Authentik removes"],
  ["zot:ci", "it has a colon, so that a login with a key is impossible"],
  ["zot\u200bci", "it has a character that cannot be seen"],
  ["zot\ud800", "it has a character that cannot be seen"],
])("a pusher cannot be named %j, and is told why once", (name, why) => {
  expect(named(name)).toEqual([expect.stringContaining(why)]);
});

test.each([
  "defaultPolicy",
  "adminPolicy",
  "constructor",
  "-",
  "zot.ci",
  "zot ci",
  "ci-admin",
  "a".repeat(150),
])("a pusher may be named %j, which is a word of no system", (name) => {
  expect(named(name)).toEqual([]);
  expect(Object.keys(load({ ...required, pushers: { [name]: { in: ["a/**"] } } }).pushers)).toEqual([name]);
});

test("no name is lost without a word, wherever it stands", () => {
  const lost = JSON.parse('{"__proto__": {"in": ["a/**"]}, "ci": {"in": ["b/**"]}}') as object;
  expect(problemOf({ pushers: lost })).toEqual([
    "zot-access:pushers.__proto__ has a name that no map can hold",
  ]);
});

test("pushers whose names people or Authentik's login take for one another are refused, each once", () => {
  const two = (one: string, other: string) =>
    problemOf({ pushers: { [one]: { in: ["a/**"] }, [other]: { in: ["b/**"], itemTitle: "other" } } });
  expect(two("ZOT-ci", "zot-ci")).toEqual([
    "zot-access:pushers.zot-ci differs from pushers.ZOT-ci by case alone: Authentik's login would take one for the other",
  ]);
  expect(two("e\u0301", "\u00e9")).toEqual([expect.stringContaining("by how its letters are encoded")]);
  // Each has a slug of its own.
  expect(two("zot.ci", "zot ci")).toEqual([]);
  const access = { users: [{ users: ["Zot-CI"], may: ["pull"], in: ["**"] }] };
  expect(problemOf({ access })).toEqual([
    "zot-access:pushers.zot-ci differs from a user of access.users[0] by case alone: Authentik's login would take one for the other",
  ]);
});

test("the group of a pusher is none of Authentik's own, and not taken for another's", () => {
  const group = (name: string) => problemOf(pusher({ group: name }));
  expect(group("authentik Admins")).toEqual([
    "zot-access:pushers.zot-ci.group is a group of Authentik's own, whose members administrate or read it",
  ]);
  expect(group("AUTHENTIK admins")).toHaveLength(1);
  expect(group("authentik-users")).toEqual([]);
  expect(group("Admins")).toEqual([
    expect.stringContaining("differs from a group of access.roles[0] by case alone"),
  ]);
  for (const name of [" ops", "ops ", "  ", "o\nps"]) expect([name, group(name).length]).toEqual([name, 1]);
});

test("groups of roles that differ by case are two groups, as zot and Authentik have them", () => {
  const roles = [
    { groups: ["ops"], may: ["pull"], in: ["**"] },
    { groups: ["Ops"], may: ["push"], in: ["**"] },
  ];
  const settings = load({ ...required, access: { anonymous: {}, roles } });
  const control = accessControl(accessOf(settings));
  const may = (group: string, action: "read" | "create") =>
    decide(control, { username: "ada", groups: [group] }, "a", action);
  expect([may("ops", "read"), may("ops", "create"), may("Ops", "create"), may("OPS", "read")]).toEqual([
    true,
    false,
    true,
    false,
  ]);
  expect(problemOf({ access: { roles: [{ groups: ["ops "], may: ["pull"], in: ["**"] }] } })).toHaveLength(1);
});
