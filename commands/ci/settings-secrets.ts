import type { Secret } from "../../config";
import { withoutSecrets } from "../../config/zot-config";
import { plainSecrets } from "../../systems/zot/config/masked";
import type { StackAccess } from "../shared/stack";

/**
 * The plain-text secrets of a stack's settings, including those that no deploy has written to the state.
 *
 * @throws OnePasswordError, FieldError if one of them cannot be read
 */
export async function secretsInSettings(stack: StackAccess): Promise<string[]> {
  const { settings } = stack;
  const read = await Promise.all(secretsIn(settings).map((setting) => stack.secret(setting)));
  // If the whole setting is encrypted, they are in it as they are.
  return [...read, ...plainSecrets(withoutSecrets(settings.zot.config)).map(({ value }) => value)];
}

function secretsIn(value: unknown): Secret[] {
  if (typeof value !== "object" || value === null) return [];
  return isSecret(value) ? [value] : Object.values(value).flatMap(secretsIn);
}

/** Nothing else in the settings has this format (config/fields.ts). */
function isSecret(value: object): value is Secret {
  return "kind" in value && (value.kind === "value" || value.kind === "reference");
}
