import type { PlannedStep } from "../../systems/pulumi/plan";
import type { Candidate, Systems } from "./candidates";

/** By what others would refer to the object that a property of the step points at; undefined where there is none yet. */
export type Refer = (property: string) => string | number | undefined;

/** An input of the provider that makes the step's resource. */
export type OfProvider = (input: string) => unknown;

/** The steps of a type that refer to this one. */
export type ReferredBy = (type: string) => readonly PlannedStep[];

/** How something that exists is found that a resource of one type would make once more. */
export interface Lookup {
  /** In words, by what people know it. */
  what(step: PlannedStep): string;
  /** Its name in the system, by which anything else there could mean it; left out for what has none of its own. */
  named?(step: PlannedStep): string;
  find(
    step: PlannedStep,
    systems: Systems,
    refer: Refer,
    ofProvider: OfProvider,
    referredBy: ReferredBy,
  ): Promise<readonly Candidate[]>;
}
