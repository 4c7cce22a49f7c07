import { z } from "zod";
import { pathOf } from "../http/path";
import { type NameProblem, quoted } from "./names";
import type { AuthentikObjects, Row } from "./reader";

/*
 * The OIDC client of a registry, found by what it is: the provider that the application has, whatever it is called and whatever its
 * client id. A second one beside it would leave the first to whoever still logs in by it.
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
  /** Ids; undefined: it has none. */
  readonly authorizationFlow: string | undefined;
  readonly invalidationFlow: string | undefined;
  readonly signingKey: string | undefined;
  readonly redirects: readonly { readonly strict: boolean; readonly url: string }[];
  /** Ids of the scopes' mappings, in its own order. */
  readonly mappings: readonly string[];
  /** undefined: this server knows none. */
  readonly grantTypes: readonly string[] | undefined;
  /** The application that it belongs to. */
  readonly application: { readonly slug: string; readonly name: string } | undefined;
}

export interface FoundApplication {
  readonly slug: string;
  readonly name: string;
  readonly launchUrl: string;
}

/** What the settings say of the client; what they leave out, an existing one keeps. */
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
 * The provider of the application, else one of the client id or the name that a new one would get.
 *
 * @param app the application of the settings' slug, where there is one
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
 * Providers by which people log in to this registry already although the settings name no application that has them: zot's credentials
 * file on the host has their client id, or they lead back to its address, or their application has its name.
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

/** By what a registry's login is known. */
export interface KnownLogin {
  readonly clientIds: readonly string[];
  readonly callbackUrl: string;
  /** What its application is called, or would be. */
  readonly names: readonly string[];
}

/** @returns what is wrong with settings that would make a second client beside one that the registry uses */
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
