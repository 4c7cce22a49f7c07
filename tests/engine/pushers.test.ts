import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BLUMEOPS, CV, itemTitle, keyIn } from "../../rehearsal/mission/identities";
import { deployOnce, type Deployed } from "../../rehearsal/mission/mission";
import { READER } from "../../rehearsal/mission/people";
import { stackFile } from "../../rehearsal/mission/stack-file";
import { verifyStack } from "../../rehearsal/mission/verify-stack";
import { NotTheUser } from "../../systems/authentik/errors";
import { logInToRegistry } from "../../systems/authentik/login";
import {
  parseDeployment,
  type Resource,
  resourcesOf,
  type Values,
  withResources,
} from "../../systems/pulumi/deployment";
import { importState } from "../../systems/pulumi/state";
import { isProvider, OWN } from "../../systems/pulumi/types";
import { endChildren } from "../support/children";
import { Api } from "../rehearsal/authentik/client";
import { ownRehearsal } from "./support/own-rehearsal";

/*
 * Pushers that come and go, with the real Pulumi CLI and engine: one of two is retired, one key is renewed, and a stack of the version
 * before, which knew one pusher, goes on with the settings of today.
 */
const own = ownRehearsal();
let mission: Deployed;
/** The settings of both pushers. */
let settings: string;

beforeAll(async () => {
  mission = await own.begin(() => deployOnce(own));
  settings = await readFile(mission.pulumi.configFile, "utf8");
});

// The tests share one stack: what one of them leaves running, or locked, would be the next one's failure.
afterEach(async () => {
  await mission.pulumi.interrupt();
  if ((await endChildren()) > 0) await mission.pulumi.dropLock();
});

const NOTHING = { create: 0, update: 0, replace: 0, delete: 0 };
/** As Pulumi.rehearsal.yaml has them, without the second pusher. */
const ALONE = {
  "zot-access:pushers": { [CV.name]: null },
  "zot-access:forgejo": {
    repositories: [
      {
        name: "blumeops",
        secrets: {
          ARGOCD_AUTH_TOKEN: "op://rehearsal/forgejo/argocd_token",
          FLY_DEPLOY_TOKEN: "op://rehearsal/fly/deploy-token",
          ZOT_CI_API_KEY: `key:${BLUMEOPS.name}`,
        },
      },
      { name: "cv", secrets: { FORGE_TOKEN: "op://rehearsal/forgejo/api-token" } },
    ],
  },
};
const alone = () => writeFile(mission.pulumi.configFile, stackFile(settings, ALONE));

async function statusWith(username: string, key: string): Promise<number> {
  const authorization = `Basic ${Buffer.from(`${username}:${key}`).toString("base64")}`;
  return (await fetch(`${mission.world.host.registryUrl}/v2/`, { headers: { authorization } })).status;
}

/** What Authentik, 1Password and Forgejo have of a pusher. */
function tracesOf({ name, group }: typeof CV): string[] {
  const { onepassword, standIns } = mission.world;
  if (!standIns) throw new Error("a real Authentik or Forgejo does not tell what it holds");
  const { groups, tokens, users } = standIns.authentik.state;
  const secret = `${name.replace("-", "_").toUpperCase()}_API_KEY`;
  const repositories = ["blumeops", "cv"].filter((each) => secret in standIns.forgejo.secretsOf(each));
  return [
    ...repositories.map((repository) => `${secret} in ${repository}`),
    ...onepassword
      .itemsOf("rehearsal")
      .map(({ title }) => title)
      .filter((title) => title.startsWith(`${name}-apikey`))
      .sort(),
    ...[...tokens.values()].map(({ identifier }) => identifier).filter((each) => each.startsWith(name)),
    ...[...users.values()].flatMap(({ username }) => (username === name ? ["account"] : [])),
    ...[...groups.values()].flatMap((each) => (each.name === group ? ["group"] : [])),
  ];
}

