import type { AccessControl } from "../../../../systems/zot/access";
import { accessControl } from "../../../../systems/zot/rules";
import { UnreachableError } from "../../../../systems/http/errors";
import {
  ALL_CLIENTS,
  MatrixSetupError,
  runMatrix,
  type MatrixArgs,
  type MatrixIdentity,
} from "../../../../systems/zot/proof";
import type { Access } from "../../../../systems/zot/grants";
import { grant, homelabAccess } from "../../../support/access";
import { startFake, type Fake, type FakeOptions } from "../../../commands/verify/fake-registry";

const access = homelabAccess({ group: "writers", pushTo: ["ci/**"] });
const identities: MatrixIdentity[] = [
  { name: "anonymous", groups: [] },
  { name: "CI key", username: "zot-ci", password: "writers", groups: ["writers"] },
  { name: "admin key", username: "ada", password: "admins", groups: ["admins"] },
  { name: "no group", username: "bob", password: "none", groups: [] },
];

// Hundreds of requests each, which a busy machine takes seconds for.
let fake: Fake | undefined;
afterEach(async () => {
  await fake?.stop();
  fake = undefined;
});

async function start(options: Partial<FakeOptions> = {}): Promise<Fake> {
  fake = await startFake({ ac: accessControl(access), ...options });
  return fake;
}

function args(overrides: Partial<MatrixArgs> = {}): MatrixArgs {
  return {
    registryUrl: `${fake?.url ?? ""}/`,
    access,
    zotVersion: "2.1.20",
    identities,
    pushers: [{ name: "zot-ci", groups: ["writers"], scratchRepository: "ci/scratch" }],
    metrics: { anonymous: true, users: [] },
    timeoutMs: 60_000,
    ...overrides,
  };
}

test("on a correct registry every answer follows the settings, and nothing is written", async () => {
  const { repositories, writes } = await start({
    repositories: { "ci/app": ["v1", "latest"], "other/app": ["v1"] },
  });
  const rows = await runMatrix(args());
  expect(rows.filter(({ ok }) => !ok)).toEqual([]);
  const answers = (identity: string, target: string) =>
    Object.fromEntries(
      rows
        .filter(
          (row) => row.identity === identity && row.client === "generic" && row.target.startsWith(target),
        )
        .map(({ action, actual }) => [action, actual]),
    );
  expect(answers("CI key", "ci/app")).toEqual({
    pull: "allowed",
    "push new tag": "allowed",
    "push same digest again": "403",
    "overwrite tag": "403",
    "overwrite latest": "403",
    "push by digest": "allowed",
    "move tag by digest": "403",
    delete: "403",
  });
  expect(answers("CI key", "other/app")).toMatchObject({ pull: "allowed", "push new tag": "403" });
  expect(answers("anonymous", "ci/app")).toMatchObject({
    pull: "allowed",
    "push new tag": "401",
    delete: "401",
  });
  expect(answers("admin key", "other/app")).toMatchObject({ "overwrite tag": "allowed", delete: "allowed" });
  expect([...repositories]).toEqual([
    ["ci/app", ["v1", "latest"]],
    ["other/app", ["v1"]],
  ]);
  expect(writes).toEqual([]);
});

test("keys are listed to their owners alone, and only a login is offered without credentials", async () => {
  await start({ repositories: { "ci/app": ["v1"] } });
  const rows = await runMatrix(args({ clients: ALL_CLIENTS }));
  const of = (name: string) => rows.filter(({ action }) => action === name);
  expect(new Set(of("key list").map(({ identity, actual }) => `${identity}: ${actual}`))).toEqual(
    new Set(["anonymous: 500", "CI key: allowed", "admin key: allowed", "no group: allowed"]),
  );
  expect(of("login").map(({ client }) => client)).toEqual(ALL_CLIENTS.map(({ name }) => name));
  await fake?.stop();
  await start({
    repositories: { "ci/app": ["v1"] },
    misbehave: ({ url }) => (url === "/zot/auth/apikey" ? 200 : undefined),
  });
  const open = (await runMatrix(args())).filter(({ ok }) => !ok);
  expect(new Set(open.map(({ identity, action }) => `${identity}: ${action}`))).toEqual(
    new Set(["anonymous: key list"]),
  );
});

