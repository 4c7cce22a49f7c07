import type { FoundApplication, FoundProvider } from "./client";

/*
 * What becomes of an OIDC client that exists: what decides who gets in is the program's, and everything else stays as its owners chose it.
 */
export interface Chosen {
  readonly slug: string;
  readonly clientId?: string | undefined;
  readonly providerName?: string | undefined;
  readonly registryUrl: string;
  /** Where zot takes the code back. */
  readonly redirectUrls: readonly string[];
  /** Whether the settings say them; else further ones of the registry stay. */
  readonly areRedirectsSet: boolean;
  readonly launchUrl?: string | undefined;
  /** Ids of what the settings name. */
  readonly authorizationFlow?: string | undefined;
  readonly invalidationFlow?: string | undefined;
  readonly signingKey?: string | undefined;
  /** Mappings that zot's scopes need. */
  readonly scopeMappings: readonly string[];
}

export interface Client {
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
  /** Which of them are as they are in Authentik, by the names that they have in Pulumi. */
  readonly kept: { readonly provider: readonly string[]; readonly application: readonly string[] };
}

/** Names of what a new provider gets where the settings choose nothing. Without a key tokens are HS256, which zot refuses. */
export const USUAL = {
  signingKey: "authentik Self-signed Certificate",
  authorizationFlow: "default-provider-authorization-implicit-consent",
  invalidationFlow: "default-provider-invalidation-flow",
} as const;

/** What a login in zot needs: the code, and a refresh. */
const GRANT_TYPES = ["authorization_code", "refresh_token"];

export function clientOf(
  chosen: Chosen,
  provider: FoundProvider | undefined,
  application: FoundApplication | undefined,
): Client {
  const redirectUrls = redirectsOf(chosen, provider);
  const mappings = [
    ...(provider?.mappings ?? []),
    ...chosen.scopeMappings.filter((id) => !provider?.mappings.includes(id)),
  ];
  const grantTypes = provider?.grantTypes?.includes("authorization_code") ? provider.grantTypes : GRANT_TYPES;
  const launchUrl = launchUrlOf(chosen, application);
  const stays = (name: string, is: boolean) => (is ? [name] : []);
  return {
    name: chosen.providerName ?? provider?.name ?? chosen.slug,
    clientId: chosen.clientId ?? provider?.clientId ?? chosen.slug,
    authorizationFlow: chosen.authorizationFlow ?? provider?.authorizationFlow,
    invalidationFlow: chosen.invalidationFlow ?? provider?.invalidationFlow,
    signingKey: chosen.signingKey ?? provider?.signingKey,
    redirectUrls,
    mappings,
    grantTypes,
    launchUrl,
    kept: {
      provider: provider
        ? [
            ...stays("name", chosen.providerName === undefined),
            ...stays("authorizationFlow", chosen.authorizationFlow === undefined),
            ...stays(
              "invalidationFlow",
              chosen.invalidationFlow === undefined && !!provider.invalidationFlow,
            ),
            ...stays("signingKey", chosen.signingKey === undefined && !!provider.signingKey),
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

/** Further addresses of the registry itself stay; a pattern, or an address elsewhere, lets a code out and does not. */
function redirectsOf(
  { areRedirectsSet, redirectUrls, registryUrl }: Chosen,
  provider: FoundProvider | undefined,
): string[] {
  if (areRedirectsSet) return [...redirectUrls];
  const own = (provider?.redirects ?? []).filter(
    ({ strict, url }) => strict && url.startsWith(`${registryUrl}/`),
  );
  return [...new Set([...own.map(({ url }) => url), ...redirectUrls])];
}

/** One that leads to the registry, or none, is its owners' choice; one that leads elsewhere is of before. */
function launchUrlOf({ launchUrl, registryUrl }: Chosen, application: FoundApplication | undefined): string {
  if (launchUrl !== undefined) return launchUrl;
  if (!application) return registryUrl;
  const there = application.launchUrl;
  const isOwn = there === "" || (URL.canParse(there) && new URL(there).host === new URL(registryUrl).host);
  return isOwn ? there : registryUrl;
}

function sameMembers(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((each) => right.includes(each));
}
