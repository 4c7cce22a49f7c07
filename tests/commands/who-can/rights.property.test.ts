import fc from "fast-check";
import { canReach } from "../../../commands/who-can/reach";
import { rightsOf } from "../../../commands/who-can/rights";
import type { Right } from "../../../commands/who-can/types";
import type { StackAccess } from "../../../commands/shared/stack";
import { accessOf } from "../../../config/grants";
import { parseSettings } from "../../../config/load";
import { SettingsError } from "../../../config/problems";
import type { Settings } from "../../../config/schema";
import type { Directory } from "../../../systems/authentik/directory";
import type { AccessControl } from "../../../systems/zot/access";
import { decide, decidingGlobs, type Subject } from "../../../systems/zot/decide";
import { type Access, ACTIONS, type Verb, VERBS } from "../../../systems/zot/grants";
import { accessControl } from "../../../systems/zot/rules";
import { type PlainServer, startPlainServer } from "../../support/plain-server";
import { user } from "./user";

/*
 * who-can reads the list of grants; zot reads the rules that are rendered from it. For random settings and people, the
 * report must say what the model of zot decides, for each person, repository and action.
 */
let authentik: PlainServer;
/** What Authentik has, in the form of its API. */
let served: Directory = { users: [], groups: [], bindings: [] };

beforeAll(async () => {
  authentik = await startPlainServer(({ url = "" }, response) => {
    const results = resultsOf(new URL(url, "http://authentik").pathname);
    response.writeHead(results ? 200 : 404, { "content-type": "application/json" });
    response.end(JSON.stringify({ pagination: { next: 0, count: results?.length ?? 0 }, results }));
  });
});
afterAll(() => authentik.stop());

/** A group has its name as its id. */
function resultsOf(path: string): object[] | undefined {
  if (path.endsWith("/core/groups/")) return served.groups.map((name) => ({ pk: name, name }));
  if (!path.endsWith("/core/users/")) return undefined;
  return served.users.map(({ isActive, isSuperuser, lastLogin, ...rest }) => ({
    ...rest,
    is_active: isActive,
    is_superuser: isSuperuser,
    last_login: lastLogin,
  }));
}

const HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFXlIYrHZ7AMTGTEVOMmvgRu9kB5mBZuGxDAhSfRpnhr";
const PUSHERS = ["team-ci", "cv-ci", "old-ci"];
const GROUPS = ["admins", "ops", "family"];
const PEOPLE = ["ada", "ben", "eve"];
/** Known to htpasswd alone; and to nobody. */
const OTHERS = ["scanner", "stranger"];
const NAMES = ["a", "b", "c", "a/b", "a/c", "b/a", "a/b/c", "b/b/b", "docker.io/a", "docker.io/a/b"];

/** Few in which a shorter glob would decide what a longer one says: those are refused. */
const glob = fc.constantFrom("**", "a/**", "b/**", "a/b/**", "a/b/c", "{a,b}/**", "b/b/b", "docker.io/a");
const globs = (minLength: number) => fc.uniqueArray(glob, { minLength, maxLength: 2 });
const pushed = fc.uniqueArray(fc.constantFrom("a/**", "b/**", "a/b/**", "a/b/c", "b/b/b"), {
  minLength: 1,
  maxLength: 2,
});
/** What a pusher has to be allowed by a word of its own. */
const CHANGES: readonly Verb[] = ["overwrite", "delete"];
const may = fc.subarray<Verb>([...VERBS], { minLength: 1 });
/** Most settings have none: one is refused where no other glob of its entry is shorter. */
const except = fc.option(globs(1), { nil: undefined, freq: 1 });
const some = (names: string[]) => fc.subarray(names, { minLength: 1 });

const access = fc.record(
  {
    anonymous: fc.record({ pull: globs(0) }),
    authenticated: fc.record({ pull: globs(0), push: globs(0) }, { requiredKeys: [] }),
    roles: fc.array(fc.record({ groups: some(GROUPS), may, in: globs(1), except }), { maxLength: 2 }),
    users: fc.array(fc.record({ users: some([...PEOPLE, "scanner"]), may, in: globs(1), except }), {
      maxLength: 1,
    }),
  },
  { requiredKeys: [] },
);
const pushers = fc
  .subarray(PUSHERS, { minLength: 1 })
  .chain((names) =>
    fc.record(
      Object.fromEntries(
        names.map((name) => [
          name,
          fc
            .record({ in: pushed, may, pull: globs(0), except })
            .map((each) => ({ ...each, allow: each.may.filter((verb) => CHANGES.includes(verb)) })),
        ]),
      ),
    ),
  );
