import { HostDangerError, refuseDangers } from "../../../systems/host/dangers";
import type { Danger, DesiredHost } from "../../../systems/host/types";
import { desired } from "./support/example";

interface Config {
  storage: { rootDirectory: string };
  http: {
    externalUrl: string;
    auth: { apikey?: boolean; openid?: { providers: { oidc: { issuer: string } } } };
    accessControl: { repositories: Record<string, { anonymousPolicy?: string[]; policies?: unknown[] }> };
  };
}

/** The example's config with something changed in it. */
function changed(change: (config: Config) => void, allow: Danger[] = []): DesiredHost {
  const config = JSON.parse(desired().config) as Config;
  change(config);
  return { ...desired(), config: JSON.stringify(config), allow };
}
const everywhere = ({ http }: Config) => http.accessControl.repositories["**"] ?? {};

test("what the program renders is let through", () => {
  expect(() => refuseDangers(desired(), desired().config)).not.toThrow();
});

const DANGERS: [Danger, string, (config: Config) => void][] = [
  ["lockOutAnonymousPull", "no anonymous read", (c) => (everywhere(c).anonymousPolicy = [])],
  [
    "lockOutAnonymousPull",
    "no rule for most repositories",
    (c) => {
      c.http.accessControl.repositories = {
        "a/**": everywhere(c),
        "**": { policies: everywhere(c).policies ?? [] },
      };
    },
  ],
  [
    "lockOutAnonymousPull",
    "one closed corner",
    (c) => (c.http.accessControl.repositories["private/**"] = { anonymousPolicy: [] }),
  ],
  ["openAnonymousPush", "anonymous create", (c) => everywhere(c).anonymousPolicy?.push("create")],
  [
    "openAnonymousPush",
    "anonymous delete in one corner",
    (c) => {
      c.http.accessControl.repositories["scratch/**"] = { anonymousPolicy: ["read", "delete"] };
    },
  ],
  ["dropAdmins", "no policy at all", (c) => (everywhere(c).policies = [])],
  [
    "dropAdmins",
    "admins that may not delete",
    (c) => {
      everywhere(c).policies = [{ groups: ["admins"], actions: ["read", "create", "update"] }];
    },
  ],
  [
    "dropAdmins",
    "an empty list of admins",
    (c) => {
      everywhere(c).policies = [{ groups: [], actions: ["read", "create", "update", "delete"] }];
    },
  ],
];

test.each(DANGERS)("%s: %s is refused, and let through by that name alone", (danger, _, change) => {
  expect(() => refuseDangers(changed(change))).toThrow(`the setting that allows it is '${danger}'`);
  const others = DANGERS.map(([each]) => each).filter((each) => each !== danger);
  expect(() => refuseDangers(changed(change, others))).toThrow(HostDangerError);
  expect(() => refuseDangers(changed(change, [danger]))).not.toThrow();
});

test("another storage folder than the host's is refused, and named", () => {
  const there = changed((config) => (config.storage.rootDirectory = "/mnt/images")).config;
  expect(() => refuseDangers(desired(), there)).toThrow(
    /from \/mnt\/images to \/home\/zot\/data.*'moveStorage'/s,
  );
  expect(() => refuseDangers({ ...desired(), allow: ["moveStorage"] }, there)).not.toThrow();
});

test("a host's config that nobody can read does not hide behind that check", () => {
  expect(() => refuseDangers(desired(), "{ not json")).not.toThrow();
});

test.each<[string, (config: Config) => void, string]>([
  ["an action that zot does not know", (c) => everywhere(c).anonymousPolicy?.push("push"), "anonymousPolicy"],
  [
    "an issuer that is no URL",
    (c) => {
      if (c.http.auth.openid) c.http.auth.openid.providers.oidc.issuer = "login.example.org";
    },
    "issuer",
  ],
  ["an external URL that is none", (c) => (c.http.externalUrl = "registry"), "externalUrl"],
  ["API keys without a login", (c) => delete c.http.auth.openid, "openid"],
])("%s passes zot verify, and is refused here", (_, change, path) => {
  expect(() => refuseDangers(changed(change))).toThrow(path);
});
