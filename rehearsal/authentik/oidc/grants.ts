/** What the client gets to know about a login, wherever it is kept: in a code, an access or a refresh token. */
export interface Grant {
  readonly provider: number;
  readonly user: number;
  readonly scopes: readonly string[];
  readonly nonce: string | undefined;
  /** Seconds since 1970. */
  readonly authTime: number;
  readonly method: string;
  readonly sessionId: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

export interface AuthorizationCode extends Grant {
  readonly challenge: string | undefined;
  readonly challengeMethod: string;
}

/** Codes and tokens that are out, by what the client holds. */
export class Grants {
  readonly codes = new Map<string, AuthorizationCode>();
  readonly accessTokens = new Map<string, Grant>();
  readonly refreshTokens = new Map<string, Grant>();
}
