import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { APPLY_PARTS, AS_USER_PARTS, LAUNCHER_PARTS } from "./script-parts";

// The policies run from a bundle in another folder; policy/launch.cjs changes to the project's root before it loads
// it.
const HERE = join(__dirname, "remote");
const REMOTE = existsSync(HERE) ? HERE : join(process.cwd(), "systems", "host", "remote");

const read = (name: string): string => readFileSync(join(REMOTE, name), "utf8");

export const APPLY_SCRIPT = APPLY_PARTS.map(read).join("\n");

/** The host's `launcher.sh`: one file, so that a set is complete. */
export const LAUNCHER_SCRIPT = LAUNCHER_PARTS.map(read).join("\n");

/** Reads the host and changes nothing. */
export const PROBE_SCRIPT = [
  "common.sh",
  "apply-http.sh",
  "apply-service.sh",
  "restart-rights.sh",
  "set-files.sh",
  "set-served.sh",
  "process-places.sh",
  "config-file.sh",
  "client-ids.sh",
  "containers.sh",
  "probe.sh",
]
  .map(read)
  .join("\n");

/** Runs either of them as another user. */
export const AS_USER_SCRIPT = AS_USER_PARTS.map(read).join("\n");

/** Looks for a zot on an unknown host; reads an existing one. Both change nothing. */
export const LOOK_SCRIPT = ["common.sh", "containers.sh", "process-places.sh", "look-around.sh"]
  .map(read)
  .join("\n");
export const INSTALLATION_SCRIPT = ["common.sh", "client-ids.sh", "read-installation.sh"]
  .map(read)
  .join("\n");
