import { readFileSync } from "node:fs";
import { join } from "node:path";

const read = (name: string): string => readFileSync(join(__dirname, "remote", name), "utf8");

/** In any order but that apply.sh is the last: the last line of it runs anything. */
export const APPLY_SCRIPT = [
  "common.sh",
  "apply-tools.sh",
  "apply-lock.sh",
  "apply-http.sh",
  "apply-service.sh",
  "apply-sets.sh",
  "apply-trial.sh",
  "apply-before.sh",
  "apply-undo.sh",
  "apply.sh",
]
  .map(read)
  .join("\n");

/** What the host keeps as `launcher.sh`: one file, so that a set can be started whole. */
export const LAUNCHER_SCRIPT = `${read("common.sh")}\n${read("launcher.sh")}`;

/** Reads the host and changes nothing. */
export const PROBE_SCRIPT = ["common.sh", "apply-http.sh", "apply-service.sh", "probe.sh"]
  .map(read)
  .join("\n");
