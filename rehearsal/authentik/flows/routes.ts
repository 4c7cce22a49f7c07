import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { errorPage, flowPage, homePage, sendPage } from "../pages";
import type { Sessions } from "../sessions";
import type { Store } from "../store";
import { FlowExecutor } from "./executor";

/** The executor, the pages of flows, and the addresses that lead to them. */
export function serveFlows(server: FastifyInstance, store: Store, sessions: Sessions): void {
  const execute = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const { slug } = request.params as { slug: string };
    const flow = store.flowBySlug(slug);
    if (!flow) {
      void reply.removeHeader("allow");
      return sendPage(reply, 404, errorPage("Not Found", ""));
    }
    const session = sessions.of(request);
    // Who is logged in is asked for Django's token by the executor too; the flow goes on with the next answer that has it.
    const forged =
      request.method === "POST" && sessions.userOf(session) !== undefined && sessions.csrfProblem(request);
    if (forged) return reply.send({ component: "ak-stage-flow-error", request_id: request.id });
    const answer = new FlowExecutor(store, sessions, session, flow, {
      method: request.method === "POST" ? "POST" : "GET",
      fullPath: request.url,
      body: request.body ?? {},
    }).run();
    sessions.keep(session, request, reply);
    return "redirect" in answer ? reply.redirect(answer.redirect, 302) : reply.send(answer.challenge);
  };
  server.get("/api/v3/flows/executor/:slug/", execute);
  server.post("/api/v3/flows/executor/:slug/", execute);

  server.get("/if/flow/:slug/", (request, reply) => {
    const { slug } = request.params as { slug: string };
    const flow = store.flowBySlug(slug);
    return flow
      ? sendPage(reply, 200, flowPage(flow.title))
      : sendPage(reply, 404, errorPage("Not Found", ""));
  });
  server.get("/flows/-/default/authentication/", (request, reply) => {
    const { search } = new URL(request.url, "http://localhost");
    const login = store.loginFlow();
    if (!login) return sendPage(reply, 404, errorPage("Not Found", ""));
    return reply.redirect(`/if/flow/${login.slug}/${search}`, 302);
  });
  server.get("/flows/-/cancel/", (request, reply) => {
    const session = sessions.of(request);
    session.plan = undefined;
    return reply.redirect("/flows/-/default/invalidation/", 302);
  });
  server.get("/flows/-/default/invalidation/", (request, reply) => {
    const { search } = new URL(request.url, "http://localhost");
    return reply.redirect(`/if/flow/default-invalidation-flow/${search}`, 302);
  });
  server.get("/", (request, reply) => {
    const user = sessions.userOf(sessions.of(request));
    return reply.redirect(user ? "/if/user/" : "/flows/-/default/authentication/?next=/", 302);
  });
  server.get("/if/user/", (request, reply) =>
    sendPage(reply, 200, homePage(sessions.userOf(sessions.of(request))?.username ?? "nobody")),
  );
}
