import type { Store } from "../store";

/** Messages of one field, in the shapes that Django REST framework gives them. */
export type FieldErrors = string[] | Record<string, unknown> | Record<string, unknown>[];

export class Invalid extends Error {
  constructor(readonly errors: FieldErrors) {
    super("invalid");
  }
}

export interface Field {
  /** Has to be there on create and on PUT. */
  readonly required: boolean;
  readonly nullable: boolean;
  /** Set where it is missing, on PUT too; fields without one keep their value then. */
  readonly whenMissing?: () => unknown;
  /** @throws Invalid */
  parse(value: unknown, store: Store, self: object | undefined): unknown;
}

type Parse = Field["parse"];

export function field(parse: Parse, options: Partial<Field> = {}): Field {
  return { required: false, nullable: false, ...options, parse };
}

export const required = (inner: Field): Field => ({ ...inner, required: true });
export const nullable = (inner: Field): Field => ({ ...inner, nullable: true });

interface TextOptions {
  readonly blank?: boolean;
  readonly max?: number;
  readonly pattern?: RegExp;
  readonly complaint?: string;
}

export function text({
  blank = false,
  max,
  pattern,
  complaint = "Enter a valid value.",
}: TextOptions = {}): Field {
  return field((value) => {
    if (typeof value !== "string" && typeof value !== "number") throw new Invalid(["Not a valid string."]);
    const trimmed = String(value).trim();
    if (trimmed === "" && !blank) throw new Invalid(["This field may not be blank."]);
    if (max !== undefined && trimmed.length > max) {
      throw new Invalid([`Ensure this field has no more than ${max} characters.`]);
    }
    if (trimmed !== "" && pattern && !pattern.test(trimmed)) throw new Invalid([complaint]);
    return trimmed;
  });
}

export const slug = (): Field =>
  text({
    pattern: /^[-\w]+$/,
    complaint: "Enter a valid “slug” consisting of letters, numbers, underscores or hyphens.",
  });

export const email = (): Field =>
  text({
    blank: true,
    max: 254,
    pattern: /^[^\s@]+@[^\s@]+\.[^\s@]+$/,
    complaint: "Enter a valid email address.",
  });

export const url = (): Field =>
  text({ blank: true, pattern: /^https?:\/\/\S+$/, complaint: "Enter a valid URL." });

const TRUE = new Set<unknown>([true, 1, "1", "true", "True", "t", "on", "yes"]);
const FALSE = new Set<unknown>([false, 0, "0", "false", "False", "f", "off", "no"]);

export const bool = (): Field =>
  field((value) => {
    if (TRUE.has(value)) return true;
    if (FALSE.has(value)) return false;
    throw new Invalid(["Must be a valid boolean."]);
  });

export const int = (min = -2147483648, max = 2147483647): Field =>
  field((value) => {
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    if (typeof number !== "number" || !Number.isInteger(number)) {
      throw new Invalid(["A valid integer is required."]);
    }
    if (number < min) throw new Invalid([`Ensure this value is greater than or equal to ${min}.`]);
    if (number > max) throw new Invalid([`Ensure this value is less than or equal to ${max}.`]);
    return number;
  });

export const choice = (...allowed: readonly string[]): Field =>
  field((value) => {
    if (typeof value === "string" && allowed.includes(value)) return value;
    throw new Invalid([`"${display(value)}" is not a valid choice.`]);
  });

export const json = (): Field =>
  field((value) => {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
    throw new Invalid(["Value must be a dictionary, and not have any duplicate keys."]);
  });

/** Errors are keyed by index, as those of an ArrayField; `minimum` 1 refuses the empty list. */
export const list = (item: Field, minimum: 0 | 1 = 0): Field =>
  field((value, store, self) => {
    if (!Array.isArray(value))
      throw new Invalid([`Expected a list of items but got type "${pythonType(value)}".`]);
    if (value.length < minimum) throw new Invalid(["This list may not be empty."]);
    const errors: Record<string, unknown> = {};
    const parsed = value.map((each: unknown, index) => {
      try {
        return item.parse(each, store, self);
      } catch (error) {
        if (!(error instanceof Invalid)) throw error;
        errors[index] = error.errors;
        return undefined;
      }
    });
    if (Object.keys(errors).length > 0) throw new Invalid(errors);
    return parsed;
  });

export function display(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Name of the type as Python's error texts have it. */
export function pythonType(value: unknown): string {
  if (value === null) return "NoneType";
  if (Array.isArray(value)) return "list";
  if (typeof value === "string") return "str";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float";
  return typeof value === "boolean" ? "bool" : "dict";
}
