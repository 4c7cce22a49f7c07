import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { installPlugins, lendPlugins } from "../../../rehearsal/plugins/install";

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "pulumi home's "));
  await installPlugins(home);
});
afterAll(() => rm(home, { recursive: true }));

const ROOT = resolve(__dirname, "../../..");

test.each([
  ["command", "1.2.1"],
  ["terraform-provider", "1.1.3"],
])(
  "the plugin %s %s starts where the engine looks for it, from its bundle, and says its port",
  async (name, version) => {
    const bundle = join(ROOT, `node_modules/.cache/zot-access-bundles/plugin-${name}.js`);
    await rm(bundle, { force: true });
    const executable = join(home, "plugins", `resource-${name}-v${version}`, `pulumi-resource-${name}`);
    const child = spawn(executable, ["127.0.0.1:1"], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      const line = await new Promise<string>((resolve, reject) => {
        child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString()));
        child.once("error", reject);
        child.once("exit", (code) => reject(new Error(`ended with ${String(code)} before it said a port`)));
      });
      expect(line).toMatch(/^\d+\n$/);
      expect(existsSync(bundle)).toBe(true);
    } finally {
      child.kill();
    }
  },
);

test("a plugin of another name is refused", () => {
  const launcher = join(ROOT, "rehearsal/plugins/launch.cjs");
  const { status, stderr } = spawnSync(process.execPath, [launcher, "docker", "127.0.0.1:1"], {
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([1, expect.stringContaining("there is no stand-in of a plugin docker")]);
});

test("installed plugins are lent to the rehearsal's own Pulumi home, and nothing else is", async () => {
  const [theirs, ours] = [join(home, "theirs"), join(home, "ours")];
  await mkdir(join(theirs, "plugins/resource-command-v1.2.1"), { recursive: true });
  await mkdir(join(theirs, "credentials"));
  await mkdir(ours);
  await lendPlugins(theirs, ours);
  expect((await readdir(ours)).sort()).toEqual(["dynamic_tf_plugins", "plugins"]);
  expect(await readdir(join(ours, "plugins"))).toEqual(["resource-command-v1.2.1"]);
});
