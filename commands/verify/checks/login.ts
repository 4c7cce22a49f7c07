import { ZOT } from "../../../systems/zot/http";
import { ask } from "./ask";
import { type Finding, worst, wrong } from "./check";

export interface Login {
  readonly registryUrl: string;
  /** Where zot must redirect a login: the issuer's host. */
  readonly issuer: string;
  readonly clientId: string;
  readonly redirectUrls: readonly string[];
}

/** Checks zot's redirect of a login, which shows its externalUrl, its issuer and its client. */
export async function lookAtLogin(login: Login, timeoutMs: number): Promise<Finding> {
  const { status, headers } = await ask(
    ZOT,
    `${login.registryUrl}/zot/auth/login?provider=oidc&callback_ui=%2Fv2%2F`,
    timeoutMs,
  );
  if (status === 404) {
    return wrong(
      "there is no login",
      "zot runs its fallback config, since the issuer did not answer at its start; pulls and CI's pushes work",
      "see whether the issuer answers from the host; zot's launcher then switches back by itself",
    );
  }
  const location = headers.get("location") ?? "";
  if (status !== 302 || !URL.canParse(location)) {
    return wrong(
      `it answers ${status} instead of sending to the issuer`,
      "nobody can log in",
      "check http.auth.openid in zot's config on the host, and zot's log",
    );
  }
  return judgeRedirect(new URL(location), login);
}

/** @param location never shown completely: its query has the login's state. */
export function judgeRedirect(location: URL, { issuer, clientId, redirectUrls }: Login): Finding {
  const redirect = location.searchParams.get("redirect_uri") ?? "none";
  const client = location.searchParams.get("client_id") ?? "none";
  const fix = "`pulumi preview` shows how zot's config on the host differs, `pulumi up` fixes it";
  return worst(
    [
      ...(location.origin === new URL(issuer).origin
        ? []
        : [wrong(`zot sends people to ${location.origin}`, "that is not the issuer of the settings", fix)]),
      ...(redirectUrls.includes(redirect)
        ? []
        : [
            wrong(
              `zot's return URL is ${redirect}`,
              "that is not the registry's address: its externalUrl is wrong, and Authentik refuses the login",
              fix,
            ),
          ]),
      ...(client === clientId
        ? []
        : [
            wrong(`zot logs in as the client ${client}, not ${clientId}`, "Authentik refuses the login", fix),
          ]),
    ],
    `to ${location.origin}, back to ${redirect}`,
  );
}
