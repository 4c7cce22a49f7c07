import { VERSION } from "../version";
import { allowBrowsers, endData, type Call } from "./call";

/** `GET /v2/_zot/ext/mgmt`: what is needed to show a login, to everybody (zot's pkg/extensions/extension_mgmt.go). */
export function showManagement(call: Call): void {
  const { zot, response, method } = call;
  response.setHeader("X-Content-Type-Options", "nosniff");
  allowBrowsers(call, "GET,OPTIONS");
  if (method === "OPTIONS") return;
  const { apiKey, providers } = zot.config.auth;
  const shown = Object.entries(providers ?? {}).map(([key, { name }]) => [key, name === "" ? {} : { name }]);
  const auth = {
    ...(providers && { openid: { providers: Object.fromEntries(shown) as unknown } }),
    ...(apiKey && { apikey: true }),
  };
  const settings = {
    distSpecVersion: "1.1.1",
    commit: VERSION,
    releaseTag: VERSION,
    binaryType: "",
    http: { auth },
  };
  endData(call, 200, "text/plain; charset=utf-8", JSON.stringify(settings));
}
