import type { Flow, User } from "../objects";
import { authorizationResponse } from "../oidc/codes";
import type { Session, Sessions } from "../sessions";
import type { Store } from "../store";
import { challenge, type ExecutorAnswer, pendingUserOf, redirectChallenge } from "./challenges";
import { type FlowPlan, nextStep, planFlow, type Step } from "./plan";
import { runStage, type StageOutcome } from "./stages";

export interface ExecutorRequest {
  readonly method: "GET" | "POST";
  /** Path and query, as they came. */
  readonly fullPath: string;
  readonly body: unknown;
}

/** One request to the flow executor; follows authentik/flows/views/executor.py step by step. */
export class FlowExecutor {
  constructor(
    private readonly store: Store,
    private readonly sessions: Sessions,
    private readonly session: Session,
    private readonly flow: Flow,
    private readonly request: ExecutorRequest,
  ) {}

  run(): ExecutorAnswer {
    const { session } = this;
    if (session.plan && session.plan.flow !== this.flow.pk) session.plan = undefined;
    session.pageQuery = new URLSearchParams(this.query().get("query") ?? "");
    if (!session.plan) {
      const plan = planFlow(this.store, this.flow, this.loggedIn());
      if (!plan) return this.notApplicable();
      session.plan = plan;
    }
    const next = nextStep(this.store, session.plan, this.loggedIn());
    if (!next) return this.done();
    return this.runStep(session.plan, next);
  }

  private runStep(plan: FlowPlan, step: Step): ExecutorAnswer {
    if (step.stage.kind === "fulfillment") return this.fulfil(plan);
    const outcome = runStage({
      store: this.store,
      session: this.session,
      flow: this.flow,
      plan,
      stage: step.stage,
      user: plan.pendingUser ?? this.loggedIn(),
      answer: this.request.method === "POST" ? this.request.body : undefined,
      logIn: (user, lifetimeMs) => this.sessions.logIn(this.session, user, lifetimeMs),
    });
    return this.conclude(plan, step, outcome);
  }

  private conclude(plan: FlowPlan, { binding }: Step, outcome: StageOutcome): ExecutorAnswer {
    const restarts = binding !== undefined && binding.invalid_response_action !== "retry";
    switch (outcome.result) {
      case "ask":
        if (outcome.errors && restarts) return this.restart(binding.invalid_response_action, plan);
        return challenge(this.flow, outcome.body, outcome.errors);
      case "denied":
        if (restarts) return this.restart(binding.invalid_response_action, plan);
        return this.denied("Unknown error");
      case "ok":
        plan.steps.shift();
        return plan.steps.length > 0 ? this.toItself() : this.done();
    }
  }

  /** Over HTTP where the request's query is encoded as Django encodes it, else as a challenge (to_stage_response). */
  private toItself(): ExecutorAnswer {
    const query = this.query().toString();
    const target = `/api/v3/flows/executor/${this.flow.slug}/${query === "" ? "" : `?${query}`}`;
    return target === this.request.fullPath ? { redirect: target } : redirectChallenge(target);
  }

  private restart(action: string, plan: FlowPlan): ExecutorAnswer {
    const fresh = planFlow(this.store, this.flow, this.loggedIn());
    if (!fresh) return this.notApplicable();
    if (action === "restart_with_context" && plan.pendingUser) fresh.pendingUser = plan.pendingUser;
    this.session.plan = fresh;
    return this.toItself();
  }

  private done(): ExecutorAnswer {
    this.session.plan = undefined;
    const next = this.session.pageQuery.get("next") ?? "/";
    return isAbsolute(next) ? this.denied("Invalid next URL") : redirectChallenge(next);
  }

  private notApplicable(): ExecutorAnswer {
    if (this.flow.designation === "authentication" && this.loggedIn()) return this.done();
    const next = this.session.pageQuery.get("next");
    const { denied_action } = this.flow;
    if (denied_action !== "message" && next !== null && !isAbsolute(next)) return redirectChallenge(next);
    if (denied_action === "continue") return redirectChallenge("/");
    return this.denied("Flow does not apply to current user.");
  }

  private denied(error_message: string): ExecutorAnswer {
    const user = pendingUserOf(this.session.plan?.pendingUser ?? this.loggedIn());
    this.session.plan = undefined;
    return challenge(this.flow, { component: "ak-stage-access-denied", ...user, error_message });
  }

  private fulfil(plan: FlowPlan): ExecutorAnswer {
    const { authorization } = plan;
    const user = this.loggedIn();
    if (!authorization || !user) return this.denied("Unknown error");
    this.session.plan = undefined;
    return redirectChallenge(authorizationResponse(this.store, authorization.request, user, this.session));
  }

  private loggedIn(): User | undefined {
    return this.sessions.userOf(this.session);
  }

  private query(): URLSearchParams {
    return new URL(this.request.fullPath, "http://localhost").searchParams;
  }
}

/** authentik/lib/utils/urls.py: what has a host of its own. */
function isAbsolute(url: string): boolean {
  return /^([a-z][a-z0-9+.-]*:)?\/\//i.test(url.trim());
}
