import { isUnwell, SystemError } from "../http/errors";

/**
 * What a failed login carries beside the errors of every request (systems/http/errors.ts). No message holds a password, a body, or the query of a URL: codes, states and
 * cookies travel there.
 */
export abstract class LoginError extends SystemError {
  constructor(where: string | URL, problem: string, hint: string) {
    super({ action: "log in", where, problem, hint });
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
    super(
      address,
      `the login did not finish within ${timeoutMs} ms, and was waiting for an answer`,
      "see whether Authentik's server and worker are healthy and whether the proxy before them is slow",
    );
  }
}

export class WrongCredentials extends LoginError {
  override readonly name = "WrongCredentials";
  constructor(
    address: URL,
    readonly username: string,
  ) {
    super(
      address,
      `Authentik refused the user name or the password of ${username}`,
      "see whether the account is there and active, whether its app-password token has expired, and whether the " +
        "flow's password stage has the backend authentik.core.auth.TokenBackend",
    );
  }
}

/** The flow ran to its end and gave no session to the account that logged in. */
export class NotTheUser extends LoginError {
  override readonly name = "NotTheUser";
  constructor(
    address: URL,
    readonly expected: string,
    /** undefined: nobody is logged in. */
    readonly actual: string | undefined,
  ) {
    super(
      address,
      `the flow let ${expected} pass, and Authentik takes the session for ${actual === undefined ? "nobody's" : `${actual}'s`}`,
      `see whether the flow ends in a user login stage and whether the policy bindings of that stage's binding allow ${expected}`,
    );
  }
}

/** A policy said no: to the flow, or to the application. */
export class AccessDenied extends LoginError {
  override readonly name = "AccessDenied";
  constructor(
    address: URL,
    readonly username: string,
  ) {
    super(
      address,
      `Authentik denied access to ${username}`,
      "see whether the account is disabled (Authentik, Directory, Users; pulumi up --refresh enables CI's again), then the " +
        "policy bindings of the flow, of the binding of its login stage and of the application (Events, Logs names the policy) " +
        "and the account's groups",
    );
  }
}

/** A stage that a program cannot pass: a second factor, a captcha, a page that nobody expected. */
export class UnexpectedStage extends LoginError {
  override readonly name = "UnexpectedStage";
  constructor(
    address: URL,
    readonly component: string,
    hint = "point the login at a flow of its own, with identification, password and user login stages only",
  ) {
    super(address, `the flow asks for ${component}, which no program can answer`, hint);
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
    super(
      address,
      `Authentik refused the registry's authorization request (${reason})`,
      "see the OAuth2 provider: grant types must hold authorization_code (an empty list refuses every login), the " +
        "client id must be that of the registry's credentials file, and the redirect URI must match to the letter",
    );
  }
}

/** The registry would not start the login, or did not believe its outcome. */
export class RegistryRefused extends LoginError {
  override readonly name = "RegistryRefused";
  override readonly transient: boolean;
  constructor(
    address: URL,
    readonly status: number,
    hint: string,
  ) {
    super(address, `the registry answered ${status}`, hint);
    this.transient = isUnwell(status);
  }
}

/** The next address lies on a host that is neither the registry nor Authentik; nothing was sent there. */
export class ForeignRedirect extends LoginError {
  override readonly name = "ForeignRedirect";
  constructor(
    address: URL,
    /** Origin of the address that was not followed. */
    readonly target: string,
  ) {
    super(
      address,
      `a redirect to ${target}, which is neither the registry nor Authentik, was not followed`,
      "compare scheme, host and port with registryUrl and authentikUrl, and with the registry's externalUrl and issuer",
    );
  }
}

/** An answer with a status or a form that Authentik does not send. */
export class UnexpectedAnswer extends LoginError {
  override readonly name = "UnexpectedAnswer";
  override readonly transient: boolean;
  constructor(
    address: URL,
    readonly status: number,
    problem: string,
    hint = "see whether authentikUrl is that of an Authentik server, and its log of this moment",
  ) {
    super(address, `${problem} (status ${status})`, hint);
    this.transient = isUnwell(status);
  }
}
