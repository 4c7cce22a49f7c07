import type { AccessControl } from "../../../systems/zot/access";

export interface Provider {
  /** For people; may be empty. */
  name: string;
  clientId: string;
  clientSecret: string;
  issuer: string;
  scopes: string[];
  usernameClaim: string;
  groupsClaim: string;
}

export interface ZotConfig {
  address: string;
  port: string;
  /** Files of zot's own certificate and key. */
  tls?: { cert: string; key: string };
  /** Without a slash at its end; empty: made of address and port. */
  externalUrl: string;
  realm: string;
  allowOrigin: string;
  /** Media types of Docker are taken in only where `http.compat` says docker2s2. */
  dockerManifests: boolean;
  auth: {
    apiKey: boolean;
    /** Undefined: no http.auth.openid. */
    providers?: Record<string, Provider>;
    callbackAllowOrigins: string[];
    /** Undefined: a random one at each start. */
    sessionHashKey?: string;
    secureSession: boolean;
    /** Seconds that a refused credential has to wait. */
    failDelay: number;
  };
  /** Undefined: everybody may do everything. */
  accessControl?: AccessControl;
  storage: { root: string; dedupe: boolean };
  log: { level: string; output: string };
  /** `/v2/_zot/ext/mgmt` is there where the search is on, even in a build without the search. */
  management: boolean;
  /** Path of the metrics; undefined: off. */
  metricsPath?: string;
  /** What the file asks for and the stand-in cannot do, in words. */
  beyondStandIn: string[];
  /** The settings as they are logged: without client secrets. */
  shown: unknown;
}
