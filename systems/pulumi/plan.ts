import { z } from "zod";
import { UNKNOWN } from "./values";

/*
 * What `pulumi preview --json` says that the program would do. Secrets in it are blinded by the CLI.
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

/** One resource of the program, and what the next `pulumi up` would do about it. */
export type PlannedStep = z.output<typeof step>;
export type Plan = z.output<typeof digest>;

/** @throws Error where the CLI printed something else */
export function parsePlan(text: string): Plan {
  const parsed = digest.safeParse(jsonOf(text));
  if (!parsed.success) throw new Error("pulumi preview --json answered in an unknown format");
  return parsed.data;
}

/** What a preview failed for, in its own words; empty where it says nothing of the kind. */
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

/** Resources that a provider makes: neither components, nor providers, nor the stack itself. */
export function isManaged({ newState, urn }: PlannedStep): boolean {
  return newState?.custom === true && !typeOf(urn).startsWith("pulumi:");
}

/** What the program gives for a property; undefined where it gives none, or where it is not known yet. */
export function given({ newState }: PlannedStep, property: string): unknown {
  const value = newState?.inputs?.[property];
  return value === UNKNOWN ? undefined : value;
}

/** A text that the program gives; what is not known yet, or no text, is empty. */
export function textOf(planned: PlannedStep, property: string): string {
  const value = given(planned, property);
  return typeof value === "string" ? value : "";
}

/** The resource on whose output a property rests that is not known yet. */
export function dependencyOf({ newState }: PlannedStep, property: string): string | undefined {
  return newState?.propertyDependencies?.[property]?.[0];
}
