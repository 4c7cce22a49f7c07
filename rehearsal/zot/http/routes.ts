import { VERSION } from "../version";
import { finishLogin, logOut, startLogin } from "../login/login";
import type { Zot } from "../zot-state";
import { listKeys, mintKey, revokeKey } from "./api-keys";
import { authenticated } from "./authn";
import { authorized, authorizedForMetrics } from "./authz";
import { getBlob, headBlob, removeBlob } from "./blobs";
import { allowBrowsers, endData, type Handler } from "./call";
import { checkVersion, listRepositories, listTags } from "./catalog";
import { showManagement } from "./management";
import { listReferrers, pushManifest, readManifest, removeManifest } from "./manifests";
import { before, chain, inRepository, type Route } from "./router";
import { cancelBlob, finishBlob, patchBlob, startBlob, uploadStatus } from "./uploads";

/** zot's routes in its order (SetupRoutes in its pkg/api/routes.go), for what the config turns on at the start. */
export function routes(zot: Zot): Route[] {
  const { metricsPath, auth } = zot.config;
  return [
    route("any", /^\/(?:livez|readyz|startupz)$/, (call) =>
      endData(call, 200, "text/plain; charset=utf-8", "ok"),
    ),
    ...(auth.providers ? loginRoutes(zot) : []),
    ...(auth.apiKey ? keyRoutes() : []),
    ...(zot.knowsUsers ? [route(["POST", "OPTIONS"], /^\/zot\/auth\/logout$/, logOut)] : []),
    ...distributionRoutes(),
    ...(metricsPath === undefined ? [] : [metricsRoute(metricsPath)]),
    ...(zot.config.management
      ? [route(["GET", "OPTIONS"], /^\/v2\/_zot\/ext\/mgmt/, authenticated(showManagement))]
      : []),
  ];
}

function route(methods: Route["methods"], pattern: RegExp, handler: Handler): Route {
  return { methods, pattern, handler };
}

function loginRoutes({ relyingParties }: Zot): Route[] {
  const providers = [...relyingParties.keys()].join("|");
  return [
    route("any", /^\/zot\/auth\/login$/, startLogin),
    route("any", new RegExp(`^/zot/auth/callback/(?<provider>${providers})$`), finishLogin),
  ];
}

function keyRoutes(): Route[] {
  const pattern = /^\/zot\/auth\/apikey/;
  const wrap = (handler: Handler) =>
    authenticated(
      before(
        (call) => allowBrowsers(call, "GET,POST,DELETE,OPTIONS"),
        (call) => (call.method === "OPTIONS" ? undefined : handler(call)),
      ),
    );
  return [
    route(["POST", "OPTIONS"], pattern, wrap(mintKey)),
    route(["GET"], pattern, wrap(listKeys)),
    route(["DELETE"], pattern, wrap(revokeKey)),
  ];
}

function distributionRoutes(): Route[] {
  const guarded = (methods: string[], rest: string, handler: Handler) =>
    route(methods, inRepository(rest), chain([authenticated, authorized], handler));
  const manifest = "manifests/(?<reference>[^/]+)";
  const blob = "blobs/(?<digest>[^/]+)";
  const upload = "blobs/uploads/(?<session>[^/]+)";
  return [
    guarded(["GET", "OPTIONS"], "tags/list", listTags),
    guarded(["HEAD", "OPTIONS"], manifest, readManifest),
    guarded(["GET"], manifest, readManifest),
    guarded(["PUT"], manifest, pushManifest),
    guarded(["DELETE"], manifest, removeManifest),
    guarded(["HEAD"], blob, headBlob),
    guarded(["GET"], blob, getBlob),
    guarded(["DELETE"], blob, removeBlob),
    guarded(["POST"], "blobs/uploads/", startBlob),
    guarded(["GET"], upload, uploadStatus),
    guarded(["PATCH"], upload, patchBlob),
    guarded(["PUT"], upload, finishBlob),
    guarded(["DELETE"], upload, cancelBlob),
    guarded(["GET", "OPTIONS"], "referrers/(?<digest>[^/]+)", listReferrers),
    route(["GET", "OPTIONS"], /^\/v2\/_catalog$/, authenticated(listRepositories)),
    route(["GET", "OPTIONS"], /^\/v2\/$/, authenticated(checkVersion)),
  ];
}

function metricsRoute(path: string): Route {
  const pattern = new RegExp(`^${path.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`);
  const render: Handler = (call) =>
    endData(
      call,
      200,
      "text/plain; version=0.0.4; charset=utf-8; escaping=underscores",
      call.zot.counters.render(VERSION),
    );
  return route(["GET"], pattern, chain([authenticated, authorizedForMetrics], render));
}