test("an interrupted proof still removes what it made", async () => {
  const aborting = new AbortController();
  const { repositories } = await start({
    misbehave: ({ method }) => {
      if (method === "PUT" && (fake?.repositories.has("ci/scratch") ?? false)) aborting.abort();
      return undefined;
    },
  });
  await expect(runMatrix(args({ signal: aborting.signal }))).rejects.toThrow("aborted");
  expect(repositories.get("ci/scratch")).toEqual([]);
});

test("docker's anonymous 401 on /v2/ is a warning, not a failure", async () => {
  await start({ repositories: { "ci/app": ["v1"] } });
  const row = (await runMatrix(args())).find(
    ({ action, client, identity }) =>
      action === "version check" && client === "docker" && identity === "anonymous",
  );
  expect(row).toMatchObject({ expected: "401", actual: "401", ok: true });
  expect(row?.note).toContain("issue 4173");
});

test("an empty registry gets a scratch repository, which is deleted afterwards where an admin's key is available", async () => {
  const { repositories, writes } = await start();
  const rows = await runMatrix(args());
  expect(rows.every(({ ok }) => ok)).toBe(true);
  expect(rows.map(({ target }) => target)).toContain("ci/scratch:latest");
  expect(repositories.get("ci/scratch")).toEqual([]);
  expect(writes.at(-1)).toMatch(/^DELETE \/v2\/ci\/scratch\/manifests\/sha256:/);
});

test("a key that may only create leaves the scratch repository, and the next run writes nothing", async () => {
  const { repositories, writes } = await start();
  const withoutAdmin = args({ identities: identities.filter(({ name }) => name !== "admin key") });
  await runMatrix(withoutAdmin);
  expect(repositories.get("ci/scratch")).toEqual(["latest"]);
  const before = writes.length;
  expect((await runMatrix(withoutAdmin)).every(({ ok }) => ok)).toBe(true);
  expect(writes.length).toBe(before);
});

test("a repository beyond the first page of the catalog is found; one without tags is passed over", async () => {
  await start({ repositories: { "ci/bare": [], "ci/empty": [], "ci/full": ["v1"] }, pageSize: 1 });
  const targets = (await runMatrix(args())).map(({ target }) => target);
  expect(targets).toContain("ci/full:v1");
});

test("a mirrored repository is asked about only where there is no other", async () => {
  await start({ repositories: { "ci/app": ["v1"], "docker.io/library/alpine": ["3"], "team/app": ["v1"] } });
  const targets = (await runMatrix(args())).map(({ target }) => target);
  expect(targets).toContain("team/app");
  expect(targets.join()).not.toContain("docker.io");
});

test("a registry that lets CI overwrite is found, with each client", async () => {
  const ac: AccessControl = accessControl(access);
  ac.repositories["ci/**"] = {
    anonymousPolicy: ["read"],
    defaultPolicy: ["read"],
    policies: [
      { groups: ["admins"], actions: ["read", "create", "update", "delete"] },
      { groups: ["writers"], actions: ["read", "create", "update"] },
    ],
  };
  await start({ ac, repositories: { "ci/app": ["v1", "latest"] } });
  const wrong = (await runMatrix(args())).filter(({ ok }) => !ok);
  expect(new Set(wrong.map(({ identity, action }) => `${identity}: ${action}`))).toEqual(
    new Set([
      "CI key: push same digest again",
      "CI key: overwrite tag",
      "CI key: overwrite latest",
      "CI key: move tag by digest",
    ]),
  );
  expect(new Set(wrong.map(({ client }) => client))).toEqual(new Set(["generic", "containerd", "docker"]));
});

