import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import {
  settingsSources,
  withWriteOptions,
  type WriteOptions,
} from "../../../commands/adopt/settings/command";
import type { Discovered } from "../../../commands/adopt/settings/discovered";
import { rightsOf } from "../../../commands/adopt/settings/rights";
import { settingsText } from "../../../commands/adopt/settings/text";
import { refuseExisting, writeSettings } from "../../../commands/adopt/settings/write";
import { commandLine, parse as parseLine } from "../../../commands/shared/command-line";
import { parseSettings } from "../../../config/load";
import type { FoundContainer } from "../../../systems/host/types";
import type { Tree } from "../../../systems/zot/config/read";
import { HOMELAB } from "./homelab";

/* Settings as `npm run adopt -- --write-settings` writes them, and the file that they go into. */
const ROOT = join(__dirname, "../../..");
const never = (_value: string): string => {
  throw new Error("there is nothing to encrypt");
};
const textOf = (changes: Partial<Discovered> = {}, encrypt = never) =>
  settingsText({ ...HOMELAB, ...changes }, "zot-access", encrypt).text;
const configOf = (text: string) => (parse(text) as { config: Record<string, unknown> }).config;

test("Pulumi.indri.yaml is what is written for the homelab", () => {
  expect(readFileSync(join(ROOT, "Pulumi.indri.yaml"), "utf8")).toBe(textOf());
});

