import { HostDangerError, refuseDangers } from "../../../systems/host/dangers";
import type { Danger, DesiredHost } from "../../../systems/host/types";
import { KINDS } from "../../../systems/zot/config/consequences";
import { parseConfig } from "../../../systems/zot/config/read";
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
const seen = (change: (config: Config) => void) => parseConfig(changed(change).config, "json");
const everywhere = ({ http }: Config) => http.accessControl.repositories["**"] ?? {};

test("what the program renders is let through", () => {
  expect(() =>
    refuseDangers(
      desired(),
      seen(() => undefined),
    ),
  ).not.toThrow();
});

const DANGERS: [Danger, string, (config: Config) => void][] = [
  ["openPush", "anonymous create", (c) => everywhere(c).anonymousPolicy?.push("create")],
  [
    "openPush",
    "anonymous delete in one corner",
    (c) => {
      c.http.accessControl.repositories["scratch/**"] = {
        ...everywhere(c),
        anonymousPolicy: ["read", "delete"],
      };
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
  expect(() => refuseDangers(changed(change))).toThrow(`zot.allow: [${danger}]`);
  const others = KINDS.filter((each) => each !== danger);
  expect(() => refuseDangers(changed(change, others))).toThrow(HostDangerError);
  expect(() => refuseDangers(changed(change, [danger]))).not.toThrow();
});

test("the same danger is found under names in another case, as zot reads them", () => {
  const text = changed((c) => everywhere(c).anonymousPolicy?.push("create"))
    .config.replace('"anonymousPolicy"', '"AnonymousPolicy"')
    .replace('"accessControl"', '"AccessControl"')
    .replace('"repositories"', '"Repositories"');
  expect(() => refuseDangers({ ...desired(), config: text })).toThrow("zot.allow: [openPush]");
});

test.each<[string, Danger, (text: string) => string]>([
  [
    "AdminPolicy, Users and Actions",
    "openPush",
    (text) =>
      text.replace('"repositories"', '"AdminPolicy": {"Users": [""], "Actions": ["delete"]}, "repositories"'),
  ],
  [
    "Policies",
    "openPush",
    (text) => text.replace('"policies": [', '"Policies": [{"Users": [""], "ACTIONS": ["update"]},'),
  ],
  ["Groups that are gone", "dropAdmins", (text) => text.replaceAll(/"groups": \[[^\]]*\]/g, '"Groups": []')],
])("%s in another case are read, too: %s", (_, danger, change) => {
  expect(() => refuseDangers({ ...desired(), config: change(desired().config) })).toThrow(
    `zot.allow: [${danger}]`,
  );
});

test("a name that stands twice, in another case, is refused: zot takes either", () => {
  const twice = desired().config.replace('"repositories"', '"Repositories": {}, "repositories"');
  expect(() => refuseDangers({ ...desired(), config: twice })).toThrow(/http\.accessControl\.repositories/i);
});

const LOSSES: [Danger, string, (config: Config) => void][] = [
  [
    "closePull",
    "a corner that was open",
    (c) => (c.http.accessControl.repositories["private/**"] = { ...everywhere(c), anonymousPolicy: [] }),
  ],
  ["moveStorage", "another folder", (c) => (c.storage.rootDirectory = "/mnt/images")],
];

test.each(LOSSES)("%s: %s is refused against the host, and let through by that name", (danger, _, change) => {
  const was = seen(() => undefined);
  expect(() => refuseDangers(changed(change), was)).toThrow(`zot.allow: [${danger}]`);
  const consequences = refuseDangers(changed(change, [danger]), was);
  expect(consequences.map(({ kind }) => kind)).toContain(danger);
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
  expect(() => refuseDangers(changed(change))).toThrow(new RegExp(path, "i"));
});
