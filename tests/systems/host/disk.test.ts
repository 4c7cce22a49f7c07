import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderFiles } from "../../../systems/host/files";
import { parseOutcome } from "../../../systems/host/payload";
import type { DesiredHost } from "../../../systems/host/types";
import { reached, type Steps, steps } from "./support/steps";
import { type HostWorld, startHostWorld } from "./support/world";

const root = mkdtempSync(join(tmpdir(), "zot-access-disk-"));
const folder = join(root, "home/.config/zot");
mkdirSync(folder, { recursive: true });
/** A file system of a megabyte, which only root may mount. */
const small = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", folder]).status === 0;
const onSmallDisk = small ? test : test.skip;

let world: HostWorld;
let step: Steps;
beforeAll(async () => {
  step = steps(join(root, "steps"));
  world = await startHostWorld({ root, path: step.path });
  await world.deploy(world.desired());
});
afterAll(async () => {
  await world.host.stop();
  await world.issuer.stop();
  if (small) execFileSync("umount", [folder]);
  rmSync(root, { recursive: true, force: true });
});

const empty = () => rmSync(join(folder, "ballast"), { force: true });
afterEach(empty);

/** Leaves so many bytes of the small disk. */
function fill(left: number): void {
  empty();
  const free = Number(
    execFileSync("df", ["-B1", "--output=avail", folder], { encoding: "utf8" }).split("\n")[1],
  );
  writeFileSync(join(folder, "ballast"), Buffer.alloc(Math.max(0, free - left)));
}

async function serves(desired: DesiredHost): Promise<void> {
  const { config, credentials, revision } = renderFiles(world.host.layout, desired);
  expect(world.held("config.json")).toBe(config);
  expect(world.held("oidc-credentials.json")).toBe(credentials);
  expect(await world.status(`/v2/${revision}/tags/list`)).toBe(401);
}

onSmallDisk("a disk with 0, 8192 or 40960 bytes left: nothing changes, and then it works", async () => {
  await world.deploy(world.desired());
  const pid = world.zotPid();
  for (const left of [0, 8192, 40_960]) {
    fill(left);
    await expect(world.deploy(world.desired({ secret: "does-not-fit" }))).rejects.toThrow(
      /refused: .*cannot be written/,
    );
    expect(world.zotPid()).toBe(pid);
    await serves(world.desired());
  }
  empty();
  await world.deploy(world.desired({ secret: "does-not-fit" }));
  await serves(world.desired({ secret: "does-not-fit" }));
});

onSmallDisk(
  "a disk that is full just when the access rules are rewritten: the old rules are back, and on the disk",
  async () => {
    const before = world.desired({ secret: "does-not-fit" });
    await world.deploy(before);
    const wanted = world.desired({
      secret: "does-not-fit",
      writers: ["a", "b", "c", "d", ...Array.from({ length: 1000 }, (_, i) => `group-${i}`)],
    });
    const { generation } = await world.compare(wanted);
    step.holdAt("^cat .*/sets/.*/config.json$");
    const run = world.apply(wanted, generation);
    expect(await reached(step, run)).toBe(true);
    fill(0);
    step.letGo();
    const stdout = await run;
    expect(() => parseOutcome(stdout)).toThrow(/rolled-back/);
    await serves(before);
    await world.host.reboot();
    await serves(before);
    empty();
    await world.deploy(wanted);
    await serves(wanted);
  },
);

onSmallDisk(
  "a boot with a full disk: the registry serves, with and without its issuer, and no destroy leaves it half",
  async () => {
    const held = world.desired({ secret: "full" });
    await world.deploy(held);
    fill(0);
    try {
      await world.host.reboot();
      await serves(held);
      await world.issuer.setUp(false);
      fill(0);
      await world.host.reboot();
      expect(await world.status("/v2/")).toBe(200);
      expect(world.host.serviceLog()).toContain("cannot be written");
    } finally {
      await world.issuer.setUp(true);
    }
    await world.host.reboot();
    fill(0);
    await expect(world.restore()).rejects.toThrow("rolled-back");
    await serves(held);
    empty();
    expect((await world.restore()).outcome).toBe("restarted");
    expect(await world.status("/v2/a/b/blobs/uploads/", { method: "POST" })).toBe(202);
    await world.deploy(world.desired());
    await serves(world.desired());
  },
);

test("a config folder that cannot be written: says so and changes nothing", async () => {
  await world.deploy(world.desired());
  const pid = world.zotPid();
  if (small) execFileSync("mount", ["-o", "remount,ro", folder]);
  else chmodSync(join(folder, "zot-access"), 0o500);
  try {
    if (!small && process.getuid?.() === 0) return; // root writes everywhere
    await expect(world.deploy(world.desired({ secret: "another" }))).rejects.toThrow(
      /refused: .*cannot be written/,
    );
    expect(world.zotPid()).toBe(pid);
    await serves(world.desired());
  } finally {
    if (small) execFileSync("mount", ["-o", "remount,rw", folder]);
    else chmodSync(join(folder, "zot-access"), 0o700);
  }
  await world.deploy(world.desired({ secret: "another" }));
  await serves(world.desired({ secret: "another" }));
});
