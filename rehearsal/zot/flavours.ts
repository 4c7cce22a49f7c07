import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RELEASE_VARIABLE, type ZotRelease } from "./version";

const STAND_IN = join(__dirname, "zot");

/** The stand-in's executable for one release: a script in a folder of its own. */
export function zotOf(release: ZotRelease | undefined, folder: string): string {
  if (release === undefined) return STAND_IN;
  const own = join(folder, `zot-${release}`);
  mkdirSync(own, { recursive: true });
  const standIn = STAND_IN.replaceAll("'", "'\\''");
  const script = `#!/bin/sh\n${RELEASE_VARIABLE}=${release} exec '${standIn}' "$@"\n`;
  writeFileSync(join(own, "zot"), script, { mode: 0o755 });
  return join(own, "zot");
}
