import {
  chmodSync,
  lstatSync,
  statSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { renderFiles } from "../../../systems/host/files";
import { parseOutcome } from "../../../systems/host/payload";
import { sessionsOf } from "../../../rehearsal/host/processes";
import { until } from "../../../rehearsal/host/until";
import { type HostWorld, startHostWorld } from "./support/world";

let world: HostWorld;
let before: string | undefined;
beforeAll(async () => {
  world = await startHostWorld();
  before = world.held("config.json");
});
afterAll(() => world.stop());

const revision = (desired = world.desired()) => renderFiles(world.host.layout, desired).revision;
const LOGIN = "/zot/auth/login?provider=oidc&callback_ui=/v2/";

/** Every file and link with its times, as `find` sees them. */
function times(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => {
      const { mtimeMs, ctimeMs, ino } = lstatSync(join(folder, name));
      return [name, `${ino} ${mtimeMs} ${ctimeMs}`];
    }),
  );
}

test("the first deploy closes an open registry, and reports how long nothing answered", async () => {
  expect(await world.status("/v2/a/b/blobs/uploads/", { method: "POST" })).toBe(202);
  const result = await world.deploy(world.desired());
  expect(result.outcome).toBe("restarted");
  expect(result.gapMs).toBeGreaterThan(0);
  expect(await world.status("/v2/a/b/blobs/uploads/", { method: "POST" })).toBe(401);
  expect(await world.status("/v2/")).toBe(200);
  expect(await world.status(LOGIN)).toBe(302);
});

test("credentials are private, and nothing of them is in the config, the log or a process list", () => {
  const file = join(world.host.layout.configFolder, "oidc-credentials.json");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, "utf8")).toContain("first-secret");
  expect(world.held("config.json")).not.toContain("first-secret");
  expect(world.host.serviceLog()).not.toContain("first-secret");
});

test("a second deploy changes nothing, not even a file's mtime", async () => {
  const folder = world.host.layout.configFolder;
  const earlier = times(folder);
  const pid = world.zotPid();
  expect(await world.compare(world.desired())).toMatchObject({ inSync: true, report: [] });
  expect((await world.deploy(world.desired())).outcome).toBe("unchanged");
  expect(times(folder)).toEqual(earlier);
  expect(world.zotPid()).toBe(pid);
});

test("new access rules are live without a restart", async () => {
  const pid = world.zotPid();
  const wanted = world.desired({ writers: ["workloads", "builders"] });
  const { diff } = await world.compare(wanted);
  expect(diff.join("\n")).toMatch(/^\+ .*"builders"/m);
  expect((await world.deploy(wanted)).outcome).toBe("reloaded");
  expect(world.zotPid()).toBe(pid);
  expect(await world.status(`/v2/${revision(wanted)}/tags/list`)).toBe(401);
  expect(await world.status(`/v2/${revision()}/tags/list`)).toBe(404);
  expect(await world.compare(wanted)).toMatchObject({ inSync: true });
  expect((await world.deploy(world.desired())).outcome).toBe("reloaded");
});

test("a changed secret restarts zot, and the report does not show it", async () => {
  const wanted = world.desired({ secret: "second-secret" });
  const { report } = await world.compare(wanted);
  expect(report).toContain("credentials differ");
  expect(report.join("\n")).not.toContain("second-secret");
  const pid = world.zotPid();
  expect((await world.deploy(wanted)).outcome).toBe("restarted");
  expect(world.zotPid()).not.toBe(pid);
  expect(world.held("oidc-credentials.json")).toContain("second-secret");
  expect((await world.deploy(world.desired())).outcome).toBe("restarted");
});

test("a config edited by hand shows as a diff and is repaired", async () => {
  const edited = (world.held("config.json") ?? "").replace('"level": "info"', '"level": "debug"');
  writeFileSync(join(world.host.layout.configFolder, "config.json"), edited);
  const { inSync, diff } = await world.compare(world.desired());
  expect(inSync).toBe(false);
  expect(diff).toEqual(['- log.level: "debug"', '+ log.level: "info"']);
  expect((await world.deploy(world.desired())).outcome).toBe("restarted");
  expect(world.held("config.json")).toContain('"level": "info"');
  expect((await world.compare(world.desired())).inSync).toBe(true);
});

