import { z } from "zod";
import { UNKNOWN } from "./values";

/*
 * The plan in `pulumi preview --json`. The CLI masks its secrets.
 */
const properties = z.record(z.string(), z.unknown()).nullish();
const state = z.looseObject({
  type: z.string(),
  id: z.string().optional(),
  custom: z.boolean().default(false),
  /** URN and id of the provider. */
  provider: z.string().optional(),
  inputs: properties,
  outputs: properties,
  propertyDependencies: z.record(z.string(), z.array(z.string()).nullable()).nullish(),
});
const step = z.looseObject({
  op: z.string(),
  urn: z.string(),
  oldState: state.optional(),
  newState: state.optional(),
  diffReasons: z.array(z.string()).nullish(),
  replaceReasons: z.array(z.string()).nullish(),
  detailedDiff: z.record(z.string(), z.looseObject({ kind: z.string() })).nullish(),
});
const diagnostic = z.looseObject({
  urn: z.string().optional(),
  message: z.string(),
  severity: z.string(),
});
const digest = z.looseObject({
  steps: z.array(step).default([]),
  diagnostics: z.array(diagnostic).default([]),
});

/** One resource of the program, and the operation of the next `pulumi up`. */
export type PlannedStep = z.output<typeof step>;
export type Plan = z.output<typeof digest>;

/** @throws Error if the CLI printed another format */
export function parsePlan(text: string): Plan {
  const parsed = digest.safeParse(jsonOf(text));
  if (!parsed.success) throw new Error("pulumi preview --json answered in an unknown format");
  return parsed.data;
}

/** Why a preview failed, from its diagnostics; empty without one. */
export function errorsIn(text: string): string {
  const { data } = digest.safeParse(jsonOf(text));
  return (data?.diagnostics ?? [])
    .filter(({ severity }) => severity === "error")
    .map(({ message }) => message.trim())
    .join("\n");
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** Resources of a provider: not components, providers, or the stack itself. */
export function isManaged({ newState, urn }: PlannedStep): boolean {
  return newState?.custom === true && !typeOf(urn).startsWith("pulumi:");
}

/** The program's value of a property; undefined if there is none, or it is unknown. */
export function given({ newState }: PlannedStep, property: string): unknown {
  const value = newState?.inputs?.[property];
  return value === UNKNOWN ? undefined : value;
}

/** The program's text; empty if it is unknown or not a text. */
export function textOf(planned: PlannedStep, property: string): string {
  const value = given(planned, property);
  return typeof value === "string" ? value : "";
}

/** The resource on whose output an unknown property depends. */
export function dependencyOf({ newState }: PlannedStep, property: string): string | undefined {
  return newState?.propertyDependencies?.[property]?.[0];
}
