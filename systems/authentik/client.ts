import { z } from "zod";
import { pathOf } from "../http/path";
import { type NameProblem, quoted } from "./names";
import type { AuthentikObjects, Row } from "./reader";

/*
 * The OIDC client of a registry: the provider of the application, whatever its name and client id. With a second
 * client, users of the first one would be outside of the settings' control.
 */
const redirect = z.looseObject({ matching_mode: z.string(), url: z.string() });
const provider = z.looseObject({
  pk: z.number(),
  name: z.string(),
  client_id: z.string(),
  authorization_flow: z.string().nullish(),
  invalidation_flow: z.string().nullish(),
  signing_key: z.string().nullish(),
  redirect_uris: z.array(redirect).nullish(),
  property_mappings: z.array(z.string()).nullish(),
  grant_types: z.array(z.string()).nullish(),
  assigned_application_slug: z.string().nullish(),
  assigned_application_name: z.string().nullish(),
});
const application = z.looseObject({
  pk: z.string(),
  slug: z.string(),
  name: z.string(),
  provider: z.number().nullish(),
  meta_launch_url: z.string().nullish(),
});

/** An OIDC provider as Authentik has it. */
export interface FoundProvider {
  readonly pk: number;
  readonly name: string;
  readonly clientId: string;
  /** Ids; undefined: none. */
  readonly authorizationFlow: string | undefined;
  readonly invalidationFlow: string | undefined;
  readonly signingKey: string | undefined;
  readonly redirects: readonly { readonly strict: boolean; readonly url: string }[];
  /** Ids of the scopes' mappings, in Authentik's order. */
  readonly mappings: readonly string[];
  /** undefined: this server does not know grant types. */
  readonly grantTypes: readonly string[] | undefined;
  /** The application that it belongs to. */
  readonly application: { readonly slug: string; readonly name: string } | undefined;
}

export interface FoundApplication {
  readonly slug: string;
  readonly name: string;
  readonly launchUrl: string;
}

/** The client in the settings; an existing client keeps what they leave out. */
export interface WantedClient {
  readonly slug: string;
  readonly clientId?: string | undefined;
  readonly providerName?: string | undefined;
  readonly settings: Readonly<Record<"slug" | "clientId" | "providerName", string>>;
}

export interface FoundClient {
  readonly row: Row | undefined;
  readonly provider: FoundProvider | undefined;
  readonly problems: readonly NameProblem[];
}

/**
 * The application's provider, otherwise one with the client id or the name that a new one would get.
 *
 * @param app the application with the slug of the settings, if it exists
 */
export async function findClient(
  objects: AuthentikObjects,
  app: Row | undefined,
  wanted: WantedClient,
): Promise<FoundClient> {
  const { clientId = wanted.slug, providerName = wanted.slug, settings, slug } = wanted;
  const pk = app && application.parse(app).provider;
  const [own, byClient, byName] = await Promise.all([
    typeof pk === "number" ? objects.one(`providers/oauth2${pathOf(String(pk))}/`) : undefined,
    providersBy(objects, "client_id", clientId),
    providersBy(objects, "name", providerName),
  ]);
  if (typeof pk === "number") {
    if (!own) return { row: undefined, provider: undefined, problems: [otherKind(wanted)] };
    const taken = (["clientId", "providerName"] as const).flatMap((setting) => {
      const others = (setting === "clientId" ? byClient : byName).filter((row) => row["pk"] !== pk);
      return wanted[setting] !== undefined && others.length > 0
        ? [takenBy(settings[setting], foundProvider(others[0] ?? {}))]
        : [];
    });
    return { row: own, provider: foundProvider(own), problems: taken };
  }
  const candidates = [...byClient, ...byName];
  const others = candidates.map(foundProvider).filter((each) => each.application !== undefined);
  const foreign = others.find((each) => each.application?.slug !== slug);
  const [row] = candidates;
  return {
    row,
    provider: row && foundProvider(row),
    problems: foreign ? [ofAnotherApplication(foreign, settings.slug, "it")] : [],
  };
}