test("the pushers' login flow gives nobody else a session, whatever app password they have", async () => {
  const { authentikUrl, host, secrets } = mission.world;
  const api = new Api(authentikUrl, secrets.authentikToken);
  const bot = await api.create("core/users/", { username: "bot", name: "bot", type: "service_account" });
  await api.create("core/tokens/", {
    identifier: "bots-own",
    intent: "app_password",
    user: bot["pk"],
    expiring: false,
  });
  const { key } = (await api.get("core/tokens/bots-own/view_key/")).body as { key: string };
  const login = { registryUrl: host.registryUrl, authentikUrl, flowSlug: "zot-ci-authentication" };
  await expect(logInToRegistry({ ...login, username: "bot", password: key })).rejects.toThrow(NotTheUser);
  for (const { name } of [BLUMEOPS, CV]) {
    const path = `core/tokens/${name}-app-password/view_key/`;
    const { key: own } = (await api.get(path)).body as { key: string };
    await expect(logInToRegistry({ ...login, username: name, password: own })).resolves.toHaveProperty(
      "cookie",
    );
  }
});

test("a renewal of one pusher's key writes nothing of another pusher", async () => {
  const { pulumi, world } = mission;
  const [key, other] = [keyIn(world, itemTitle(CV)), keyIn(world, itemTitle(BLUMEOPS))];
  const { version } =
    world.onepassword.itemsOf("rehearsal").find(({ title }) => title === "zot-ci-apikey") ?? {};
  const shorter = { "zot-access:pushers": { [CV.name]: { lifetimeDays: 30, renewAfterDays: 20 } } };
  await writeFile(pulumi.configFile, stackFile(settings, shorter));
  expect(await pulumi.up()).toMatchObject({ create: 0, replace: 1, delete: 0 });
  expect(keyIn(world, itemTitle(CV))).not.toBe(key);
  expect(keyIn(world, itemTitle(BLUMEOPS))).toBe(other);
  const [item] = world.onepassword.itemsOf("rehearsal").filter(({ title }) => title === "zot-ci-apikey");
  expect(item?.version).toBe(version);
  const written = (world.standIns?.forgejo.requests ?? []).filter(({ method }) => method === "PUT");
  // Once at the first deploy.
  expect(written.filter(({ path }) => path.endsWith("/ZOT_CI_API_KEY"))).toHaveLength(1);
  expect(written.filter(({ path }) => path.endsWith("/CV_CI_API_KEY"))).toHaveLength(2);
  await writeFile(pulumi.configFile, settings);
  expect(await pulumi.up()).toMatchObject({ replace: 1 });
});

test("a removed pusher keeps its key until no consumer holds it, and is then deleted whole", async () => {
  const { pulumi, world } = mission;
  const [key, other] = [keyIn(world, itemTitle(CV)), keyIn(world, itemTitle(BLUMEOPS))];
  const before = tracesOf(BLUMEOPS);
  expect(tracesOf(CV)).toEqual([
    "CV_CI_API_KEY in cv",
    ...["cv-ci-apikey", "cv-ci-apikey: about this item", "cv-ci-app-password", "account", "group"],
  ]);
  await alone();
  // Somebody else is in its group, and would lose what the group gives.
  const state = world.standIns?.authentik.state;
  const groupOf = () => [...(state?.groups.values() ?? [])].find(({ name }) => name === CV.group);
  const reader = state?.userByName(READER.username);
  if (!reader) throw new Error(`Authentik has no ${READER.username}`);
  reader.groups.push(groupOf()?.pk ?? "");

  // Whoever has the key loses it first: as long as one of them cannot be reached, it lives.
  world.onepassword.failNext(403, 1, ({ method }) => method === "DELETE");
  await expect(pulumi.up()).rejects.toThrow("pulumi up ended with status");
  expect(await statusWith(CV.name, key)).toBe(200);
  expect(tracesOf(CV)).toEqual(
    expect.arrayContaining(["cv-ci-apikey", "cv-ci-app-password", "account", "group"]),
  );

  const gone = own.output.length;
  expect(await pulumi.up()).toMatchObject({ create: 0, replace: 0 });
  expect(await statusWith(CV.name, key)).toBe(401);
  expect(own.output.slice(gone)).toMatch(
    new RegExp(`the group ${CV.group} of a former pusher stays, since ${reader.username} is a member`),
  );
  expect(tracesOf(CV)).toEqual(["group"]);
  expect(await pulumi.refreshedPreviewWithoutChanges()).toMatchObject(NOTHING);

  reader.groups = reader.groups.filter((pk) => pk !== groupOf()?.pk);
  expect(await pulumi.up()).toMatchObject({ ...NOTHING, delete: 1 });
  expect(tracesOf(CV)).toEqual([]);
  // Nothing of the other one was touched.
  expect([tracesOf(BLUMEOPS), keyIn(world, itemTitle(BLUMEOPS))]).toEqual([before, other]);
  expect(await statusWith(BLUMEOPS.name, other)).toBe(200);
  expect(await pulumi.refreshedPreviewWithoutChanges()).toMatchObject(NOTHING);
});

