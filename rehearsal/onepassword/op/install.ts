import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundle, quoted } from "../../plugins/install";

/** Puts the stand-in of `op` into a folder, which then belongs into PATH. */
export async function installOp(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const code = join(folder, "op.js");
  await bundle(join(__dirname, "main.ts"), code);
  const executable = join(folder, "op");
  await writeFile(executable, `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(code)} "$@"\n`);
  await chmod(executable, 0o755);
}
