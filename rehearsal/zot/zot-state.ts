import type { ZotConfig } from "./config/types";
import type { Htpasswd } from "./htpasswd";
import type { Logger } from "./log";
import type { RelyingParty } from "./login/relying-party";
import { Counters } from "./counters";
import type { Sessions } from "./sessions";
import type { Layout } from "./store/layout";
import type { Users } from "./users";

/** What one running server holds. */
export class Zot {
  readonly counters = new Counters();

  constructor(
    /** As it was started; see reload() for what changes later. */
    public config: ZotConfig,
    readonly log: Logger,
    readonly layout: Layout,
    readonly users: Users,
    readonly htpasswd: Htpasswd,
    readonly sessions: Sessions,
    /** By provider, from the start on: a reload does not ask an issuer. */
    readonly relyingParties: ReadonlyMap<string, RelyingParty>,
  ) {}

  /** Any kind of login is on. */
  get knowsUsers(): boolean {
    const { apiKey, htpasswd, ldap } = this.config.auth;
    return apiKey || htpasswd !== undefined || ldap;
  }

  /** What zot takes over from a file that was written in place (UpdateReloadableConfig in its pkg/api/config). */
  reload({ accessControl, auth }: ZotConfig): void {
    const { accessControl: _, ...config } = this.config;
    const { providers: __, ...kept } = config.auth;
    this.config = {
      ...config,
      ...(accessControl && { accessControl }),
      auth: {
        ...kept,
        apiKey: auth.apiKey,
        ...(auth.providers && { providers: auth.providers }),
        callbackAllowOrigins: auth.callbackAllowOrigins,
        secureSession: auth.secureSession,
      },
    };
  }
}
