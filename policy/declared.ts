import { Secret } from "@pulumi/policy";

/** A resource as the program declared it, after its provider's check. */
export interface Declared {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly protect: boolean;
  readonly inputs: Inputs;
}

/** Plain values; a secret is wrapped if the wire marks it, and an unknown value is undefined. */
export type Value = undefined | null | boolean | number | string | Hidden | readonly Value[] | Inputs;
export interface Inputs {
  readonly [name: string]: Value;
}

/** A value that Pulumi encrypts in the state. */
export class Hidden {
  constructor(readonly value: Value) {}
}

// @pulumi/policy's proxy.js has no exported test for them that does not throw.
const UNKNOWNS = new Set([
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/**
 * The real content of a policy's `args.props`. Reading a property unwraps secrets, and throws for unknown values; the
 * property descriptors do neither.
 */
export function bare(value: unknown): Value {
  if (value === null || typeof value === "boolean" || typeof value === "number") return value;
  if (typeof value === "string") return UNKNOWNS.has(value) ? undefined : value;
  if (value instanceof Secret) return new Hidden(bare(descriptors(value)["value"]));
  if (Array.isArray(value)) {
    return Object.entries(descriptors(value))
      .filter(([index]) => index !== "length")
      .map(([, inner]) => bare(inner));
  }
  if (typeof value !== "object") return undefined;
  return Object.fromEntries(Object.entries(descriptors(value)).map(([name, inner]) => [name, bare(inner)]));
}

function descriptors(value: object): Record<string, unknown> {
  const all = Object.getOwnPropertyDescriptors(value);
  return Object.fromEntries(Object.entries(all).map(([name, { value: inner }]) => [name, inner as unknown]));
}

/** The same without the wrapping, for rules that judge a value whether it is secret or not. */
export function revealed(value: Value): Value {
  if (value instanceof Hidden) return revealed(value.value);
  if (isList(value)) return value.map(revealed);
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, revealed(inner)]));
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

export function isMap(value: Value): value is Inputs {
  return typeof value === "object" && value !== null && !isList(value) && !(value instanceof Hidden);
}

/** An input that was given and is not known yet; one that was left out is known to be missing. */
export function isUnknown(inputs: Inputs, name: string): boolean {
  return name in inputs && inputs[name] === undefined;
}

export function textOf(value: Value): string | undefined {
  return typeof value === "string" ? value : undefined;
}

export function textsOf(value: Value): string[] {
  return isList(value) ? value.filter((entry) => typeof entry === "string") : [];
}
