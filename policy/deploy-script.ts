import { readFileSync } from "node:fs";
import { join } from "node:path";
import { splitScript } from "../systems/host/shell";
import { APPLY_PARTS, AS_USER_PARTS } from "../systems/host/script-parts";

// The pack runs from a bundle in another folder, and launch.cjs goes to the project's root before it loads it.
const REMOTE = join(process.cwd(), "systems", "host", "remote");

const own = new Map<readonly string[], string>();

function isOwn(script: string, parts: readonly string[]): boolean {
  const text = own.get(parts) ?? parts.map((name) => readFileSync(join(REMOTE, name), "utf8")).join("\n");
  own.set(parts, text);
  return script === text;
}

/**
 * What a deploy's script is told, where it is the one that this project sends, byte for byte: another could bring anything to the
 * host. Undefined where it is not.
 */
export function ownScript(stdin: string): Record<string, string> | undefined {
  const { values, rest } = splitScript(stdin);
  const { ZA_INNER: inner } = values;
  if (inner === undefined) return isOwn(rest, APPLY_PARTS) ? values : undefined;
  return isOwn(rest, AS_USER_PARTS) ? ownScript(inner) : undefined;
}
