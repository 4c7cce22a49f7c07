import type { PlannedStep } from "../../systems/pulumi/plan";
import type { Candidate, Systems } from "./candidates";

/** The id by which other objects refer to the object that a property of the step points at; undefined if it does not exist yet. */
export type ResolveReference = (property: string) => string | number | undefined;

/** An input of the step's provider. */
export type ProviderInput = (input: string) => unknown;

/** The steps of a type that refer to this one. */
export type DependentsOfType = (type: string) => readonly PlannedStep[];

/** Finds the existing object that a resource of one type would create again. */
export interface Lookup {
  /** Its kind and name, for users. */
  what(step: PlannedStep): string;
  /** Its name in the system, by which others could refer to it; left out for objects without a name. */
  named?(step: PlannedStep): string;
  find(
    step: PlannedStep,
    systems: Systems,
    refer: ResolveReference,
    ofProvider: ProviderInput,
    referredBy: DependentsOfType,
  ): Promise<readonly Candidate[]>;
}
