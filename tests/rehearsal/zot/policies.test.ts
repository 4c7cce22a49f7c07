import { ask, code, image, push, pushManifest, type Identity } from "./client";
import { identity, world } from "./world";

const READ = ["read"];
const it = world(({ http }) => {
  http.accessControl = {
    repositories: {
      "**": { anonymousPolicy: READ, policies: [{ groups: ["staff"], actions: ["read", "create"] }] },
      "secret/**": { policies: [{ users: ["sue"], actions: READ }] },
      "shared/**": {
        anonymousPolicy: READ,
        policies: [{ groups: ["staff"], actions: ["read", "create", "delete", "detectManifestCollision"] }],
      },
    },
    adminPolicy: { users: ["root"], actions: ["read", "create", "update", "delete"] },
    metrics: { users: ["sue"] },
  };
});

const people: Record<string, Identity> = {};
beforeAll(async () => {
  people.root = await identity(it, "root", []);
  people.sue = await identity(it, "sue", []);
  people.staff = await identity(it, "sam", ["staff"]);
  for (const name of ["secret/a", "shared/a", "open/a", "open/b"])
    await push(it.url, name, "v1", image(name), people.root);
});

const catalog = async (as?: Identity) => (await ask(`${it.url}/v2/_catalog`, { as })).json.repositories;

test("the catalog shows what one may read: the longest glob decides, the admin sees all", async () => {
  expect(await catalog()).toEqual(["open/a", "open/b", "shared/a"]);
  expect(await catalog(people.staff)).toEqual(["open/a", "open/b", "shared/a"]);
  expect(await catalog(people.sue)).toEqual(["secret/a"]);
  expect(await catalog(people.root)).toEqual(["open/a", "open/b", "secret/a", "shared/a"]);
});

test("nothing is inherited from a shorter glob", async () => {
  expect((await ask(`${it.url}/v2/secret/a/tags/list`)).status).toBe(401);
  expect((await ask(`${it.url}/v2/secret/a/tags/list`, { as: people.staff as Identity })).status).toBe(403);
  expect((await ask(`${it.url}/v2/secret/a/tags/list`, { as: people.sue as Identity })).status).toBe(200);
});

test("a logged-in user has no share in the anonymous policy", async () => {
  expect((await ask(`${it.url}/v2/open/a/tags/list`, { as: people.sue as Identity })).status).toBe(403);
});

test("metrics are for the names in the list, and for nobody else", async () => {
  const status = async (as?: Identity) => (await ask(`${it.url}/metrics`, { as })).status;
  expect([await status(), await status(people.root), await status(people.sue)]).toEqual([401, 403, 200]);
});

test("detectManifestCollision refuses to delete what other tags share", async () => {
  const shared = image("shared/a");
  await pushManifest(it.url, "shared/a", "v2", { body: shared.manifest, as: people.root });
  const remove = (as: Identity | undefined) =>
    ask(`${it.url}/v2/shared/a/manifests/${shared.digest}`, { method: "DELETE", as });
  const refused = await remove(people.staff);
  expect([refused.status, code(refused)]).toEqual([409, "MANIFEST_INVALID"]);
  expect((await remove(people.root)).status).toBe(202);
});

test("a blob that one may not read is not mounted, nor found by HEAD in another repository", async () => {
  const { layer } = image("secret/a");
  const digest = `sha256:${(await import("node:crypto")).createHash("sha256").update(layer).digest("hex")}`;
  const mount = await ask(`${it.url}/v2/open/a/blobs/uploads/?mount=${digest}&from=secret/a`, {
    method: "POST",
    as: people.staff as Identity,
  });
  expect(mount.status).toBe(202);
  expect(
    (await ask(`${it.url}/v2/open/a/blobs/${digest}`, { method: "HEAD", as: people.staff as Identity }))
      .status,
  ).toBe(404);
});
