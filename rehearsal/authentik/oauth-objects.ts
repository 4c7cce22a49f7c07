import type { EngineMode } from "./objects";

/** Rows of what OAuth2 needs, under the names of Authentik's REST API. */

export interface RedirectUri {
  matching_mode: "strict" | "regex";
  url: string;
  redirect_uri_type: "authorization" | "logout";
}

export interface Provider {
  pk: number;
  name: string;
  authentication_flow: string | null;
  authorization_flow: string;
  invalidation_flow: string | null;
  property_mappings: string[];
  client_type: "confidential" | "public";
  grant_types: string[];
  client_id: string;
  client_secret: string;
  access_code_validity: string;
  access_token_validity: string;
  refresh_token_validity: string;
  refresh_token_threshold: string;
  include_claims_in_id_token: boolean;
  signing_key: string | null;
  encryption_key: string | null;
  redirect_uris: RedirectUri[];
  sub_mode: string;
  issuer_mode: "per_provider" | "global";
  jwt_federation_sources: string[];
  jwt_federation_providers: number[];
  logout_method: string;
  logout_uri: string;
}

export interface Application {
  pk: string;
  name: string;
  slug: string;
  provider: number | null;
  backchannel_providers: number[];
  open_in_new_tab: boolean;
  meta_launch_url: string;
  meta_icon: string;
  meta_description: string;
  meta_publisher: string;
  meta_hide: boolean;
  policy_engine_mode: EngineMode;
  group: string;
}

export interface KeyPair {
  pk: string;
  name: string;
  managed: string | null;
  /** PEM, PKCS 8. */
  privateKey: string;
  /** Only the certificate was uploaded. */
  withoutPrivateKey?: boolean;
  kid: string;
  expires: string;
}

export interface ScopeMapping {
  pk: string;
  managed: string;
  name: string;
  scope_name: string;
  description: string;
  expression: string;
}
