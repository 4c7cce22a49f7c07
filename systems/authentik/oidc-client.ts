import type { FoundApplication, FoundProvider } from "./client";

/*
 * Adoption of an existing OIDC client: the program manages the properties that decide who can log in, and leaves
 * everything else as it is.
 */

export interface ClientArgs {
  /** Slug of the application; the OIDC issuer ends in it. */
  readonly slug: string;
  /** Client id and name of the provider; left out, an existing one keeps its own. */
  readonly clientId?: string | undefined;
  readonly providerName?: string | undefined;
  readonly registryUrl: string;
  /** Redirect URIs that zot needs. */
  readonly redirectUrls: readonly string[];
  /** Whether the settings list all of them; otherwise other redirect URIs of the registry stay. */
  readonly areRedirectsSet: boolean;
  readonly launchUrl?: string | undefined;
  /** Ids for the names in the settings; if left out, an existing provider keeps its own. */
  readonly authorizationFlow?: string | undefined;
  readonly invalidationFlow?: string | undefined;
  readonly signingKey?: string | undefined;
  /** Mappings of zot's scopes. */
  readonly scopeMappings: readonly string[];
}

export interface OidcClient {
  readonly name: string;
  readonly clientId: string;
  /** undefined: neither the settings nor the provider has one. */
  readonly authorizationFlow: string | undefined;
  readonly invalidationFlow: string | undefined;
  readonly signingKey: string | undefined;
  readonly redirectUrls: readonly string[];
  readonly mappings: readonly string[];
  readonly grantTypes: readonly string[];
  readonly launchUrl: string;
  /** Properties that stay as they are in Authentik, by their Pulumi names. */
  readonly unmanaged: { readonly provider: readonly string[]; readonly application: readonly string[] };
}

/** Default names for a new provider. Without a key, tokens use HS256, which zot refuses. */
export const CLIENT_DEFAULTS = {
  signingKey: "authentik Self-signed Certificate",
  authorizationFlow: "default-provider-authorization-implicit-consent",
  invalidationFlow: "default-provider-invalidation-flow",
} as const;

/** The grant types that a login to zot needs. */
const GRANT_TYPES = ["authorization_code", "refresh_token"];

export function clientOf(
  args: ClientArgs,
  provider: FoundProvider | undefined,
  application: FoundApplication | undefined,
): OidcClient {
  const redirectUrls = redirectsOf(args, provider);
  const mappings = [
    ...(provider?.mappings ?? []),
    ...args.scopeMappings.filter((id) => !provider?.mappings.includes(id)),
  ];
  const grantTypes = provider?.grantTypes?.includes("authorization_code") ? provider.grantTypes : GRANT_TYPES;
  const launchUrl = launchUrlOf(args, application);
  const stays = (name: string, is: boolean) => (is ? [name] : []);
  return {
    name: args.providerName ?? provider?.name ?? args.slug,
    clientId: args.clientId ?? provider?.clientId ?? args.slug,
    authorizationFlow: args.authorizationFlow ?? provider?.authorizationFlow,
    invalidationFlow: args.invalidationFlow ?? provider?.invalidationFlow,
    signingKey: args.signingKey ?? provider?.signingKey,
    redirectUrls,
    mappings,
    grantTypes,
    launchUrl,
    unmanaged: {
      provider: provider
        ? [
            ...stays("name", args.providerName === undefined),
            ...stays("authorizationFlow", args.authorizationFlow === undefined),
            ...stays("invalidationFlow", args.invalidationFlow === undefined && !!provider.invalidationFlow),
            ...stays("signingKey", args.signingKey === undefined && !!provider.signingKey),
            ...stays(
              "allowedRedirectUris",
              sameMembers(
                redirectUrls,
                provider.redirects.map(({ strict, url }) => (strict ? url : "")),
              ),
            ),
            ...stays("propertyMappings", sameMembers(mappings, provider.mappings)),
            ...stays("grantTypes", grantTypes === provider.grantTypes),
          ]
        : [],
      application: stays("metaLaunchUrl", application !== undefined && launchUrl === application.launchUrl),
    },
  };
}

/** Other addresses of the registry stay; a pattern, or a foreign address, could leak a code and is removed. */
function redirectsOf(
  { areRedirectsSet, redirectUrls, registryUrl }: ClientArgs,
  provider: FoundProvider | undefined,
): string[] {
  if (areRedirectsSet) return [...redirectUrls];
  const own = (provider?.redirects ?? []).filter(
    ({ strict, url }) => strict && url.startsWith(`${registryUrl}/`),
  );
  return [...new Set([...own.map(({ url }) => url), ...redirectUrls])];
}

/** A launch URL of the registry, or none, is the owners' choice; a foreign one is outdated. */
function launchUrlOf(
  { launchUrl, registryUrl }: ClientArgs,
  application: FoundApplication | undefined,
): string {
  if (launchUrl !== undefined) return launchUrl;
  if (!application) return registryUrl;
  const there = application.launchUrl;
  const isOwn = there === "" || (URL.canParse(there) && new URL(there).host === new URL(registryUrl).host);
  return isOwn ? there : registryUrl;
}

function sameMembers(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((each) => right.includes(each));
}
