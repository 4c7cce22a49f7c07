import type { Store } from "../store";
import { type Field, type FieldErrors, Invalid, pythonType } from "./fields";

export type Mode = "create" | "replace" | "patch";
export type Errors = Record<string, FieldErrors>;

export interface Parsed {
  readonly clean: Record<string, unknown>;
  readonly errors: Errors;
}

/**
 * Checks a request's body field by field and collects every error, as a serializer of Django REST framework does.
 * Unknown keys are ignored there, and here.
 */
export function parseBody(
  fields: Readonly<Record<string, Field>>,
  body: unknown,
  mode: Mode,
  store: Store,
  self: object | undefined,
): Parsed {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    const problem = `Invalid data. Expected a dictionary, but got ${pythonType(body)}.`;
    return { clean: {}, errors: { non_field_errors: [problem] } };
  }
  const clean: Record<string, unknown> = {};
  const errors: Errors = {};
  for (const [name, field] of Object.entries(fields)) {
    const value: unknown = Reflect.get(body, name);
    if (value === undefined) {
      if (mode === "patch") continue;
      if (field.required) errors[name] = ["This field is required."];
      else if (field.whenMissing) clean[name] = field.whenMissing();
      continue;
    }
    try {
      clean[name] = parseValue(field, value, store, self);
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      errors[name] = error.errors;
    }
  }
  return { clean, errors };
}

function parseValue(field: Field, value: unknown, store: Store, self: object | undefined): unknown {
  if (value === null) {
    if (field.nullable) return null;
    throw new Invalid(["This field may not be null."]);
  }
  // Relational fields take the empty string for null (rest_framework/relations.py, RelatedField.run_validation).
  if (value === "" && field.nullable) return null;
  return field.parse(value, store, self);
}
