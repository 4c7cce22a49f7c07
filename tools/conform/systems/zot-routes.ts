import { routes } from "../../../rehearsal/zot/http/routes";
import type { Zot } from "../../../rehearsal/zot/zot-state";
import type { Route } from "../system";

/** What the stand-in of zot serves with everything that its config can turn on. */
export const ZOT_ROUTES: readonly Route[] = routes({
  config: { metricsPath: "/metrics", auth: { providers: {}, apiKey: true }, management: true },
  knowsUsers: true,
  relyingParties: new Map([["oidc", undefined]]),
} as unknown as Zot).flatMap(({ methods, pattern }) =>
  (methods === "any" ? ["GET"] : methods).map((method) => ({ method, pattern })),
);
