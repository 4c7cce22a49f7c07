import type { FastifyInstance } from "fastify";

declare module "fastify" {
  interface FastifyContextConfig {
    /** It refuses the method that it is for. */
    readonly refuses?: true;
    /** And the real system does not. */
    readonly takenThere?: true;
  }
}

/** What a server answers by routes of its own, as `GET /api/v1/user`; call it before they are added. `npm run conform` has a row for each. */
export function servedRoutes(app: FastifyInstance): readonly string[] {
  const served: string[] = [];
  app.addHook("onRoute", ({ url, method, config }) => {
    if (config?.refuses === true) return;
    // A HEAD is fastify's own, beside each GET.
    for (const each of [method].flat()) if (each !== "HEAD") served.push(`${each} ${url}`);
  });
  return served;
}
