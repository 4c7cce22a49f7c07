import { stageBindingsOf } from "../api/flows";
import type { Flow, FlowStageBinding, Stage, User } from "../objects";
import type { Application } from "../oauth-objects";
import type { AuthorizationRequest } from "../oidc/request";
import { passesPolicies } from "../policies";
import type { TotpDevice } from "../totp";
import type { Store } from "../store";

/** A stage to be run; those that no binding put there belong to the authorization alone. */
export interface Step {
  readonly stage: Stage | { readonly kind: "fulfillment" };
  readonly binding?: FlowStageBinding;
}

export interface FlowPlan {
  readonly flow: string;
  readonly steps: Step[];
  /** Whom the flow is about: at first whoever is logged in, later who was identified. */
  pendingUser?: User;
  authorization?: { readonly application: Application; readonly request: AuthorizationRequest };
  method?: string;
  /** Of codes by time that are being set up. */
  totpDevice?: TotpDevice | undefined;
}

/** undefined: the flow does not apply to this user. Follows authentik/flows/planner.py. */
export function planFlow(store: Store, flow: Flow, user: User | undefined): FlowPlan | undefined {
  if (!meetsRequirement(store, flow.authentication, user)) return undefined;
  if (!passesPolicies(store, flow.pk, flow.policy_engine_mode, user)) return undefined;
  const steps = stageBindingsOf(store, flow)
    .filter((binding) => !binding.evaluate_on_plan || bindingPasses(store, binding, user))
    .flatMap((binding): Step[] => {
      const stage = store.stages.get(binding.stage);
      return stage ? [{ stage, binding }] : [];
    });
  return { flow: flow.pk, steps };
}

/** The next step, after those were left out that the user of this moment may not reach (authentik/flows/markers.py). */
export function nextStep(store: Store, plan: FlowPlan, loggedIn: User | undefined): Step | undefined {
  for (;;) {
    const step = plan.steps[0];
    if (!step) return undefined;
    const { binding } = step;
    const passes =
      !binding?.re_evaluate_policies || bindingPasses(store, binding, plan.pendingUser ?? loggedIn);
    if (passes) return step;
    plan.steps.shift();
  }
}

function bindingPasses(store: Store, binding: FlowStageBinding, user: User | undefined): boolean {
  return passesPolicies(store, binding.pk, binding.policy_engine_mode, user);
}

function meetsRequirement(store: Store, requirement: string, user: User | undefined): boolean {
  switch (requirement) {
    case "none":
      return true;
    case "require_authenticated":
      return user !== undefined;
    case "require_unauthenticated":
      return user === undefined;
    case "require_superuser":
      return user !== undefined && store.isSuperuser(user);
    default:
      // Redirect, outpost and token: nobody comes here by one of them.
      return false;
  }
}