const people: fc.Arbitrary<Directory> = fc
  .record({
    of: fc.record(Object.fromEntries([...PEOPLE, ...PUSHERS].map((name) => [name, fc.subarray(GROUPS)]))),
    isActive: fc.boolean(),
  })
  .map(({ isActive, of }) => ({
    users: Object.entries(of).map(([name, groups], index) => {
      const isPusher = PUSHERS.includes(name);
      const type = isPusher ? "service_account" : "internal";
      // A pusher's group has its name.
      return user(name, isPusher ? [...groups, name] : groups, { pk: index + 1, isActive, type });
    }),
    groups: [...GROUPS, ...PUSHERS],
    bindings: undefined,
  }));

/** Undefined for settings that are refused: most random globs overlap in a way that zot cannot say. */
function loaded(changes: Record<string, unknown>): Settings | undefined {
  const raw = {
    registryUrl: "https://registry.example.org",
    authentik: { url: authentik.url, token: "op://homelab/authentik/token", slug: "zot" },
    onepassword: { vaultId: "vg6xf6vvfmoh5hqjjhlhbeoaie" },
    host: {
      address: "indri",
      user: "operator",
      hostKey: HOST_KEY,
      privateKey: "op://homelab/host/key",
      configFolder: "/home/operator/.config/zot",
      dataFolder: "/home/operator/zot",
      zotBinary: "/usr/local/bin/zot",
    },
    service: { manager: "systemd", unit: "zot.service" },
    forgejo: forgejoWith({}),
    ...changes,
  };
  const texts = Object.entries(raw).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  try {
    return parseSettings("zot-access", Object.fromEntries(texts) as Record<string, string>, () => false);
  } catch (error) {
    if (error instanceof SettingsError) return undefined;
    throw error;
  }
}

function forgejoWith(secrets: Readonly<Record<string, string>>) {
  return {
    url: "https://forge.example.org",
    token: "op://homelab/forgejo/token",
    owner: "eblume",
    repositories: [{ name: "blumeops", secrets }],
  };
}

const allowed = (control: AccessControl, who: Subject, name: string): Verb[] =>
  VERBS.filter((verb) => decide(control, who, name, ACTIONS[verb]));

const groupsIn = ({ users }: Directory, name: string): string[] => [
  ...(users.find(({ username }) => username === name)?.groups ?? []),
];

interface Judged {
  readonly grants: Access;
  /** The rules that zot gets. */
  readonly control: AccessControl;
  readonly directory: Directory;
}

function forRandomSettings(judge: (judged: Judged) => void): void {
  let accepted = 0;
  fc.assert(
    fc.property(access, pushers, people, (rules, accounts, directory) => {
      const settings = loaded({ access: rules, pushers: accounts });
      if (!settings) return;
      accepted += 1;
      const grants = accessOf(settings);
      judge({ grants, control: accessControl(grants), directory });
    }),
    { numRuns: 300 },
  );
  expect(accepted).toBeGreaterThan(30);
}

test("who-can answers for each user, group and repository as the model of zot decides", () => {
  let granted = 0;
  forRandomSettings(({ control, directory, grants }) => {
    for (const repository of NAMES) {
      for (const name of [...PEOPLE, ...PUSHERS, ...OTHERS]) {
        const expected = allowed(control, { username: name, groups: groupsIn(directory, name) }, repository);
        granted += expected.length;
        const asked = { subject: { kind: "user", name } as const, repository };
        const answers = VERBS.flatMap((verb) => rightsOf(grants, directory, { ...asked, verb }));
        expect([name, repository, answers.flatMap((right) => right.may)]).toEqual([
          name,
          repository,
          expected,
        ]);
        expect(rightsOf(grants, directory, asked).map((right) => right.may)).toEqual([expected]);
      }
      for (const name of [...GROUPS, ...PUSHERS]) {
        const expected = allowed(control, { username: "somebody", groups: [name] }, repository);
        const answers = rightsOf(grants, directory, { subject: { kind: "group", name }, repository });
        expect([name, repository, ...answers.map((right) => right.may)]).toEqual([
          name,
          repository,
          expected,
        ]);
      }
    }
  });
  expect(granted).toBeGreaterThan(1000);
});

test("the whole report gives nobody more or less than the model of zot, by repository and by glob", () => {
  forRandomSettings(({ control, directory, grants }) => {
    const byGlob = rightsOf(grants, directory, {});
    for (const name of NAMES) {
      const inName = rightsOf(grants, directory, { repository: name });
      const said = (...rows: string[]) => {
        const of = (rights: readonly Right[], area: string) =>
          rights.filter((each) => each.area === area && rows.includes(each.who)).flatMap((each) => each.may);
        const areas = decidingGlobs(control, name).map((area) => of(byGlob, area));
        const isIn = (verb: Verb) => areas.length > 0 && areas.every((verbs) => verbs.includes(verb));
        return [VERBS.filter((verb) => of(inName, name).includes(verb)), VERBS.filter(isIn)];
      };
      const both = (who: Subject) => [allowed(control, who, name), allowed(control, who, name)];
      expect([name, said("everybody")]).toEqual([name, both({ groups: [] })]);
      for (const username of [...PEOPLE, ...PUSHERS, ...OTHERS]) {
        const expected = both({ username, groups: groupsIn(directory, username) });
        expect([username, name, said("everybody", "any login", username)]).toEqual([
          username,
          name,
          expected,
        ]);
      }
    }
  });
});