/**
 * Providers by which users already log in to this registry, although they belong to no application of the settings:
 * zot's credentials file has their client id, or they redirect to the registry, or their application has its name.
 */
export async function clientsOfRegistry(
  objects: AuthentikObjects,
  known: KnownLogin,
): Promise<FoundProvider[]> {
  const named = await Promise.all(known.clientIds.map((id) => providersBy(objects, "client_id", id)));
  const found = named.flat().map(foundProvider);
  if (found.length > 0) return found;
  const all = (await objects.list("providers/oauth2/", {})).map(foundProvider);
  const leadingBack = all.filter(({ redirects }) => redirects.some(({ url }) => url === known.callbackUrl));
  if (leadingBack.length > 0) return leadingBack;
  const names = known.names.map((name) => name.toLowerCase());
  return all.filter(({ application: its }) => its && names.includes(its.name.toLowerCase()));
}

/** What identifies a registry's login. */
export interface KnownLogin {
  readonly clientIds: readonly string[];
  readonly callbackUrl: string;
  /** Name of its application, existing or new. */
  readonly names: readonly string[];
}

/** @returns what is wrong with settings that would create a second client beside the registry's own */
export function secondClient(
  inUse: readonly FoundProvider[],
  { slug, settings }: Pick<WantedClient, "slug" | "settings">,
): NameProblem | undefined {
  const other = inUse.find((each) => each.application !== undefined && each.application.slug !== slug);
  return other && ofAnotherApplication(other, settings.slug, "the registry's login");
}

async function providersBy(
  objects: AuthentikObjects,
  key: "client_id" | "name",
  value: string,
): Promise<Row[]> {
  return (await objects.list("providers/oauth2/", { [key]: value })).filter((row) => row[key] === value);
}

export function foundProvider(row: Row): FoundProvider {
  const read = provider.parse(row);
  const { assigned_application_slug: slug, assigned_application_name: name } = read;
  return {
    pk: read.pk,
    name: read.name,
    clientId: read.client_id,
    authorizationFlow: read.authorization_flow ?? undefined,
    invalidationFlow: read.invalidation_flow ?? undefined,
    signingKey: read.signing_key ?? undefined,
    redirects: (read.redirect_uris ?? []).map(({ matching_mode, url }) => ({
      strict: matching_mode === "strict",
      url,
    })),
    mappings: read.property_mappings ?? [],
    grantTypes: read.grant_types ?? undefined,
    application: slug ? { slug, name: name ?? slug } : undefined,
  };
}

export function foundApplication(row: Row): FoundApplication {
  const { meta_launch_url: launchUrl, name, slug } = application.parse(row);
  return { slug, name, launchUrl: launchUrl ?? "" };
}

function otherKind({ settings, slug }: WantedClient): NameProblem {
  return {
    setting: settings.slug,
    problem: `the application ${quoted(slug)} has a provider that is not an OAuth2/OpenID provider`,
    fix: "name the registry's own application, or give this one an OAuth2/OpenID provider in Authentik",
  };
}

function takenBy(setting: string, { clientId, name }: FoundProvider): NameProblem {
  return {
    setting,
    problem: `the provider ${quoted(name)} (client id ${quoted(clientId)}) has it already, and is not the application's own`,
    fix: "leave the setting out to keep what the application's provider has, or delete the other provider in Authentik",
  };
}

function ofAnotherApplication(
  { application: owner, clientId, name }: FoundProvider,
  setting: string,
  what: string,
): NameProblem {
  return {
    setting,
    problem: `${what} is the provider ${quoted(name)} (client id ${quoted(clientId)}) of the application ${quoted(owner?.slug ?? "")}; a second provider would be made beside it`,
    fix: `set authentik.slug: ${owner?.slug ?? ""}; for another registry choose a slug that nothing in Authentik has`,
  };
}
