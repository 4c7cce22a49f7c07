import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installPlugins, lendPlugins } from "../../../rehearsal/plugins/install";

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "pulumi home's "));
  await installPlugins(home);
});
afterAll(() => rm(home, { recursive: true }));

test.each([
  ["command", "1.2.1"],
  ["terraform-provider", "1.1.3"],
])("the plugin %s %s starts where the engine looks for it, and says its port", async (name, version) => {
  const executable = join(home, "plugins", `resource-${name}-v${version}`, `pulumi-resource-${name}`);
  const child = spawn(executable, ["127.0.0.1:1"], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const line = await new Promise<string>((resolve, reject) => {
      child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString()));
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`ended with ${String(code)} before it said a port`)));
    });
    expect(line).toMatch(/^\d+\n$/);
  } finally {
    child.kill();
  }
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