/** What the version before had for the only pusher that it knew. */
const FORMER: readonly (readonly [today: RegExp, before: string])[] = [
  [/::identity-login-app-password-zot-ci\b/g, "::identity-login-app-password"],
  [/::identity-login-session-for-zot-ci\b/g, "::identity-login-session-only-for-user"],
  [/::pusher-zot-ci\b/g, "::ci-credential"],
  [/::old-keys-zot-ci\b/g, "::old-keys"],
];

function asBefore(resources: readonly Resource[]): Resource[] {
  const renamed = FORMER.reduce(
    (text, [today, before]) => text.replace(today, before),
    JSON.stringify(resources),
  );
  return (JSON.parse(renamed) as Resource[]).map((resource) =>
    resource.type === OWN.accessProof
      ? { ...resource, inputs: ofTiers(resource.inputs), outputs: ofTiers(resource.outputs) }
      : resource,
  );
}

function ofTiers({ metrics: _, pushers: _pushers, ...rest }: Values = {}): Values {
  return {
    ...rest,
    access: {
      admins: ["admins"],
      writers: [BLUMEOPS.group],
      writableRepositories: ["blumeops/**"],
      cacheRepositories: ["docker.io/**", "ghcr.io/**", "quay.io/**"],
      anonymousPull: true,
    },
    scratchRepository: "blumeops/access-proof",
  };
}

/** Names, parents and inputs of a state of the version before: from a rehearsal that it deployed. */
function formerState(): unknown {
  return JSON.parse(readFileSync(join(__dirname, "support/former-state.json"), "utf8"));
}

const tail = (urn: string) => urn.split("::").slice(2).join("::");

test("a stack of the version before has no changes with the settings of today, keeps its key, and gets the new names", async () => {
  const { pulumi, world } = mission;
  const { configFile, environment, project: folderOfProject, stack } = pulumi;
  await alone();
  const key = keyIn(world, itemTitle(BLUMEOPS));
  const state = parseDeployment(await pulumi.exportState("--show-secrets"));
  const today = resourcesOf(state);
  const before = asBefore(today);
  const shape = before
    .filter(({ type }) => !isProvider(type))
    .map(({ inputs = {}, parent, urn }) => ({
      name: tail(urn),
      ...(parent !== undefined && { parent: tail(parent) }),
      inputs: Object.keys(inputs)
        .filter((name) => name !== "__defaults")
        .sort(),
    }));
  const byName = (left: { name: string }, right: { name: string }) => (left.name < right.name ? -1 : 1);
  expect(shape.sort(byName)).toEqual((formerState() as typeof shape).sort(byName));
  await importState(
    { stack, project: folderOfProject, configFile, environment },
    withResources(state, before),
  );

  const known = await pulumi.refreshedPreviewWithoutChanges();
  expect(known).toMatchObject(NOTHING);
  expect(await pulumi.up("--expect-no-changes")).toMatchObject({ ...NOTHING, same: known.same });
  expect(keyIn(world, itemTitle(BLUMEOPS))).toBe(key);
  expect(await statusWith(BLUMEOPS.name, key)).toBe(200);
  const after = resourcesOf(parseDeployment(await pulumi.exportState()));
  expect(after.map(({ urn }) => urn).sort()).toEqual(today.map(({ urn }) => urn).sort());
  expect(await pulumi.previewWithoutChanges()).toMatchObject(NOTHING);
});

