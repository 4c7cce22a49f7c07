import { randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";
import fastify, { type FastifyInstance } from "fastify";
import { serveBlueprintActions } from "./api/apply-blueprint";
import { allProviders, allStages, blueprints } from "./api/overviews";
import { policyBindings } from "./api/access";
import { applications } from "./api/applications";
import { authenticator } from "./api/authenticate";
import { keyPairs, scopes, serveKeyActions } from "./api/crypto";
import { flows, flowStageBindings } from "./api/flows";
import { groups } from "./api/groups";
import type { Kind } from "./api/kind";
import { providers } from "./api/providers";
import { Crash, Refusal } from "./api/refusal";
import { serveKind } from "./api/rest";
import { roles, serveRoleActions } from "./api/roles";
import { identificationStages, passwordStages, userLoginStages } from "./api/stages";
import { serveTokenActions, tokens } from "./api/tokens";
import { serveUserActions, users } from "./api/users";
import {
  type Fault,
  injectFaults,
  logRequests,
  type LoggedRequest,
  negotiate,
  parseBodies,
  tellMethods,
} from "./hooks";
import { serveFlows } from "./flows/routes";
import { serveAuthorize } from "./oidc/authorize";
import { serveEndpoints } from "./oidc/endpoints";
import { DEFAULT_RELEASE, FLAVOURS, type Release } from "./flavours";
import { errorPage, sendPage } from "./pages";
import { servedRoutes } from "../service/routes";
import { seed, type Seeds } from "./seed";
import { Sessions } from "./sessions";
import { Store } from "./store";

export type { Fault, LoggedRequest } from "./hooks";
export type { PersonSeed } from "./seed";

export interface AuthentikOptions extends Seeds {
  /** 0, the default: whichever is free. */
  readonly port?: number;
  readonly host?: "127.0.0.1";
  /** Which Authentik it plays; 2026.5 unless told. */
  readonly release?: Release;
  /** Authorization flows show their page even where they ask nothing, as in servers before 2024.12. */
  readonly alwaysShowFlow?: boolean;
}

export interface Authentik {
  /** Without a slash at the end. */
  readonly url: string;
  readonly state: Store;
  /** What was asked and how it was answered; never bodies, never queries. */
  readonly requests: LoggedRequest[];
  readonly routes: readonly string[];
  setFault(fault: Fault): void;
  /** Down: every connection is cut without an answer. */
  setDown(down: boolean): void;
  stop(): Promise<void>;
}

/**
 * A stand-in of an Authentik server, of one of several releases, in this process: the REST API of what this project declares, the flow
 * executor and the OIDC provider, on one store, with the statuses and bodies of the real one.
 *
 * It falls short of it where it has to: no expression policies, no captcha, passkey, source or enrollment stages, no
 * hybrid or implicit grants, and client credentials of users alone; scope mappings and key pairs are seeded, cannot be written, and
 * key pairs have no certificate; there is one tenant, and rights are those of roles to all objects of a kind.
 * `prompt=login` and `max_age` ask nobody again, and discovery names only what is here.
 */
export async function startAuthentik(options: AuthentikOptions): Promise<Authentik> {
  const store = new Store(FLAVOURS[options.release ?? DEFAULT_RELEASE]);
  await seed(store, options);
  const sessions = new Sessions(store);
  const requests: LoggedRequest[] = [];
  const server = fastify({ genReqId: () => randomUUID().replaceAll("-", ""), forceCloseConnections: true });
  const routes = servedRoutes(server);
  const setFault = injectFaults(server);
  logRequests(server, requests);
  tellMethods(server);
  negotiate(server);
  parseBodies(server);
  server.setErrorHandler((error, _request, reply) => {
    if (error instanceof Refusal) return reply.code(error.status).send(error.body);
    // Its page for errors of its own is shown to a GET alone.
    if (error instanceof Crash) {
      void reply.code(405).header("allow", "GET, HEAD, OPTIONS").type("text/html; charset=utf-8");
      return reply.send("");
    }
    throw error;
  });
  // An answer of Django's has a type, one without a text as well.
  server.addHook("onSend", (_request, reply, payload, next) => {
    const bare = reply.statusCode === 302 && !reply.hasHeader("content-type");
    next(null, bare ? (reply.type("text/html; charset=utf-8"), payload) : payload);
  });
  // Whatever has no address is a page, below the API too.
  server.setNotFoundHandler((_request, reply) => sendPage(reply, 404, errorPage("Not Found", "")));
  serveApi(server, store, sessions);
  serveFlows(server, store, sessions);
  serveAuthorize(server, store, sessions, options.alwaysShowFlow ?? false);
  serveEndpoints(server, store, sessions);
  await server.listen({ host: options.host ?? "127.0.0.1", port: options.port ?? 0 });
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `http://${options.host ?? "127.0.0.1"}:${port}`,
    state: store,
    requests,
    routes,
    setFault,
    setDown: (down) => setFault(down ? "cut" : "none"),
    stop: () => server.close(),
  };
}

function serveApi(server: FastifyInstance, store: Store, sessions: Sessions): void {
  const authenticate = authenticator(store, sessions);
  const serve = <Row extends object>(kind: Kind<Row>) => serveKind(server, store, kind, authenticate);
  serve(flows);
  serve(flowStageBindings);
  serve(identificationStages);
  serve(passwordStages);
  serve(userLoginStages);
  serve(policyBindings);
  serve(groups);
  serve(users);
  serve(tokens);
  serve(providers);
  serve(applications);
  serve(keyPairs);
  serve(scopes);
  serve(allStages);
  serve(allProviders);
  serve(blueprints);
  serve(roles);
  serveRoleActions(server, store, authenticate);
  serveUserActions(server, store, authenticate);
  serveTokenActions(server, store, authenticate);
  serveKeyActions(server, store, authenticate);
  serveBlueprintActions(server, store, authenticate);
  // Open to whoever is logged in, with or without rights (authentik/admin/api/version.py).
  server.get("/api/v3/admin/version/", (request) => {
    authenticate(request);
    const { version } = store.flavour;
    return {
      version_current: version,
      version_latest: version,
      version_latest_valid: true,
      build_hash: "",
      outdated: false,
      outpost_outdated: false,
    };
  });
  for (const probe of ["live", "ready"])
    server.get(`/-/health/${probe}/`, (_request, reply) => sendPage(reply, 200, ""));
  // The Terraform provider asks this first; errors must not be reported to anybody.
  server.get("/api/v3/root/config/", () => ({
    error_reporting: {
      enabled: false,
      sentry_dsn: "",
      environment: "",
      send_pii: false,
      traces_sample_rate: 0,
    },
    capabilities: [],
    cache_timeout: 300,
    cache_timeout_flows: 300,
    cache_timeout_policies: 300,
  }));
}
