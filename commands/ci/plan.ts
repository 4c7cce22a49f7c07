import { nameOf, parsePlan, type PlannedStep, typeOf } from "../../systems/pulumi/plan";
import { STACK } from "../../systems/pulumi/types";

/** One resource that a deploy would change. */
export interface Change {
  readonly operation: string;
  /** e.g. `zot-access:index:ZotApiKey` */
  readonly type: string;
  readonly name: string;
}

/** Operations that change nothing outside of the state. */
const IDLE = ["same", "refresh", "read", "read-replacement", "read-discard"];

/**
 * The steps of a preview, as `pulumi preview --json --show-sames` prints them.
 *
 * @throws Error if there is none: an unseen change would count as no change
 */
export function stepsIn(text: string): readonly PlannedStep[] {
  const { steps } = parsePlan(text);
  // The stack itself is always one.
  if (steps.length === 0) throw new Error("Pulumi's preview cannot be read: its JSON holds no step");
  return steps;
}

/** The steps with changes. The outputs of a stack change with its content. */
export function changesIn(steps: readonly PlannedStep[]): PlannedStep[] {
  return steps.filter(({ op, urn }) => !IDLE.includes(op) && typeOf(urn) !== STACK);
}

export function asChange({ op, urn }: PlannedStep): Change {
  return { operation: op, type: typeOf(urn), name: nameOf(urn) };
}

/** In a fixed order for summaries: the engine's order differs in each run. */
const ORDER = ["create", "update", "replace", "delete"];
const placeOf = (operation: string) => [...ORDER, operation].indexOf(operation);

/** `1 to create, 2 to update`, or that nothing changes. */
export function summarize(changes: readonly Pick<Change, "operation">[]): string {
  if (changes.length === 0) return "no change";
  const counts = new Map<string, number>();
  for (const { operation } of changes) counts.set(operation, (counts.get(operation) ?? 0) + 1);
  const inOrder = [...counts].sort(([one], [other]) => placeOf(one) - placeOf(other));
  return inOrder.map(([operation, count]) => `${count} to ${operation}`).join(", ");
}
