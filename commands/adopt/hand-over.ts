import { isDeepStrictEqual } from "node:util";
import { hasUnknown } from "../../systems/pulumi/values";
import type { Site } from "../../systems/pulumi/cli";
import { exportState, importState } from "../../systems/pulumi/state";
import { type Deployment, type Resource, resourcesOf, withResources } from "../../systems/pulumi/deployment";
import { dependencies, inOrder, type SavedPlan, withoutStrangers } from "../../systems/pulumi/saved-plan";
import { isProvider } from "../../systems/pulumi/types";

/** The stack's state changed while it was looked at. Nothing was taken over. */
export class StateChangedError extends Error {
  override readonly name = "StateChangedError";

  constructor(stack: string) {
    super(`somebody changed the state of ${stack} meanwhile; nothing was taken over: run this again`);
  }
}

/**
 * Puts the completed copy in the place of the stack's state, in one step: whatever stops it before leaves the stack as it was.
 *
 * @param before the state that was copied
 * @throws StateChangedError
 */
export async function handOver(at: Site, before: Deployment, state: Deployment): Promise<void> {
  const now = await exportState(at);
  if (!isDeepStrictEqual(resourcesOf(now), resourcesOf(before))) throw new StateChangedError(at.stack);
  await importState(at, state);
}

/**
 * The state as the next `pulumi up` would leave it where it changes nothing: what a resource rests on, whether it is protected,
 * and what components and the stack give out. An import knows none of that, and a destroy needs it for its order.
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
