import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { UNKNOWN } from "../../../systems/pulumi/values";
import type { Change, Difference, Properties } from "../plugin";
import type { ResourceKind } from "./provider";

/**
 * What a resource will be: the inputs, else the provider's defaults, else for computed properties what the state holds,
 * or for a new resource something unknown.
 */
export function plan(kind: ResourceKind, inputs: Properties, state: Properties | undefined): Properties {
  const computed = kind.computed.map((name) => [name, state ? state[name] : UNKNOWN]);
  const planned = { ...(Object.fromEntries(computed) as Properties), ...kind.defaults, ...given(inputs) };
  return kind.fill ? kind.fill(planned, state) : planned;
}

/** Compares a plan with the state by the properties that a program can decide, or that the service fills in. */
export function difference(
  kind: ResourceKind,
  state: Properties,
  planned: Properties,
  inputs: readonly string[],
): Difference {
  const changed = inputs.filter((name) => !equal(kind, name, state[name], planned[name]));
  return {
    changes: Object.fromEntries(changed.map((name) => [name, changeOf(state[name], planned[name])])),
    replaces: changed.filter((name) => kind.replacedOn.includes(name)),
  };
}

function equal(kind: ResourceKind, name: string, before: unknown, after: unknown): boolean {
  if (after === UNKNOWN) return false;
  // Terraform's older SDK does not tell a property that is unset from one with its type's zero value.
  if (isZero(before) && isZero(after)) return true;
  return isDeepStrictEqual(before, after) || kind.same(name, before, after);
}

function changeOf(before: unknown, after: unknown): Change {
  if (before === undefined || before === null) return "add";
  return after === undefined || after === null ? "delete" : "update";
}

export function isZero(value: unknown): boolean {
  if (value === undefined || value === null || value === "" || value === 0 || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === "object" && Object.keys(value).length === 0;
}

export function given(properties: Properties): Properties {
  return Object.fromEntries(
    Object.entries(properties).filter(([, value]) => value !== undefined && value !== null),
  );
}

/** The bridge's automatic name: the logical name with a random suffix, kept once it is in the state. */
export function autoName(logicalName: string, old: unknown, randomSeed: Uint8Array): string {
  if (typeof old === "string" && old !== "") return old;
  const seed = randomSeed.length >= 4 ? Buffer.from(randomSeed) : randomBytes(4);
  return `${logicalName}-${seed.toString("hex").slice(0, 7)}`;
}