test("with the host's key these settings are whole", () => {
  const host = {
    ...HOMELAB.host,
    hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFXlIYrHZ7AMTGTEVOMmvgRu9kB5mBZuGxDAhSfRpnhr",
  };
  const raw = Object.entries(configOf(textOf({ host }))).map(([key, value]) => [
    key.replace("zot-access:", ""),
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  const settings = parseSettings(
    "zot-access",
    Object.fromEntries(raw) as Record<string, string>,
    () => false,
  );
  expect(settings.authentik).toMatchObject({
    providerName: "Zot",
    clientId: "zot",
    applicationName: "Zot Registry",
  });
});

test("unknown values stand in comments, each with what to write", () => {
  const text = textOf({
    registryUrl: undefined,
    vault: undefined,
    authentik: undefined,
    forgejo: undefined,
    pushers: [],
    installation: { ...HOMELAB.installation, service: undefined },
  });
  for (const key of ["registryUrl:", "onepassword:", "authentik:", "service:", "forgejo:"])
    expect(text).toMatch(new RegExp(`^ +# zot-access:${key}`, "m"));
  expect(text).toMatch(/# hostKey: ssh-ed25519/);
  expect(Object.keys(configOf(text))).toEqual([
    "zot-access:host",
    "zot-access:zot",
    "zot-access:access",
    "zot-access:pushers",
  ]);
});

const CONTAINER: FoundContainer = {
  ...{ id: "1", imageId: "2", isRunning: true, args: [], labels: {}, variables: ["SSL_CERT_FILE"] },
  ...{ runtime: "docker", image: "ghcr.io/project-zot/zot:v2.1.20", name: "zot", network: "infra" },
  mounts: [
    { host: "/srv/zot/config.json", container: "/etc/zot/config.json", options: [] },
    { host: "/srv/zot/images", container: "/var/lib/registry", options: ["ro"] },
  ],
  ...{ publish: ["5050:5000"], options: [], user: "1000" },
};

test("a container is written instead of an executable, and its unknown or missing parts stand in comments", () => {
  const text = textOf({
    installation: {
      ...HOMELAB.installation,
      ...{ container: CONTAINER, configFile: "/srv/zot/config.json", enforcing: true },
      config: { storage: { rootDirectory: "/var/lib/registry" } },
      service: { manager: "command", restart: "docker restart zot" },
    },
  });
  expect(configOf(text)["zot-access:host"]).toEqual({
    address: "indri.tail8d86e.ts.net",
    user: "erichblume",
    configFolder: "/srv/zot",
    container: {
      ...{ runtime: "docker", image: "ghcr.io/project-zot/zot:v2.1.20", name: "zot" },
      mounts: ["/srv/zot/config.json:/etc/zot/config.json", "/srv/zot/images:/var/lib/registry:ro"],
      ...{ network: "infra", publish: ["5050:5000"], options: ["--user=1000"] },
    },
  });
  expect(configOf(text)["zot-access:service"]).toEqual({ manager: "command", restart: "docker restart zot" });
  expect(text).toMatch(/# Not readable: the container's values of SSL_CERT_FILE\./);
  expect(text).toMatch(/# Not readable: whether \/srv\/zot\/config\.json:\S+, \S+ have SELinux's label/);
  expect(text).toMatch(/# To do: the container has no mount of \/srv\/zot\/oidc-credentials\.json/);
  expect(text).toMatch(/# To do: the container has no writable mount of \/var\/lib\/registry/);
});

test("a unit that starts a container stays unmanaged", () => {
  const service = { manager: "systemd", unit: "zot.service", scope: "user" } as const;
  const installation = { ...HOMELAB.installation, container: CONTAINER, service };
  expect(configOf(textOf({ installation }))["zot-access:service"]).toEqual({
    ...{ manager: "systemd", unit: "zot.service", manage: false },
  });
});

test("a secret whose field was not named stays unmanaged, and is reported", () => {
  const text = textOf({ sources: new Map() });
  expect(text).toMatch(/# +cv: FORGE_TOKEN: op:/);
  expect(configOf(text)["zot-access:forgejo"]).toMatchObject({
    repositories: [{ name: "blumeops", secrets: { ZOT_CI_API_KEY: "key:zot-ci" } }],
  });
});

test("secrets of zot's config are references where the vault has them, else encrypted; the program's parts are left out", () => {
  const config: Tree = {
    storage: {
      rootDirectory: "/srv",
      cacheDriver: { name: "redis", url: "redis://zot:in-the-address@cache" },
    },
    HTTP: {
      ExternalURL: "https://r.example.org",
      auth: { LDAP: { bindPassword: "in-the-vault" }, APIKey: true },
    },
  };
  const sealed: string[] = [];
  const text = textOf(
    {
      installation: { ...HOMELAB.installation, config },
      references: new Map([["op://blumeops/ldap/password", "in-the-vault"]]),
    },
    (value) => `v1:${sealed.push(value)}`,
  );
  expect(sealed).toEqual(["redis://zot:in-the-address@cache"]);
  expect(text).not.toContain("in-the-");
  expect(configOf(text)["zot-access:zot"]).toEqual({
    config: {
      storage: { rootDirectory: "/srv", cacheDriver: { name: "redis", url: { secure: "v1:1" } } },
      HTTP: { auth: { LDAP: { bindPassword: "op://blumeops/ldap/password" } } },
    },
  });
});

test("values that a preview masks are encrypted too, because the file goes into a repository", () => {
  const config: Tree = {
    storage: { rootDirectory: "/srv", storageDriver: { name: "s3", region: "eu-1", secretkye: "a-s3cret" } },
    extensions: {
      events: {
        sinks: [{ type: "http", address: "https://hooks.example.org/services/T01s3cretABCDEFGHIJKL" }],
      },
      sync: { registries: [{ urls: ["https://ghcr.io", "https://mirror.example.org/?k=s3cret"] }] },
    },
  };
  const sealed: string[] = [];
  const text = textOf(
    { installation: { ...HOMELAB.installation, config } },
    (value) => `v1:${sealed.push(value)}`,
  );
  expect(sealed).toHaveLength(3);
  expect(text).not.toContain("s3cret");
  for (const shown of ["eu-1", "https://ghcr.io"]) expect(text).toContain(shown);
});

test("names, flows, scopes, claims and the user are written where they differ from the defaults", () => {
  const { authentik, installation } = HOMELAB;
  if (!authentik?.provider || !authentik.application) throw new Error("the homelab has a client");
  const text = textOf({
    authentik: {
      ...authentik,
      application: { ...authentik.application, slug: "images" },
      provider: { ...authentik.provider, authorizationFlow: "explicit" },
      names: new Map([["explicit", "ask-first"]]),
    },
    installation: {
      ...installation,
      runsAs: "zot",
      configFile: "/etc/zot/config.yaml",
      service: { manager: "systemd", unit: "zot.service", scope: "system" },
      config: { http: { auth: { openid: { providers: { OIDC: { scopes: ["openid", "groups"] } } } } } },
    },
  });
  expect(configOf(text)).toMatchObject({
    "zot-access:authentik": { slug: "images", authorizationFlow: "ask-first" },
    "zot-access:host": { runAs: "zot", configFolder: "/etc/zot", configFile: "config.yaml" },
    "zot-access:service": { manager: "systemd", unit: "zot.service", scope: "system", manage: false },
    "zot-access:oidc": { scopes: ["openid", "groups"] },
  });
});

test("an application to which nobody is bound stays open to all", () => {
  const { authentik } = HOMELAB;
  if (!authentik) throw new Error("the homelab has an Authentik");
  const login = (isOpenToAll: boolean) =>
    configOf(textOf({ authentik: { ...authentik, isOpenToAll } }))["zot-access:access"];
  expect(login(true)).toMatchObject({ login: "everybody" });
  expect(login(false)).not.toHaveProperty("login");
});

test("user names stay e-mail addresses where no pusher has an account of its own", () => {
  const { installation } = HOMELAB;
  const config = { http: { auth: { openid: { providers: { oidc: { scopes: ["openid", "email"] } } } } } };
  const oidc = (pushers: Discovered["pushers"]) =>
    textOf({ installation: { ...installation, config }, pushers });
  expect(configOf(oidc([]))["zot-access:oidc"]).toMatchObject({ usernameClaim: "email" });
  expect(oidc([])).toMatch(/# Pushers need preferred_username/);
  expect(oidc(HOMELAB.pushers)).not.toContain("usernameClaim");
});

const none = { pushers: [], groups: ["admins", "red", "blue"], repositories: [] };
const rules = (accessControl: Tree, auth: Tree = { apikey: true }): Tree => ({
  http: { auth, accessControl },
});

test.each<[string, Tree, object]>([
  ["an open registry stays open to pulls", { http: {} }, { anonymous: { pull: ["**"] } }],
  [
    "one with passwords alone stays closed, and they keep what they may do",
    { http: { auth: { htpasswd: { path: "/x" } } } },
    { anonymous: {}, authenticated: { pull: ["**"], push: ["**"], overwrite: ["**"], delete: ["**"] } },
  ],
  [
    "a login that may do everything may pull, and admins do the rest",
    rules({ repositories: { "**": { defaultPolicy: ["read", "create", "update", "delete"] } } }),
    {
      anonymous: {},
      authenticated: { pull: ["**"] },
      roles: [{ groups: ["admins"], may: ["pull", "push", "overwrite", "delete"], in: ["**"] }],
    },
  ],
  [
    "each team its own, users by name, admins by adminPolicy",
    rules({
      adminPolicy: { groups: ["admins"], actions: ["read", "create", "update", "delete"] },
      repositories: {
        "red/**": { policies: [{ groups: ["red"], actions: ["read", "create", "update"] }] },
        "blue/**": {
          policies: [{ groups: ["blue"], users: ["robot"], actions: ["read"] }],
          anonymousPolicy: ["read"],
        },
      },
    }),
    {
      anonymous: { pull: ["blue/**"] },
      roles: [
        { groups: ["admins"], may: ["pull", "push", "overwrite", "delete"], in: ["**"] },
        { groups: ["red"], may: ["pull", "push", "overwrite"], in: ["red/**"] },
        { groups: ["blue"], may: ["pull"], in: ["blue/**"] },
      ],
      users: [{ users: ["robot"], may: ["pull"], in: ["blue/**"] }],
    },
  ],
  [
    "what a longer glob does not give is an exception, also for a group; adminPolicy has none",
    rules({
      adminPolicy: { groups: ["admins"], actions: ["read", "create", "update", "delete"] },
      repositories: {
        "**": {
          anonymousPolicy: ["read"],
          defaultPolicy: ["read"],
          policies: [{ groups: ["red"], actions: ["create"] }],
        },
        "internal/**": { policies: [{ groups: ["blue"], actions: ["read"] }] },
        "internal/charts/**": { anonymousPolicy: ["read"], defaultPolicy: ["read"] },
      },
    }),
    {
      anonymous: { pull: ["**", "internal/charts/**"], except: ["internal/**"] },
      authenticated: { pull: ["**", "internal/charts/**"], except: ["internal/**"] },
      roles: [
        { groups: ["admins"], may: ["pull", "push", "overwrite", "delete"], in: ["**"] },
        { groups: ["red"], may: ["push"], in: ["**"], except: ["internal/**", "internal/charts/**"] },
        { groups: ["blue"], may: ["pull"], in: ["internal/**"] },
      ],
    },
  ],
  [
    "what holds where no glob matches is written as everything, and counts for nothing beside that",
    rules({ repositories: { "": { anonymousPolicy: ["read"] }, "red/**": { anonymousPolicy: [] } } }),
    { anonymous: { pull: ["**"] } },
  ],
  [
    "an empty glob beside **",
    rules({ repositories: { "": { anonymousPolicy: ["read"] }, "**": { defaultPolicy: ["read"] } } }),
    { anonymous: {} },
  ],
])("%s", (_what, config, expected) => {
  expect(rightsOf(config, none).access).toMatchObject(expected);
});

test("members of groups in zot's own config are named, and a group that Authentik lacks is reported", () => {
  const config = rules({
    groups: { robots: { users: ["builder", "tester"] } },
    repositories: {
      "a/**": {
        policies: [
          { groups: ["robots"], actions: ["read", "create"] },
          { groups: ["of-the-directory"], actions: ["read"] },
        ],
      },
    },
  });
  const { access, strange } = rightsOf(config, none);
  expect(access).toMatchObject({
    roles: [{ groups: ["admins"] }],
    users: [{ users: ["builder", "tester"], may: ["pull", "push"], in: ["a/**"] }],
  });
  expect(strange).toEqual([{ groups: ["of-the-directory"], may: ["pull"], in: ["a/**"] }]);
  expect(textOf({ installation: { ...HOMELAB.installation, config } })).toMatch(
    /# +- \{ ?groups: \[ ?of-the-directory ?\], may: \[ ?pull ?\], in: \[ ?a\/\*\* ?\] ?\}/,
  );
  // Where nobody asked Authentik, nothing is left out.
  expect(rightsOf(config, { ...none, groups: undefined }).access.roles).toMatchObject([
    { groups: ["robots"] },
    { groups: ["of-the-directory"] },
  ]);
});

test("a pusher of every repository keeps its rights outside the caches; one that may overwrite says so", () => {
  const { config, repositories } = HOMELAB.installation;
  const pushers = [{ username: "ci", group: "artifact-workloads", key: undefined }];
  expect(rightsOf(config, { pushers, groups: [], repositories }).pushers).toEqual({
    ci: { group: "artifact-workloads", in: ["blumeops/**"] },
  });
  const wide = rules({
    repositories: { "a/**": { policies: [{ groups: ["ci"], actions: ["read", "create", "update"] }] } },
  });
  expect(
    rightsOf(wide, {
      pushers: [{ username: "ci", group: "ci", key: "op://v/i/f" }],
      groups: [],
      repositories,
    }).pushers,
  ).toEqual({
    ci: { may: ["pull", "push", "overwrite"], allow: ["overwrite"], in: ["a/**"], from: "op://v/i/f" },
  });
});

test("a pusher that the policies refuse, or that gets more than it had, is told before anything is deployed", () => {
  const of = (repositories: object) => {
    const config = rules({ repositories });
    const pushers = [{ username: "ci", group: "workloads", key: undefined }];
    return rightsOf(config, { pushers, groups: [], repositories: [] }).notes;
  };
  const may = (...actions: string[]) => ({ policies: [{ groups: ["workloads"], actions }] });
  const refused = expect.stringMatching(
    /^ci may overwrite, which the policy ci-never-overwrites refuses\. .*remove may and allow; .*\{"ci-never-overwrites":\{"mayOverwrite":\["ci","workloads"\]\}\}/,
  ) as string;
  expect(of({ "a/**": may("read", "create") })).toEqual([]);
  expect(of({ "a/**": may("read", "create", "update") })).toEqual([refused]);
  expect(of({ "a/**": may("read", "create", "update"), "b/**": may("read", "create") })).toEqual([
    "ci may now overwrite in b/**, too, where the host's rules do not let it.",
    refused,
  ]);
  expect(of({ "a/**": may("read", "create", "update"), "b/**": may("read") })).toEqual([refused]);
});

describe("the file", () => {
  const site = { stack: "home", project: ROOT, environment: {} };
  let file: string;
  beforeEach(() => {
    file = join(mkdtempSync(join(tmpdir(), "settings-")), "Pulumi.home.yaml");
  });

  test("a file with settings is only overwritten on request; what `pulumi stack init` wrote stays in it", async () => {
    writeFileSync(file, "encryptionsalt: v1:salt\n");
    await refuseExisting(file, false);
    await writeSettings(site, file, () => "config:\n  zot-access:registryUrl: https://a.example.org\n");
    expect(readFileSync(file, "utf8")).toMatch(/^encryptionsalt: v1:salt\nconfig:\n/);
    await expect(refuseExisting(file, false)).rejects.toThrow(/holds settings already.*--force/);
    await refuseExisting(file, true);
  });

  test("a run that fails leaves the file as it was, and nothing beside it", async () => {
    writeFileSync(file, "encryptionsalt: v1:salt\n");
    const failing = writeSettings(site, file, () => {
      throw new Error("no settings");
    });
    await expect(failing).rejects.toThrow("no settings");
    expect(readFileSync(file, "utf8")).toBe("encryptionsalt: v1:salt\n");
    expect(readdirSync(join(file, ".."))).toEqual(["Pulumi.home.yaml"]);
  });
});

describe("its arguments", () => {
  const begin = (args: string[], environment: NodeJS.ProcessEnv = {}) => {
    const line = withWriteOptions(commandLine("adopt", "", "", { 0: "" }));
    return settingsSources(parseLine<WriteOptions>(line, args).options, environment);
  };

  test("are flags or the environment variables of other tools", () => {
    const environment = {
      REGISTRY_HOST: "indri",
      AUTHENTIK_URL: "https://a.example.org/",
      AUTHENTIK_TOKEN: "plain",
    };
    expect(begin([], environment)).toMatchObject({
      host: "indri",
      authentik: { url: "https://a.example.org", token: "plain" },
      forgejo: undefined,
    });
    expect(
      begin(["--host", "other", "--secret", "cv/A=op://v/i/f", "--secret", "B=key:ci"], environment),
    ).toMatchObject({
      host: "other",
      sources: new Map([
        ["cv/A", "op://v/i/f"],
        ["B", "key:ci"],
      ]),
    });
  });

  test("each option stands in docs/moving-in.md", () => {
    const page = readFileSync(join(ROOT, "docs/moving-in.md"), "utf8");
    const options = withWriteOptions(commandLine("adopt", "", "", { 0: "" })).options;
    expect(options.map(({ long }) => String(long)).filter((long) => !page.includes(long))).toEqual([]);
  });

  test("are refused together, each missing or wrong one named, and no token may be an argument", () => {
    const wrong = [
      "--authentik-token",
      "plain-token",
      "--forgejo-url",
      "http://f.example.org",
      "--port",
      "x",
      "--secret",
      "A",
    ];
    expect(() => begin(wrong)).toThrow(
      /--host .*is missing[\s\S]*--authentik-token is no op:\/\/ reference[\s\S]*--authentik-url .*is missing[\s\S]*--forgejo-url is plain http[\s\S]*--forgejo-token .*is missing[\s\S]*--secret is not of the form|--port is no/,
    );
    try {
      begin(wrong);
    } catch (error) {
      expect(String(error)).not.toContain("plain-token");
    }
  });
});
