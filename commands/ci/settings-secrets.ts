import type { Secret } from "../../config";
import { withoutSecrets } from "../../config/zot-config";
import { plainSecrets } from "../../systems/zot/config/masked";
import type { StackAccess } from "../shared/stack";

/**
 * The secrets of a stack's settings in clear, those too that no deploy has brought into the state yet.
 *
 * @throws OnePasswordError, FieldError where one of them cannot be read
 */
export async function secretsInSettings(stack: StackAccess): Promise<string[]> {
  const { settings } = stack;
  const read = await Promise.all(secretsIn(settings).map((setting) => stack.secret(setting)));
  // Where the whole setting is encrypted, they stand in it as they are.
  return [...read, ...plainSecrets(withoutSecrets(settings.zot.config)).map(({ value }) => value)];
}

function secretsIn(value: unknown): Secret[] {
  if (typeof value !== "object" || value === null) return [];
  return isSecret(value) ? [value] : Object.values(value).flatMap(secretsIn);
}

/** Settings hold nothing else of this form (config/fields.ts). */
function isSecret(value: object): value is Secret {
  return "kind" in value && (value.kind === "value" || value.kind === "reference");
}