test("a config replaced by an editor that renames is repaired, too", async () => {
  const folder = world.host.layout.configFolder;
  writeFileSync(join(folder, "config.json~"), before ?? "");
  renameSync(join(folder, "config.json~"), join(folder, "config.json"));
  const { consequences, diff } = await world.compare(world.desired());
  expect(consequences[0]).toMatch(/^anonymous clients can no longer push new tags/);
  expect(diff.join("\n")).toContain("+ http.accessControl.repositories");
  expect((await world.deploy(world.desired())).outcome).toBe("restarted");
  expect((await world.compare(world.desired())).inSync).toBe(true);
});

test("a zot that applies other rules than its config's is noticed and corrected", async () => {
  const folder = world.host.layout.configFolder;
  const live = join(folder, "zot-access/current/live.json");
  const config = readFileSync(live, "utf8");
  writeFileSync(live, renderFiles(world.host.layout, world.desired({ writers: ["others"] })).config);
  await until(
    "it has the other rules",
    async () => (await world.status(`/v2/${revision()}/tags/list`)) === 404,
  );
  writeFileSync(`${live}.new`, config);
  renameSync(`${live}.new`, live); // zot does not see a rename
  expect((await world.compare(world.desired())).report).toEqual(["the config on the host is not in force"]);
  expect((await world.deploy(world.desired())).outcome).toBe("restarted");
  expect(await world.compare(world.desired())).toMatchObject({ inSync: true, report: [] });
});

test("credentials that others may read are noticed and repaired", async () => {
  chmodSync(join(world.host.layout.configFolder, "oidc-credentials.json"), 0o644);
  expect((await world.compare(world.desired())).report).toEqual(["credentials have mode 644 instead of 600"]);
  await world.deploy(world.desired());
  expect(statSync(join(world.host.layout.configFolder, "oidc-credentials.json")).mode & 0o777).toBe(0o600);
  expect((await world.compare(world.desired())).inSync).toBe(true);
});

test("a zot that was replaced under an unchanged config is noticed and restarted", async () => {
  world.zot.version("2.1.21");
  const wanted = { ...world.desired(), expectedVersion: "2.1.21" };
  expect((await world.compare(wanted)).report).toEqual([
    "zot 2.1.20 is running, but the binary is 2.1.21 now",
  ]);
  const pid = world.zotPid();
  expect((await world.deploy(wanted)).outcome).toBe("restarted");
  expect(world.zotPid()).not.toBe(pid);
  expect((await world.compare(wanted)).inSync).toBe(true);
  world.zot.version("2.1.20");
  await expect(world.deploy(wanted)).rejects.toThrow("the host's zot is 2.1.20 instead of 2.1.21");
  await world.deploy(world.desired());
});

test("a misspelt key of the config is named, and nothing is changed", async () => {
  const wanted = world.desired();
  const misspelt = wanted.config
    .replace('"storage": {', '"storage": { "dedupee": true,')
    .replace('"http": {', '"http": { "relm": "zot",');
  const before = world.held("config.json");
  const apply = world.apply({ ...wanted, config: misspelt }, "misspelt").then(parseOutcome);
  await expect(apply).rejects.toThrow(/'Storage' has invalid keys: dedupee/);
  await expect(apply).rejects.toThrow(/'HTTP' has invalid keys: relm/);
  expect(world.held("config.json")).toBe(before);
});

test("sets do not pile up", () => {
  const sets = readdirSync(join(world.host.layout.configFolder, "zot-access/sets"));
  expect(sets.length).toBeLessThanOrEqual(4);
  expect(
    readdirSync(join(world.host.layout.configFolder, "zot-access/run")).filter((name) => /^apply/.test(name)),
  ).toEqual([]);
});

test("no process of a deploy stays behind", async () => {
  await until("all sessions are gone", () => sessionsOf(join(world.root, "home")).length === 0);
});

test("destroy restores what was there before the first deploy", async () => {
  expect((await world.restore()).outcome).toBe("restarted");
  expect(world.held("config.json")).toBe(before);
  expect(readdirSync(world.host.layout.configFolder)).toEqual(["config.json"]);
  expect(lstatSync(join(world.host.layout.configFolder, "config.json")).isFile()).toBe(true);
  expect(await world.status("/v2/a/b/blobs/uploads/", { method: "POST" })).toBe(202);
});

test("and the registry can be hardened again afterwards", async () => {
  expect((await world.deploy(world.desired())).outcome).toBe("restarted");
  expect(parseOutcome(await world.apply(world.desired(), "again")).outcome).toBe("unchanged");
  expect((await world.probe()).generation).toBe("again");
});
