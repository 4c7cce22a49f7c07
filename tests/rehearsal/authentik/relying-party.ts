import { type Authentik, startAuthentik } from "../../../rehearsal/authentik";
import type { Page } from "../../../systems/authentik/browser";
import { Api, type Declared, declareRegistry, TOKEN } from "./client";
import { Visitor } from "./visitor";

export const REGISTRY = "https://registry.example.org";
export const CALLBACK = `${REGISTRY}/zot/auth/callback/oidc`;
const ANA = { username: "ana", password: "ana's password", groups: ["admins"], mfaCode: "123456" };

export interface TokenAnswer {
  status: number;
  body: Record<string, string>;
}

/** Authentik's stand-in, a person's browser before it, and the client that the person logs in to. */
export class RelyingParty {
  private constructor(
    readonly authentik: Authentik,
    readonly declared: Declared,
    readonly api: Api,
    readonly visitor: Visitor,
  ) {}

  static async start(): Promise<RelyingParty> {
    const authentik = await startAuthentik({ bootstrapToken: TOKEN, people: [ANA] });
    const declared = await declareRegistry(authentik, REGISTRY);
    return new RelyingParty(authentik, declared, new Api(authentik.url), new Visitor(authentik.url));
  }

  get issuer(): string {
    return `${this.authentik.url}/application/o/zot/`;
  }

  changeProvider(values: object) {
    return this.api.patch(`providers/oauth2/${this.declared.provider}/`, values);
  }

  logIn() {
    return this.visitor.logIn(ANA.username, ANA.password, ANA.mfaCode);
  }

  /** The answer to an authorization request. */
  authorize(changes: Record<string, string> = {}): Promise<Page> {
    const query = new URLSearchParams({
      client_id: "zot",
      redirect_uri: CALLBACK,
      response_type: "code",
      scope: "openid email profile",
      state: "the state",
      nonce: "the nonce",
      ...changes,
    });
    return this.visitor.get(`/application/o/authorize/?${query.toString()}`);
  }

  async codeOf(changes: Record<string, string> = {}): Promise<string> {
    const { location, status } = await this.authorize(changes);
    const code = location?.searchParams.get("code");
    if (code === null || code === undefined) throw new Error(`no code: ${status} ${location?.href ?? ""}`);
    return code;
  }

  async redeem(form: Record<string, string>, secret = this.declared.clientSecret): Promise<TokenAnswer> {
    const response = await fetch(`${this.authentik.url}/application/o/token/`, {
      method: "POST",
      headers: { Authorization: `Basic ${Buffer.from(`zot:${secret}`).toString("base64")}` },
      body: new URLSearchParams({ grant_type: "authorization_code", redirect_uri: CALLBACK, ...form }),
    });
    return { status: response.status, body: (await response.json()) as TokenAnswer["body"] };
  }

  userInfo(token: string): Promise<Response> {
    return fetch(`${this.authentik.url}/application/o/userinfo/`, {
      headers: { Authorization: `Bearer ${token}` },
    });
  }

  stop(): Promise<void> {
    return this.authentik.stop();
  }
}
