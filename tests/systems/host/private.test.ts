import type { DesiredHost } from "../../../systems/host/types";
import { type HostWorld, NEVER_UP, startHostWorld, type Wanted } from "./support/world";

/*
 * A registry in which nothing, or little, is open: zot denies every name to whoever is not logged in, so that the revision shows
 * nothing, and only a new process proves new rules.
 */
let world: HostWorld;
beforeAll(async () => {
  world = await startHostWorld();
});
afterAll(() => world.stop());

const CLOSED = { open: [] };
const CORNER = { open: ["base/**"] };
/** With the word in the settings that what was open may close, and open. */
const desired = (wanted: Wanted): DesiredHost => ({
  ...world.desired(wanted),
  allow: ["closePull", "openPull"],
});
const anonymously = async (...paths: string[]) => Promise.all(paths.map((path) => world.status(path)));
const PATHS = ["/v2/", "/v2/_catalog", "/v2/base/os/tags/list", "/v2/a/b/tags/list"];

test("an open registry becomes private, and stays as it is while nothing differs", async () => {
  expect((await world.deploy(world.desired())).outcome).toBe("restarted");
  const wanted = desired(CLOSED);
  expect((await world.deploy(wanted)).outcome).toBe("restarted");
  expect(await anonymously(...PATHS)).toEqual([401, 401, 401, 401]);
  const pid = world.zotPid();
  expect(await world.compare(wanted)).toMatchObject({ inSync: true, report: [] });
  expect((await world.deploy(wanted)).outcome).toBe("unchanged");
  expect(world.zotPid()).toBe(pid);
});

test("its rules change with a restart, since a reload could not be proven", async () => {
  const pid = world.zotPid();
  const wanted = desired({ ...CLOSED, writers: ["workloads", "builders"] });
  expect((await world.deploy(wanted)).outcome).toBe("restarted");
  expect(world.zotPid()).not.toBe(pid);
  expect(await world.compare(wanted)).toMatchObject({ inSync: true });
});

test("one that does not come up is rolled back, and is private then too", async () => {
  const pid = world.zotPid();
  world.zot.fault("dies-in-the-launcher", "lost");
  const broken = desired({ ...CLOSED, writers: ["workloads", "lost"] });
  await expect(world.deploy(broken, NEVER_UP)).rejects.toThrow(/rolled-back: .*which serves/);
  world.zot.fault("none");
  expect(world.zotPid()).not.toBe(pid);
  expect(await anonymously(...PATHS)).toEqual([401, 401, 401, 401]);
});

test("a public corner opens, though no image is in it yet, and closes again", async () => {
  expect((await world.deploy(desired(CORNER))).outcome).toBe("restarted");
  expect(await anonymously(...PATHS)).toEqual([200, 200, 404, 401]);
  expect((await world.deploy(desired(CLOSED))).outcome).toBe("restarted");
  expect(await anonymously(...PATHS)).toEqual([401, 401, 401, 401]);
});

test("it boots private while its issuer is away", async () => {
  await world.issuer.setUp(false);
  await world.host.reboot();
  expect(await anonymously(...PATHS)).toEqual([401, 401, 401, 401]);
  await world.issuer.setUp(true);
});
