import { APPLY_SCRIPT, AS_USER_SCRIPT } from "../systems/host/scripts";
import { splitScript } from "../systems/host/shell";

/**
 * The settings of a deploy's script, if the script is this project's own, byte for byte: any other script could do
 * anything on the host. Otherwise undefined.
 */
export function ownScript(stdin: string): Record<string, string> | undefined {
  const { values, rest } = splitScript(stdin);
  const { ZA_INNER: inner } = values;
  if (inner === undefined) return rest === APPLY_SCRIPT ? values : undefined;
  return rest === AS_USER_SCRIPT ? ownScript(inner) : undefined;
}
