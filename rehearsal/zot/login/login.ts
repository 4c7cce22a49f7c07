import { has } from "../version";
import { randomUUID } from "node:crypto";
import { allowBrowsers, end, endJson, endText, type Call } from "../http/call";
import { cookie, LOGIN_SECONDS, SESSION_SECONDS } from "../sessions";
import { safeCallback } from "./callback-ui";
import { identify } from "./identity";
import { IssuerError, type RelyingParty } from "./relying-party";

const CALLBACK = "/zot/auth/callback";

/** `GET /zot/auth/login?provider=&callback_ui=`: to the issuer, with the state in two cookies. */
export function startLogin(call: Call): void {
  const { zot, query, response } = call;
  const party = zot.relyingParties.get(query.get("provider") ?? "");
  if (!party) {
    zot.log.error("failed to authenticate due to unrecognized openid provider");
    end(call, 400);
    return;
  }
  const { callbackAllowOrigins, secureSession } = zot.config.auth;
  const { externalUrl } = zot.config;
  const origins = [...callbackAllowOrigins, ...(externalUrl === "" ? [] : [externalUrl])];
  const state = randomUUID();
  const pending = { state, callback: safeCallback(query.get("callback_ui") ?? "", origins) };
  const verifier = party.usesPkce ? party.newVerifier() : undefined;
  response.appendHeader(
    "Set-Cookie",
    cookie("statecookie", zot.sessions.seal("statecookie", JSON.stringify(pending)), {
      path: CALLBACK,
      maxAge: SESSION_SECONDS,
      secure: secureSession,
    }),
  );
  setShortCookie(call, "state", state);
  if (verifier !== undefined) setShortCookie(call, "pkce", verifier);
  redirect(call, party.authorizationUrl(state, verifier));
}

/** `GET /zot/auth/callback/<provider>?code=&state=`: back from the issuer. */
export async function finishLogin(call: Call): Promise<void> {
  const { zot, query, request, vars } = call;
  const party = zot.relyingParties.get(vars.provider ?? "");
  if (!party) {
    endText(call, 404, "404 page not found");
    return;
  }
  const state = zot.sessions.open(request, "state", LOGIN_SECONDS);
  if (state === undefined) {
    endText(call, 401, "failed to get state: http: named cookie not present");
    return;
  }
  if (state !== (query.get("state") ?? "")) {
    endText(call, 401, "failed to get state: state does not compare");
    return;
  }
  setShortCookie(call, "state", "", -1);
  const problem = query.get("error") ?? "";
  if (problem !== "") {
    endText(call, 500, `${problem}: ${query.get("error_description") ?? ""}`);
    return;
  }
  const verifier = party.usesPkce ? zot.sessions.open(request, "pkce", LOGIN_SECONDS) : undefined;
  try {
    await admit(call, party, state, verifier);
  } catch (error) {
    if (!(error instanceof IssuerError)) throw error;
    endText(call, 401, error.message);
  }
}

async function admit(call: Call, party: RelyingParty, state: string, verifier?: string): Promise<void> {
  const { zot, query, request, response, vars } = call;
  const { provider = "" } = vars;
  const claims = await party.exchange(query.get("code") ?? "", verifier);
  const identity = identify(zot.config.auth.providers?.[provider] ?? party.provider, claims);
  const sealed = zot.sessions.open(request, "statecookie", SESSION_SECONDS);
  const pending =
    sealed === undefined ? undefined : (JSON.parse(sealed) as { state: string; callback: string });
  if (!identity || pending?.state !== state) {
    zot.log.error(
      identity
        ? "failed to get 'state' cookie from request"
        : "failed to set user record for empty username value",
    );
    end(call, 401);
    return;
  }
  const { username, groups } = identity;
  const secure = zot.config.auth.secureSession;
  const session = zot.sessions.start({ user: username, provider });
  response.appendHeader("Set-Cookie", cookie("session", session, { maxAge: SESSION_SECONDS, secure }));
  response.appendHeader(
    "Set-Cookie",
    cookie("user", username, { maxAge: SESSION_SECONDS, secure, httpOnly: false }),
  );
  zot.users.logIn(username, groups);
  call.user = { username, groups };
  zot.log.info("user profile set successfully", { identity: username });
  if (pending.callback === "") end(call, 201);
  else redirect(call, pending.callback);
}

/** `POST /zot/auth/logout`: the cookie goes; from 2.1.17 on the answer says where the issuer can end its session too. */
export function logOut(call: Call): void {
  allowBrowsers(call, "POST,OPTIONS");
  if (call.method === "OPTIONS") {
    end(call, 200);
    return;
  }
  const { zot, request, response } = call;
  const party = zot.relyingParties.get(zot.sessions.load(request)?.provider ?? "");
  response.appendHeader("Set-Cookie", "session=; Path=/; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0");
  if (!has("2.1.17")) {
    end(call, 200);
    return;
  }
  endJson(call, 200, party?.endSessionEndpoint === undefined ? {} : { endSessionUrl: endSessionUrl(party) });
}

function endSessionUrl(party: RelyingParty): string {
  const url = new URL(party.endSessionEndpoint ?? "");
  url.searchParams.set("client_id", party.provider.clientId);
  url.searchParams.set("post_logout_redirect_uri", new URL("/login", party.redirectUri).href);
  return url.href;
}

/** The relying party's own cookies are for https alone; browsers and clients make an exception for loopback. */
function setShortCookie({ zot, response }: Call, name: string, value: string, maxAge = LOGIN_SECONDS): void {
  const sealed = value === "" ? "" : zot.sessions.seal(name, value);
  response.appendHeader("Set-Cookie", cookie(name, sealed, { maxAge, secure: true, sameSite: "Lax" }));
}

function redirect(call: Call, target: string): void {
  call.response.setHeader("Location", target);
  call.response.setHeader("Content-Type", "text/html; charset=utf-8");
  call.response.writeHead(302);
  call.response.end(`<a href="${target.replaceAll("&", "&amp;")}">Found</a>.\n\n`);
}
