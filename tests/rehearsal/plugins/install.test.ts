import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installPlugins } from "../../../rehearsal/plugins/install";

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