test("one key is renewed while another pusher is retired, whose Actions secret gets the first one's key", async () => {
  const { pulumi, world } = mission;
  await writeFile(pulumi.configFile, settings);
  await pulumi.up();
  const [retired, former] = [keyIn(world, itemTitle(CV)), keyIn(world, itemTitle(BLUMEOPS))];
  const [blumeops, cv] = ALONE["zot-access:forgejo"].repositories;
  const secrets = { ...cv?.secrets, CV_CI_API_KEY: `key:${BLUMEOPS.name}` };
  const moved = {
    "zot-access:pushers": {
      [CV.name]: null,
      [BLUMEOPS.name]: { lifetimeDays: 30, renewAfterDays: 20, oldKey: "revoke" },
    },
    "zot-access:forgejo": { repositories: [blumeops, { name: "cv", secrets }] },
  };
  await writeFile(pulumi.configFile, stackFile(settings, moved));
  expect(await pulumi.up()).toMatchObject({ create: 0, replace: 1 });
  const renewed = keyIn(world, itemTitle(BLUMEOPS));
  expect(world.standIns?.forgejo.secretsOf("cv")).toHaveProperty("CV_CI_API_KEY", renewed);
  expect(world.standIns?.forgejo.secretsOf("blumeops")).toHaveProperty("ZOT_CI_API_KEY", renewed);
  expect([await statusWith(CV.name, retired), await statusWith(BLUMEOPS.name, former)]).toEqual([401, 401]);
  expect(await statusWith(BLUMEOPS.name, renewed)).toBe(200);
  expect(tracesOf(CV)).toEqual(["CV_CI_API_KEY in cv"]);
  expect(await pulumi.refreshedPreviewWithoutChanges()).toMatchObject(NOTHING);
  await alone();
  await pulumi.up();
  expect(tracesOf(CV)).toEqual([]);
});

test("a pusher that is added again is created anew, beside the existing one", async () => {
  const { pulumi, world } = mission;
  const key = keyIn(world, itemTitle(BLUMEOPS));
  await writeFile(pulumi.configFile, settings);
  expect(await pulumi.up()).toMatchObject({ replace: 0, delete: 0 });
  expect(keyIn(world, itemTitle(BLUMEOPS))).toBe(key);
  expect(await statusWith(CV.name, keyIn(world, itemTitle(CV)))).toBe(200);
  expect(await pulumi.refreshedPreviewWithoutChanges()).toMatchObject(NOTHING);
});

test("a private registry is closed to everyone without rights: live, in the proof, for metrics, and in the fallback", async () => {
  const { pulumi, world } = mission;
  const { host } = world;
  const closed = {
    "zot-access:access": { anonymous: {}, metrics: { anonymous: false, users: ["prometheus"] } },
    "zot-access:zot": { allow: ["closePull", "closeMetrics"] },
  };
  await writeFile(pulumi.configFile, stackFile(settings, closed));
  expect(await pulumi.up()).toMatchObject({ create: 0, replace: 0, delete: 0 });
  const { matrix } = await verifyStack(pulumi, mission.identities);
  const answers = (identity: string) => matrix.filter((row) => row.identity === identity).length;
  expect([answers("anonymous") > 10, answers(CV.name) > 10]).toEqual([true, true]);

  const paths = [
    "/v2/",
    "/v2/_catalog",
    "/v2/blumeops/hello/tags/list",
    "/v2/blumeops/hello/manifests/1.0",
    "/metrics",
  ];
  const statuses = async (who?: typeof CV) => {
    const basic = who && Buffer.from(`${who.name}:${keyIn(world, itemTitle(who))}`).toString("base64");
    const headers: Record<string, string> = basic === undefined ? {} : { authorization: `Basic ${basic}` };
    return Promise.all(
      paths.map(async (path) => (await fetch(`${host.registryUrl}${path}`, { headers })).status),
    );
  };
  const expected = {
    nobody: [401, 401, 401, 401, 401],
    // Its own, and nothing of the other's; metrics are for whom the settings name.
    own: [200, 200, 200, 200, 403],
    other: [200, 200, 403, 403, 403],
  };
  const seen = async () => ({
    nobody: await statuses(),
    own: await statuses(BLUMEOPS),
    other: await statuses(CV),
  });
  expect(await seen()).toEqual(expected);
  world.setAuthentikDown?.(true);
  try {
    await host.reboot();
    expect(await seen()).toEqual(expected);
  } finally {
    world.setAuthentikDown?.(false);
  }
});
