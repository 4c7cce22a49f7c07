import type { Provider, RedirectUri } from "../oauth-objects";
import { generateId, type Store } from "../store";
import {
  bool,
  choice,
  field,
  type Field,
  Invalid,
  list,
  nullable,
  pythonType,
  required,
  text,
  url,
} from "./fields";
import type { Kind } from "./kind";
import { nothing, reference, references, unique } from "./references";
import { duration } from "./stages";

const GRANT_TYPES = [
  "authorization_code",
  "implicit",
  "hybrid",
  "refresh_token",
  "client_credentials",
  "password",
  "urn:ietf:params:oauth:grant-type:device_code",
];
const SUB_MODES = ["hashed_user_id", "user_id", "user_uuid", "user_username", "user_email", "user_upn"];

const uriFields: Readonly<Record<keyof RedirectUri, Field>> = {
  matching_mode: required(choice("strict", "regex")),
  url: required(text()),
  redirect_uri_type: choice("authorization", "logout"),
};

/** A list of serializers: its errors are a list of dictionaries, empty where an entry was fine. */
const redirectUris = field((value, store, self) => {
  if (!Array.isArray(value))
    throw new Invalid([`Expected a list of items but got type "${pythonType(value)}".`]);
  const errors: Record<string, unknown>[] = [];
  const uris = value.map((entry: unknown): object => {
    const problems: Record<string, unknown> = {};
    errors.push(problems);
    if (typeof entry !== "object" || entry === null) {
      problems.non_field_errors = [`Invalid data. Expected a dictionary, but got ${pythonType(entry)}.`];
      return {};
    }
    const uri: Record<string, unknown> = { redirect_uri_type: "authorization" };
    for (const [name, part] of Object.entries(uriFields)) {
      const given: unknown = Reflect.get(entry, name);
      if (given === undefined && part.required) problems[name] = ["This field is required."];
      if (given === undefined) continue;
      try {
        uri[name] = part.parse(given, store, self);
      } catch (error) {
        if (!(error instanceof Invalid)) throw error;
        problems[name] = error.errors;
      }
    }
    return uri;
  });
  if (errors.some((problems) => Object.keys(problems).length > 0)) throw new Invalid(errors);
  for (const { matching_mode, url } of uris as RedirectUri[]) {
    if (matching_mode === "regex" && !isPattern(url)) throw new Invalid([`Invalid Regex Pattern: ${url}`]);
  }
  return uris;
});

function isPattern(pattern: string): boolean {
  try {
    new RegExp(pattern);
    return true;
  } catch {
    return false;
  }
}

const flow = reference(["flows"]);
const keyPair = nullable(reference(["keyPairs"]));

export const providers: Kind<Provider> = {
  path: "providers/oauth2",
  app: "authentik_providers_oauth2",
  model: "OAuth2Provider",
  table: (store) => store.providers,
  id: ({ pk }) => String(pk),
  fields: {
    name: required(unique("providers", "name", text(), "provider with this name already exists.")),
    authentication_flow: nullable(flow),
    authorization_flow: required(flow),
    invalidation_flow: required(flow),
    property_mappings: references(reference(["scopes"])),
    client_type: choice("confidential", "public"),
    grant_types: list(choice(...GRANT_TYPES), 1),
    client_id: unique(
      "providers",
      "client_id",
      text({ max: 255 }),
      "OAuth2/OpenID Provider with this Client ID already exists.",
    ),
    client_secret: text({ blank: true, max: 255 }),
    access_code_validity: duration(),
    access_token_validity: duration(),
    refresh_token_validity: duration(),
    refresh_token_threshold: duration(),
    include_claims_in_id_token: bool(),
    signing_key: keyPair,
    encryption_key: keyPair,
    redirect_uris: required(redirectUris),
    sub_mode: choice(...SUB_MODES),
    issuer_mode: choice("global", "per_provider"),
    jwt_federation_sources: references(nothing()),
    jwt_federation_providers: references(reference(["providers"], { numeric: true })),
    logout_method: choice("backchannel", "frontchannel"),
    logout_uri: url(),
  },
  create: (store) => ({
    pk: store.nextNumber(),
    name: "",
    authentication_flow: null,
    authorization_flow: "",
    invalidation_flow: null,
    property_mappings: [],
    client_type: "confidential",
    // The model's default, and what a provider made without grant types gets: it lets nobody in.
    grant_types: [],
    client_id: generateId(40),
    client_secret: generateId(128),
    access_code_validity: "minutes=1",
    access_token_validity: "hours=1",
    refresh_token_validity: "days=30",
    refresh_token_threshold: "seconds=0",
    include_claims_in_id_token: true,
    signing_key: null,
    encryption_key: null,
    redirect_uris: [],
    sub_mode: "hashed_user_id",
    issuer_mode: "per_provider",
    jwt_federation_sources: [],
    jwt_federation_providers: [],
    logout_method: "backchannel",
    logout_uri: "",
  }),
  present: (row, store) => ({
    ...row,
    ...presentProvider(row, store),
    redirect_uris: row.redirect_uris.map(({ redirect_uri_type, ...uri }) =>
      store.flavour.redirectUriTypes ? { ...uri, redirect_uri_type } : uri,
    ),
  }),
  removed(row, store) {
    for (const application of store.applications.values()) {
      if (application.provider === row.pk) application.provider = null;
      application.backchannel_providers = application.backchannel_providers.filter((pk) => pk !== row.pk);
    }
  },
  filters: [
    "name",
    "authorization_flow",
    "client_type",
    "client_id",
    "signing_key",
    "sub_mode",
    "issuer_mode",
  ],
  search: ["name"],
  order: ["name"],
};

/** The short form, which stands inside of applications. */
export function presentProvider(row: Provider, store: Store): object {
  const { pk, name, authentication_flow, authorization_flow, invalidation_flow, property_mappings } = row;
  const application = store.applicationOf(row);
  return {
    ...{ pk, name, authentication_flow, authorization_flow, invalidation_flow, property_mappings },
    component: "ak-provider-oauth2-form",
    assigned_application_slug: application?.slug ?? null,
    assigned_application_name: application?.name ?? null,
    assigned_backchannel_application_slug: null,
    assigned_backchannel_application_name: null,
    verbose_name: "OAuth2/OpenID Provider",
    verbose_name_plural: "OAuth2/OpenID Providers",
    meta_model_name: "authentik_providers_oauth2.oauth2provider",
  };
}
