import { readFileSync } from "node:fs";
import { join } from "node:path";
import { APPLY_PARTS } from "../systems/host/script-parts";

// The pack runs from a bundle in another folder, and launch.cjs goes to the project's root before it loads it.
const REMOTE = join(process.cwd(), "systems", "host", "remote");

let own: string | undefined;

/** Whether a deploy's script is the one that this project sends, byte for byte: another could bring anything to the host. */
export function sameScript(script: string): boolean {
  own ??= APPLY_PARTS.map((name) => readFileSync(join(REMOTE, name), "utf8")).join("\n");
  return script === own;
}