test("a dead credential must be refused even where reading is open", async () => {
  await start({
    repositories: { "ci/app": ["v1"] },
    misbehave: ({ headers }) => (headers.authorization === undefined ? undefined : 401),
  });
  const dead = { name: "revoked key", username: "zot-ci", password: "x", groups: ["writers"], dead: true };
  const rows = await runMatrix(args({ identities: [dead] }));
  expect(rows.every(({ ok }) => ok)).toBe(true);
  expect(rows.filter(({ action }) => action === "pull").map(({ actual }) => actual)).toContain("401");
});

test("an answer of neither kind is wrong, not read as a refusal", async () => {
  await start({
    repositories: { "ci/app": ["v1"] },
    misbehave: ({ method }) => (method === "PUT" ? 500 : undefined),
  });
  const rows = await runMatrix(args());
  expect(rows.filter(({ action }) => action.startsWith("push")).every(({ ok }) => !ok)).toBe(true);
});

test("before 2.1.19 the hole in pushes by digest is a warning that names the fix", async () => {
  await start({
    ac: accessControl(access),
    repositories: { "ci/app": ["v1"] },
    ignoresTagQuery: true,
  });
  const row = (await runMatrix(args({ zotVersion: "2.1.18" }))).find(
    ({ action, identity }) => action === "move tag by digest" && identity === "CI key",
  );
  expect(row).toMatchObject({ expected: "403", actual: "allowed", ok: true });
  expect(row?.note).toContain("fixed in 2.1.19");
});

test("a question that cannot be asked is reported before anything is written", async () => {
  const { writes } = await start();
  await expect(
    runMatrix(
      args({ pushers: [{ name: "zot-ci", groups: ["writers"], scratchRepository: "other/scratch" }] }),
    ),
  ).rejects.toThrow("other/scratch is not among those that zot-ci may push to");
  const powerless = identities.filter(({ groups }) => groups.length === 0);
  await expect(runMatrix(args({ identities: powerless }))).rejects.toThrow(MatrixSetupError);
  expect(writes).toEqual([]);
});

test("a registry that is away is one error, not a table of failures", async () => {
  const { url, stop } = await start();
  await stop();
  await expect(runMatrix(args({ registryUrl: url }))).rejects.toThrow(UnreachableError);
});

test("requests grow with pushers, not with the repositories that each has", async () => {
  const counted = async (pushers: number, repositories: number) => {
    const names = Array.from({ length: pushers }, (_, at) => `team-${at}`);
    const shared: Access = {
      caches: [],
      grants: [
        grant("anonymous", ["pull"], ["**"]),
        ...names.map((name) => ({
          ...grant({ groups: [name] }, ["pull", "push"], [`${name}/**`]),
          pusher: name,
        })),
      ],
    };
    let requests = 0;
    const many = names.flatMap((name) =>
      Array.from({ length: repositories }, (_, at) => [`${name}/image-${at}`, ["v1"]] as const),
    );
    await start({
      ac: accessControl(shared),
      repositories: Object.fromEntries(many.map(([name, tags]) => [name, [...tags]])),
      misbehave: () => void (requests += 1),
    });
    const rows = await runMatrix(
      args({
        access: shared,
        identities: [
          { name: "anonymous", groups: [] },
          ...names.map((name) => ({ name, username: name, password: name, groups: [name] })),
        ],
        pushers: names.map((name) => ({ name, groups: [name], scratchRepository: `${name}/scratch` })),
      }),
    );
    await fake?.stop();
    expect(rows.filter(({ ok }) => !ok)).toEqual([]);
    const pushesOf = (identity: string) =>
      rows.filter(
        (row) => row.identity === identity && row.action === "push new tag" && row.client === "generic",
      );
    // Each asks for a place of every other one.
    for (const name of names)
      expect(pushesOf(name).map(({ actual, target }) => [target.split("/", 1)[0], actual])).toEqual(
        expect.arrayContaining(names.map((other) => [other, other === name ? "allowed" : "403"])),
      );
    return requests;
  };
  const [few, many, more] = [await counted(4, 2), await counted(4, 12), await counted(8, 2)];
  // Up to three candidates of each are looked at, to find one with a tag.
  expect(many - few).toBeLessThanOrEqual(4);
  expect(more).toBeLessThan(3 * few);
});
