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
    /** Path of the htpasswd file; undefined: no such login. */
    htpasswd?: string;
    /** Undefined: no http.auth.openid. */
    providers?: Record<string, Provider>;
    /** Whether passwords are asked of a directory; the stand-in's never answers. */
    ldap: boolean;
    callbackAllowOrigins: string[];
    /** Undefined: a random one at each start. */
    sessionHashKey?: string;
    secureSession: boolean;
    /** Seconds that a refused credential has to wait. */
    failDelay: number;
  };
  /** Undefined: everybody may do everything. */
  accessControl?: AccessControl;
  /** `root` has zot's own files, `images` the repositories, `subPaths` those by the first part of their names. */
  storage: { root: string; images: string; dedupe: boolean; subPaths: ReadonlyMap<string, string> };
  log: { level: string; output: string };
  /** `/v2/_zot/ext/mgmt` is there where the search is on, even in a build without the search. */
  management: boolean;
  /** Path of the metrics; undefined: off. */
  metricsPath?: string;
  /** How long it asks upstreams of its sync that do not answer, and waits for none of them to be over, at each start of its tasks. */
  pollingMs: number;
  /** What the file asks for and the stand-in cannot do, in words. */
  beyondStandIn: string[];
  /** The settings as they are logged: without client secrets. */
  shown: unknown;
}