/** The values of the secrets below, by what they open. */
const VALUES: Readonly<Record<string, string>> = {
  "op://homelab/authentik/token": "value of authentik's token",
  "op://homelab/forgejo/token": "value of forgejo's token",
  "op://homelab/host/key": "value of the host's key",
  ...Object.fromEntries(PUSHERS.map((name) => [`op://homelab/copy/${name}`, `key of ${name}`])),
};
const ALL_POWERFUL = ["op://homelab/authentik/token", "op://homelab/host/key"];
const source = fc.constantFrom(
  ...PUSHERS.flatMap((name) => [`key:${name}`, `op://homelab/copy/${name}`]),
  // It reaches something only beside a key.
  ...Array.from({ length: 3 }, () => "op://homelab/forgejo/token"),
  "op://homelab/other/field",
  ...ALL_POWERFUL,
);

function stackWith(settings: Settings): StackAccess {
  const valueOf = (secret: Settings["forgejo"]["token"]) => {
    if (secret.kind === "value") return secret.value;
    const { field, item, vault } = secret.reference;
    return VALUES[`op://${vault}/${item}/${field}`] ?? "value that opens nothing";
  };
  return {
    project: "zot-access",
    stack: "test",
    settings,
    environment: {},
    onepassword: { read: () => Promise.reject(new Error("not used: see secret")) } as never,
    secret: (secret) => Promise.resolve(valueOf(secret)),
    state: () =>
      Promise.resolve(
        PUSHERS.map((username) => ({
          urn: username,
          type: "zot-access:index:ZotApiKey",
          custom: true,
          id: `id-of-${username}`,
          inputs: {},
          outputs: { username, key: `key of ${username}`, label: `zot-access/test/${username}` },
        })),
      ),
  };
}

test("--can-reach SECRET gives the union of what the keys behind the secret may do, by the model of zot", async () => {
  const kinds = { key: 0, forge: 0, everything: 0, nothing: 0 };
  const secrets = fc.record({ FIRST: source, SECOND: source, THIRD: source });
  await fc.assert(
    fc.asyncProperty(access, pushers, people, secrets, async (rules, accounts, directory, wanted) => {
      const settings = loaded({ access: rules, pushers: accounts, forgejo: forgejoWith(wanted) });
      if (!settings) return;
      served = directory;
      const control = accessControl(accessOf(settings));
      const givenOut = Object.values(wanted).flatMap((each) =>
        each.startsWith("key:") ? [each.slice(4)] : [],
      );
      const keysBehind = (what: string): string[] => {
        if (what.startsWith("key:")) return [what.slice(4)];
        if (what.startsWith("op://homelab/copy/")) return [what.slice("op://homelab/copy/".length)];
        return what === "op://homelab/forgejo/token" ? givenOut : [];
      };
      for (const [secret, what] of Object.entries(wanted)) {
        const { reaches } = await canReach(stackWith(settings), secret, new Date(0));
        const rights = reaches.flatMap((reach) => reach.rights);
        const isAll = ALL_POWERFUL.includes(what);
        const holders = keysBehind(what);
        kinds[
          isAll ? "everything" : holders.length === 0 ? "nothing" : what.includes("forgejo") ? "forge" : "key"
        ] += 1;
        for (const name of NAMES) {
          const expected = VERBS.filter(
            (verb) =>
              isAll ||
              holders.some((username) =>
                decide(control, { username, groups: groupsIn(directory, username) }, name, ACTIONS[verb]),
              ),
          );
          expect([secret, what, name, saidOf(rights, control, name)]).toEqual([secret, what, name, expected]);
        }
      }
    }),
    { numRuns: 250 },
  );
  for (const count of Object.values(kinds)) expect(count).toBeGreaterThan(0);
});

/** The rows of one holder add up by the glob that decides; holders add up among each other. */
function saidOf(rights: readonly Right[], control: AccessControl, name: string): Verb[] {
  const areas = decidingGlobs(control, name);
  const holders = [...new Set(rights.map(({ who }) => who))];
  const may = (who: string, area: string, verb: Verb) =>
    rights.some((right) => right.who === who && right.area === area && right.may.includes(verb));
  return VERBS.filter((verb) =>
    holders.some(
      (who) =>
        (who === "whoever has it" && may(who, "**", verb)) ||
        (areas.length > 0 && areas.every((area) => may(who, area, verb))),
    ),
  );
}
