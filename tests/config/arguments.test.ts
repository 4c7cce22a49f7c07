import { proof, readSshKeys, sshTarget, wantedIdentity } from "../../config/arguments";
import type { Secret } from "../../config/fields";
import type { Settings } from "../../config/schema";
import { checkGlob, globMatches } from "../../systems/zot/glob";

/** What the access matrix is asked with, for CI that may push to these. */
function scratchOf(pushRepositories: string[], prefixes: string[] = []): string {
  const settings = {
    access: { admins: ["admins"], writers: "writers", pushRepositories },
    zot: {
      config: {
        extensions: {
          sync: {
            registries: [
              { content: prefixes.map((prefix) => ({ prefix: "**", destination: `/${prefix}` })) },
            ],
          },
        },
      },
    },
    proof: {},
  };
  return proof(settings as unknown as Settings, "2.1.20").scratchRepository;
}

test("the scratch repository is named after the place that CI pushes to", () => {
  expect(scratchOf(["**"])).toBe("access-proof");
  expect(scratchOf(["blumeops/**", "team/**"])).toBe("blumeops/access-proof");
  expect(scratchOf(["team/*/**"])).toBe("team/access-proof/access-proof");
  expect(scratchOf(["{team,app}/**"])).toMatch(/^(team|app)\/access-proof$/);
});

test.each(["{team,app}/**", "team/v?/x", "team{,/**}", "[a-c]x/**", "{docker.io,team}/*"])(
  "of %s it is a repository that the glob matches, and is below no cache",
  (glob) => {
    const name = scratchOf([glob], ["docker.io"]);
    expect(() => checkGlob(name)).not.toThrow();
    expect(name).toMatch(/^[a-z0-9./_-]+$/);
    expect(globMatches(glob, name)).toBe(true);
    expect(globMatches("docker.io/**", name)).toBe(false);
  },
);

test("each name that is looked up in Authentik comes with the setting that gives it, and scopes with those that zot needs", () => {
  const settings = {
    authentik: { url: "https://sso.example.org", slug: "zot", signingKey: "key", authorizationFlow: "in" },
    access: { admins: ["admins"], readers: ["family", "guests"], writers: "writers" },
    ciCredential: { username: "zot-ci" },
    oidc: { scopes: ["openid", "team"], usernameClaim: "preferred_username" },
    proof: { admin: { username: "ada" } },
  };
  const { groups, names, scopes } = wantedIdentity("zot-access", settings as unknown as Settings);
  const at = (kind: string) =>
    names.filter((each) => each.kind === kind).map(({ name, setting }) => [name, setting]);
  expect(at("group")).toEqual([
    ["admins", "zot-access:access.admins[0]"],
    ["family", "zot-access:access.readers[0]"],
    ["guests", "zot-access:access.readers[1]"],
  ]);
  expect(at("user")).toEqual([["ada", "zot-access:proof.admin.username"]]);
  expect(at("certificate")).toEqual([["key", "zot-access:authentik.signingKey"]]);
  expect(at("scope")).toContainEqual(["team", "zot-access:oidc.scopes[1]"]);
  expect([...scopes].sort()).toEqual(["email", "openid", "profile", "team"]);
  expect(groups).toEqual(["admins", "family", "guests", "writers"]);
  // Under another claim the users of the proof go by other names.
  const other = { ...settings, oidc: { ...settings.oidc, usernameClaim: "email" } };
  const byEmail = wantedIdentity("zot-access", other as unknown as Settings);
  expect(byEmail.names.map(({ kind }) => kind)).not.toContain("user");
});

describe("the way to the host", () => {
  const server = { port: 22, user: "me", hostKey: "ssh-ed25519 AAAA" };
  const settings = (host: object) =>
    ({ host: { ...server, address: "registry", ...host } }) as unknown as Settings;
  const proxyJump = { ...server, address: "bastion" };

  test("the jump host takes the host's key where it has none of its own", () => {
    const target = (own?: string) => sshTarget(settings({ proxyJump }), { host: "a", proxyJump: own });
    expect(target().jump).toMatchObject({ host: "bastion", privateKey: "a" });
    expect(target("b")).toMatchObject({ privateKey: "a", jump: { privateKey: "b" } });
    expect(sshTarget(settings({}), { host: "a", proxyJump: undefined })).not.toHaveProperty("jump");
  });

  test("both keys are read", async () => {
    const secret = (value: string) => ({ kind: "value", value });
    const both = settings({ privateKey: secret("a"), proxyJump: { ...proxyJump, privateKey: secret("b") } });
    const read = ({ kind, ...rest }: Secret) => Promise.resolve(`${kind} ${JSON.stringify(rest)}`);
    expect(await readSshKeys(both, read)).toEqual({
      host: 'value {"value":"a"}',
      proxyJump: 'value {"value":"b"}',
    });
  });
});

test.each<[what: string, config: object, access: object, asked: boolean]>([
  ["zot serves none", {}, {}, false],
  ["zot has them switched off", { Extensions: { Metrics: { enable: false } } }, {}, false],
  ["zot serves them to whoever asks", { extensions: { metrics: { enable: true } } }, {}, true],
  [
    "the settings close them",
    { extensions: { metrics: { enable: true } } },
    { metrics: { anonymous: false, users: ["scraper"] } },
    false,
  ],
  [
    "zot's own config closes them",
    { extensions: { metrics: {} }, http: { accessControl: { metrics: { users: ["scraper"] } } } },
    {},
    false,
  ],
])("the proof asks for /metrics where an answer is promised: %s", (_, config, access, asked) => {
  const settings = {
    access: { admins: ["admins"], writers: "writers", pushRepositories: ["**"], ...access },
    zot: { config },
    proof: {},
  };
  expect(proof(settings as unknown as Settings, "2.1.20").metrics).toBe(asked);
});
