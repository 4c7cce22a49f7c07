import type { PlannedStep } from "../../systems/pulumi/plan";
import type { Candidate, Systems } from "./candidates";

/** By what others would refer to the object that a property of the step points at; undefined where there is none yet. */
export type Refer = (property: string) => string | number | undefined;

/** How something that exists is found that a resource of one type would make once more. */
export interface Lookup {
  /** In words, by what people know it. */
  what(step: PlannedStep): string;
  find(step: PlannedStep, systems: Systems, refer: Refer): Promise<readonly Candidate[]>;
}
