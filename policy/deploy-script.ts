import { APPLY_SCRIPT, AS_USER_SCRIPT } from "../systems/host/scripts";
import { splitScript } from "../systems/host/shell";

/**
 * What a deploy's script is told, where it is the one that this project sends, byte for byte: another could bring anything to the
 * host. Undefined where it is not.
 */
export function ownScript(stdin: string): Record<string, string> | undefined {
  const { values, rest } = splitScript(stdin);
  const { ZA_INNER: inner } = values;
  if (inner === undefined) return rest === APPLY_SCRIPT ? values : undefined;
  return rest === AS_USER_SCRIPT ? ownScript(inner) : undefined;
}
