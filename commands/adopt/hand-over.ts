import { isDeepStrictEqual } from "node:util";
import { hasUnknown } from "../../systems/pulumi/values";
import type { StackLocation } from "../../systems/pulumi/cli";
import { exportState, importState } from "../../systems/pulumi/state";
import { type Deployment, type Resource, resourcesOf, withResources } from "../../systems/pulumi/deployment";
import { dependencies, inOrder, type SavedPlan, withoutStrangers } from "../../systems/pulumi/saved-plan";
import { isProvider } from "../../systems/pulumi/types";

/** The stack's state changed during the adoption. Nothing was adopted. */
export class StateChangedError extends Error {
  override readonly name = "StateChangedError";

  constructor(stack: string) {
    super(`the state of ${stack} was changed meanwhile; nothing was adopted: run this again`);
  }
}

/**
 * Replaces the stack's state with the completed copy, in one step: if it is stopped before, the stack is unchanged.
 *
 * @param before the state that was copied
 * @throws StateChangedError
 */
export async function handOver(at: StackLocation, before: Deployment, state: Deployment): Promise<void> {
  const now = await exportState(at);
  if (!isDeepStrictEqual(resourcesOf(now), resourcesOf(before))) throw new StateChangedError(at.stack);
  await importState(at, state);
}

/**
 * Adds what the next `pulumi up` without changes would register: dependencies, protection, and the outputs of components and the
 * stack. An import does not add them, and a destroy needs the dependencies for its order.
 *
 * @param order URNs as the program registers them
 */
export function asRegistered(state: Deployment, plan: SavedPlan, order: readonly string[]): Deployment {
  const settled = resourcesOf(state).map((resource): Resource => {
    const planned = plan.get(resource.urn);
    if (!planned || isProvider(resource.type)) return resource;
    const outputs = planned.state;
    return {
      ...resource,
      ...dependencies(planned.goal),
      ...(planned.goal.protect === true && { protect: true }),
      ...(!resource.custom && outputs && !hasUnknown(outputs) && { outputs }),
    };
  });
  return withResources(state, inOrder(withoutStrangers(settled), order));
}
