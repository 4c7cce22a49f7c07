import { formerPusher, proof, readSshKeys, sshTarget, wantedIdentity } from "../../config/arguments";
import type { Secret } from "../../config/fields";
import type { Settings } from "../../config/schema";
import { checkGlob, globMatches } from "../../systems/zot/glob";
import { scratchRepository } from "../../systems/zot/proof/scratch-name";
import { grant, homelabAccess } from "../support/access";

/** What the access matrix is asked with, for a pusher that may push to these. */
function scratchOf(pushTo: string[], prefixes: string[] = []): string {
  return scratchRepository(
    homelabAccess({ pushTo, caches: prefixes.map((prefix) => `${prefix}/**`) }),
    "zot-ci",
    undefined,
  );
}

test("the proof's repository is created by the first pusher that may push there", () => {
  const { caches, grants } = homelabAccess({ pushTo: ["team/**"] });
  const second = { ...grant({ groups: ["cv"] }, ["push"], ["{cv,team}/**"]), pusher: "cv" };
  const access = { caches, grants: [...grants, second] };
  expect(scratchRepository(access, "zot-ci", "team/proof")).toBe("team/proof");
  expect(scratchRepository(access, "cv", "team/proof")).toBe("cv/access-proof");
  expect(scratchRepository(access, "cv", "cv/proof")).toBe("cv/proof");
});

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
    access: { roles: [{ groups: ["admins"] }, { groups: ["family", "guests", "admins"] }] },
    pushers: { "zot-ci": { name: "zot-ci", group: "writers" } },
    oidc: { scopes: ["openid", "team"], usernameClaim: "preferred_username" },
    proof: { admin: { username: "ada" } },
  };
  const { groups, names, scopes } = wantedIdentity("zot-access", settings as unknown as Settings);
  const at = (kind: string) =>
    names.filter((each) => each.kind === kind).map(({ name, setting }) => [name, setting]);
  expect(at("group")).toEqual([
    ["admins", "zot-access:access.roles[0].groups[0]"],
    ["family", "zot-access:access.roles[1].groups[0]"],
    ["guests", "zot-access:access.roles[1].groups[1]"],
    ["admins", "zot-access:access.roles[1].groups[2]"],
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

test.each<[what: string, config: object, access: object, read: object | undefined]>([
  ["zot serves none", {}, {}, undefined],
  ["zot has them switched off", { Extensions: { Metrics: { enable: false } } }, {}, undefined],
  [
    "zot serves them to whoever asks",
    { extensions: { metrics: { enable: true } } },
    {},
    { anonymous: true, users: [] },
  ],
  [
    "the settings close them",
    { extensions: { metrics: { enable: true } } },
    { metrics: { anonymous: false, users: ["scraper"] } },
    { anonymous: false, users: ["scraper"] },
  ],
  [
    "zot's own config closes them",
    { extensions: { metrics: {} }, http: { accessControl: { metrics: { users: ["scraper"] } } } },
    {},
    { anonymous: false, users: ["scraper"] },
  ],
])("the proof asks for /metrics as those who may read them: %s", (_, config, access, read) => {
  const settings = {
    access: {
      anonymous: { pull: ["**"] },
      authenticated: { pull: [], push: [], overwrite: [], delete: [] },
      roles: [],
      users: [],
      ...access,
    },
    pushers: {},
    zot: { config },
    proof: {},
  };
  expect(proof(settings as unknown as Settings, "2.1.20").metrics).toEqual(read);
});

test("objects of an earlier version's only pusher go to the pusher whose key is in 1Password", () => {
  const pushers = [{ name: "cv-ci" }, { name: "zot-ci" }];
  expect(formerPusher(pushers, (name) => name === "zot-ci")).toBe("zot-ci");
  expect(formerPusher(pushers, () => false)).toBe("cv-ci");
  expect(formerPusher([], () => true)).toBeUndefined();
});
