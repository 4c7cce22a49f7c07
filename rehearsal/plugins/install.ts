import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import type { Ports } from "./keep";

const PLUGINS = [
  { name: "command", version: "1.2.1" },
  { name: "terraform-provider", version: "1.1.3" },
] as const;

/**
 * Puts the stand-ins where the engine looks for downloaded plugins: a folder for each below `$PULUMI_HOME/plugins`, with an
 * executable that starts it by the Node that runs now.
 *
 * @param kept where they are running already: the executables only say so
 */
export async function installPlugins(pulumiHome: string, kept?: Ports): Promise<void> {
  const launcher = join(__dirname, "launch.cjs");
  await Promise.all(
    PLUGINS.map(async ({ name, version }) => {
      const folder = join(pulumiHome, "plugins", `resource-${name}-v${version}`);
      await mkdir(folder, { recursive: true });
      const executable = join(folder, `pulumi-resource-${name}`);
      const command = [process.execPath, launcher, name].map(quoted).join(" ");
      // The engine takes the plugin for ended when this process ends, and closes its input when it has no more to ask.
      const run = kept ? `echo ${kept[name]}\nexec cat` : `exec ${command} "$@"`;
      await writeFile(executable, `#!/bin/sh\n${run}\n`);
      await chmod(executable, 0o755);
    }),
  );
}

/** What `pulumi plugin install` and the bridge to Terraform's providers keep below a Pulumi home. */
const INSTALLED = ["plugins", "dynamic_tf_plugins"];

/** Lends the plugins of the user's own Pulumi home to another one, so that nothing else is written to theirs. */
export async function lendPlugins(userHome: string, pulumiHome: string): Promise<void> {
  for (const folder of INSTALLED) {
    await mkdir(join(userHome, folder), { recursive: true });
    await symlink(join(userHome, folder), join(pulumiHome, folder));
  }
}

/** One file that Node runs, of a program in TypeScript. */
export async function bundle(main: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [main],
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    // Native parts of ssh2, which it does without where they are missing.
    external: ["*.node", "cpu-features"],
    logLevel: "error",
  });
}

export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
