import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

const PLUGINS = [
  { name: "command", version: "1.2.1", main: "command/main.ts" },
  { name: "terraform-provider", version: "1.1.3", main: "terraform-provider/main.ts" },
];

/**
 * Puts the stand-ins where the engine looks for downloaded plugins: a folder for each below `$PULUMI_HOME/plugins`, with an
 * executable that starts this checkout's code by the Node that runs now.
 */
export async function installPlugins(pulumiHome: string): Promise<void> {
  for (const { name, version, main } of PLUGINS) {
    const folder = join(pulumiHome, "plugins", `resource-${name}-v${version}`);
    await mkdir(folder, { recursive: true });
    const executable = join(folder, `pulumi-resource-${name}`);
    await writeFile(executable, launcher(join(__dirname, main)));
    await chmod(executable, 0o755);
  }
}

function launcher(main: string): string {
  const tsx = require.resolve("tsx/cjs");
  return `#!/bin/sh\nexec ${quoted(process.execPath)} --require ${quoted(tsx)} ${quoted(main)} "$@"\n`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
