import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { stageBindingsOf } from "../api/flows";
import { planFlow } from "../flows/plan";
import type { User } from "../objects";
import type { Application, Provider } from "../oauth-objects";
import { deniedPage, errorPage, sendPage } from "../pages";
import { passesPolicies } from "../policies";
import type { Session, Sessions } from "../sessions";
import { newUuid, type Store } from "../store";
import { authorizationResponse } from "./codes";
import {
  type AuthorizationRequest,
  AuthorizeError,
  BadRequestPage,
  readAuthorizationRequest,
} from "./request";

/** Whoever is not logged in is led to the login and comes back (authentik/policies/views.py); a flow that asks nothing leads nowhere. */
export function leadToLogin(
  store: Store,
  provider: Provider | undefined,
  session: Session,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const { searchParams } = new URL(request.url, "http://localhost");
  const page = new URLSearchParams([...searchParams, ["next", request.url]]);
  const login = store.loginFlow(provider);
  if (!login || stageBindingsOf(store, login).length === 0)
    return sendPage(reply, 404, errorPage("Not Found", ""));
  session.plan = planFlow(store, login, undefined);
  return reply.redirect(`/if/flow/${login.slug}/?${page.toString()}`, 302);
}

/**
 * @param alwaysShowFlow sends the browser through the page of the authorization flow even where that asks nothing, as
 *   servers before 2024.12 did; newer ones answer with the code at once
 */
export function serveAuthorize(
  server: FastifyInstance,
  store: Store,
  sessions: Sessions,
  alwaysShowFlow: boolean,
): void {
  server.get("/application/o/authorize/", (request, reply) => {
    const { searchParams } = new URL(request.url, "http://localhost");
    if (searchParams.size === 0) return sendPage(reply, 404, errorPage("Not Found", ""));
    try {
      return authorize(request, reply, searchParams);
    } catch (error) {
      if (error instanceof AuthorizeError) return reply.redirect(error.location, 302);
      if (!(error instanceof BadRequestPage)) throw error;
      return sendPage(reply, 400, errorPage(error.title, error.description));
    }
  });

  function authorize(request: FastifyRequest, reply: FastifyReply, query: URLSearchParams): FastifyReply {
    const asked = readAuthorizationRequest(store, query);
    const session = sessions.of(request);
    const user = sessions.userOf(session);
    if (asked.prompts.includes("none") && !user) {
      throw new AuthorizeError(asked.redirectUri, "login_required", asked.state);
    }
    const application = [...store.applications.values()].find(({ provider }) => provider === asked.provider);
    if (!application) return sendPage(reply, 200, deniedPage("Failed to resolve application"));
    if (!user) return leadToLogin(store, store.providers.get(asked.provider), session, request, reply);
    if (!passesPolicies(store, application.pk, application.policy_engine_mode, user)) {
      return sendPage(reply, 200, deniedPage("Request has been denied."));
    }
    const location = planAuthorization(session, user, application, asked, query);
    if (location === undefined)
      return sendPage(reply, 200, deniedPage("Flow does not apply to current user."));
    sessions.keep(session, request, reply);
    return reply.redirect(location, 302);
  }

  /** Straight to the client where nothing is left to be asked, else to the page of the flow. */
  function planAuthorization(
    session: Session,
    user: User,
    application: Application,
    asked: AuthorizationRequest,
    query: URLSearchParams,
  ): string | undefined {
    const flow = store.flows.get(store.providers.get(asked.provider)?.authorization_flow ?? "");
    const plan = flow && planFlow(store, flow, user);
    if (!flow || !plan) return undefined;
    if (asked.prompts.includes("consent") && !plan.steps.some(({ stage }) => stage.kind === "consent")) {
      const name = "OAuth2 Provider In-memory consent stage";
      plan.steps.push({ stage: { pk: newUuid(), kind: "consent", name, mode: "always_require" } });
    }
    if (plan.steps.length === 0 && !alwaysShowFlow) {
      return authorizationResponse(store, asked, user, session);
    }
    if (asked.prompts.includes("none")) {
      throw new AuthorizeError(asked.redirectUri, "consent_required", asked.state);
    }
    plan.steps.push({ stage: { kind: "fulfillment" } });
    plan.authorization = { application, request: asked };
    session.plan = plan;
    return `/if/flow/${flow.slug}/?${query.toString()}`;
  }
}
