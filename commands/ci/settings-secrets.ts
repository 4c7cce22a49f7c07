import type { Secret } from "../../config";
import type { StackAccess } from "../shared/stack";

/**
 * The secrets of a stack's settings in clear, those too that no deploy has brought into the state yet.
 *
 * @throws OnePasswordError, FieldError where one of them cannot be read
 */
export function secretsInSettings(stack: StackAccess): Promise<string[]> {
  return Promise.all(secretsIn(stack.settings).map((setting) => stack.secret(setting)));
}

function secretsIn(value: unknown): Secret[] {
  if (typeof value !== "object" || value === null) return [];
  return isSecret(value) ? [value] : Object.values(value).flatMap(secretsIn);
}

/** Settings hold nothing else of this form (config/fields.ts). */
function isSecret(value: object): value is Secret {
  return "kind" in value && (value.kind === "value" || value.kind === "reference");
}
