import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { digestOfSources } from "../../sdks/sources.cjs";
import { takeLock } from "./lock.cjs";
import { SetupError, since, type Progress } from "./progress";
import { interruptible, run } from "./run";

/** What sdks/build.js writes last into an SDK's folder. */
const BUILD_MARK = join("bin", "package.json");

/** True if the SDK in the folder was never compiled to its end, or was compiled from other sources. */
export function isStale(folder: string): boolean {
  const file = join(folder, BUILD_MARK);
  if (!existsSync(file)) return true;
  const { sources } = JSON.parse(readFileSync(file, "utf8")) as { readonly sources?: string };
  return sources !== digestOfSources(folder);
}

/** Compiles the generated SDKs, which npm would do by an install script (bootstrap.cjs says why it runs none). */
export async function ensureSdks(root: string, progress: Progress): Promise<void> {
  const folders = readdirSync(join(root, "sdks"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(root, "sdks", entry.name));
  const someStale = () => folders.some(isStale);
  if (!someStale()) return;
  const lock = join(root, ".rehearsal", "setup.lock");
  const release = await takeLock(lock, (owner) => {
    progress.say(`generated SDKs: waiting for the set-up in process ${owner} (its lock: ${lock})`);
  });
  try {
    if (!someStale()) return;
    const began = Date.now();
    progress.say("generated SDKs: compiling");
    const build = () => run(process.execPath, [join(root, "sdks/build.js")]);
    const result = await interruptible(build);
    if (result.code !== 0) {
      const end = result.output.slice(-5).join("\n    ");
      throw new SetupError(
        `sdks/build.js failed:\n    ${end}`,
        "fix what the compiler names, then run node sdks/build.js",
      );
    }
    progress.say(`generated SDKs: compiled in ${since(began)}`);
  } finally {
    release();
  }
}
