import { isUnwell, SystemError } from "../http/errors";

/**
 * A failed login, in addition to the errors of every request (systems/http/errors.ts). No message contains a password, a body, or
 * the query of a URL, which may have codes, states and cookies.
 */
export abstract class LoginError extends SystemError {
  /** @param failure where the login failed, what happened, and what to do next */
  constructor(failure: { readonly where: URL; readonly problem: string; readonly hint: string }) {
    super({ action: "log in", ...failure });
  }
}

/** The deadline covers the whole login, not one request. */
export class LoginTimedOut extends LoginError {
  override readonly name = "LoginTimedOut";
  override readonly transient = true;
  constructor(
    address: URL,
    readonly timeoutMs: number,
  ) {
    super({
      where: address,
      problem: `the login did not finish within ${timeoutMs} ms, and was waiting for an answer`,
      hint: "check that Authentik's server and worker are healthy, and that the proxy in front of them is not slow",
    });
  }
}

export class WrongCredentials extends LoginError {
  override readonly name = "WrongCredentials";
  constructor(
    address: URL,
    readonly username: string,
  ) {
    super({
      where: address,
      problem: `Authentik refused the user name or the password of ${username}`,
      hint:
        "check that the account exists and is active, that its app-password token has not expired, and that the " +
        "flow's password stage has the backend authentik.core.auth.TokenBackend",
    });
  }
}

/** The flow completed without a session for the account. */
export class NotTheUser extends LoginError {
  override readonly name = "NotTheUser";
  constructor(
    address: URL,
    readonly expected: string,
    /** undefined: nobody is logged in. */
    readonly actual: string | undefined,
  ) {
    super({
      where: address,
      problem: `the flow let ${expected} pass, but its session belongs to ${actual ?? "nobody"}`,
      hint: `check that the flow ends with a user login stage, and that the policy bindings of that stage's binding allow ${expected}`,
    });
  }
}

/** A policy denied access to the flow or to the application. */
export class AccessDenied extends LoginError {
  override readonly name = "AccessDenied";
  constructor(
    address: URL,
    readonly username: string,
  ) {
    super({
      where: address,
      problem: `Authentik denied access to ${username}`,
      hint:
        "check whether the account is disabled (Authentik, Directory, Users; pulumi up --refresh enables CI's again), then the " +
        "policy bindings of the flow, of the binding of its login stage and of the application (Events, Logs names the policy) " +
        "and the account's groups",
    });
  }
}

/** A stage that a program cannot pass: a second factor, a captcha, an unexpected page. */
export class UnexpectedStage extends LoginError {
  override readonly name = "UnexpectedStage";
  constructor(
    address: URL,
    readonly component: string,
    hint = "use a separate flow for the login, with identification, password and user login stages only",
  ) {
    super({
      where: address,
      problem: `the flow asks for ${component}, which a program cannot answer`,
      hint,
    });
  }
}

/** Authentik sent the browser back to the registry with an OAuth error, or refused the request itself. */
export class AuthorizationRefused extends LoginError {
  override readonly name = "AuthorizationRefused";
  constructor(
    address: URL,
    /** An error code of RFC 6749 section 4.1.2.1, or a status. */
    readonly reason: string,
  ) {
    super({
      where: address,
      problem: `Authentik refused the registry's authorization request (${reason})`,
      hint:
        "check the OAuth2 provider: grant types must contain authorization_code (an empty list refuses every login), the " +
        "client id must be that of the registry's credentials file, and the redirect URI must match exactly",
    });
  }
}

/** The registry did not start the login, or refused its result. */
export class RegistryRefused extends LoginError {
  override readonly name = "RegistryRefused";
  override readonly transient: boolean;
  constructor(
    address: URL,
    readonly status: number,
    hint: string,
  ) {
    super({ where: address, problem: `the registry answered ${status}`, hint });
    this.transient = isUnwell(status);
  }
}

/** A redirect leads to a host that is neither the registry nor Authentik; nothing was sent there. */
export class ForeignRedirect extends LoginError {
  override readonly name = "ForeignRedirect";
  constructor(
    address: URL,
    /** Origin of the address that was not followed. */
    readonly target: string,
  ) {
    super({
      where: address,
      problem: `a redirect to ${target}, which is neither the registry nor Authentik, was not followed`,
      hint: "compare scheme, host and port with registryUrl and authentik.url, and with the registry's externalUrl and issuer",
    });
  }
}

/** An answer with a status or a format that Authentik does not send. */
export class UnexpectedAnswer extends LoginError {
  override readonly name = "UnexpectedAnswer";
  override readonly transient: boolean;
  constructor(
    address: URL,
    readonly status: number,
    problem: string,
    hint = "check that authentik.url is the URL of an Authentik server, and read its log",
  ) {
    super({ where: address, problem: `${problem} (status ${status})`, hint });
    this.transient = isUnwell(status);
  }
}
