import { readAssignments } from "../../systems/host/shell";
import { formatOf, textAt, tryParseConfig } from "../../systems/zot/config/read";
import { type Declared, isList, isMap, isUnknown, textOf, type Value } from "../declared";
import type { Options, Rule } from "../rule";
import { types } from "../types";
import { isLoopback } from "../../systems/http/loopback";

export const redirectUris: Rule = {
  name: "redirect-uris",
  description: "The OIDC client's redirect URIs are strict, https, and of the registry's own host.",
  configSchema: { properties: { allowLoopbackHttp: { type: "boolean", default: false } } },
  check(resource, declared, options) {
    const isProvider = resource.type === types.oidcProvider;
    const hosts = (isProvider ? declared : [resource]).flatMap(registryHosts);
    if (!isProvider && hosts.length === 0) return [];
    const providers = isProvider ? [resource] : declared.filter(({ type }) => type === types.oidcProvider);
    return providers.flatMap((provider) => [
      ...(isProvider ? malformed(provider, options) : []),
      ...foreign(provider, hosts),
    ]);
  },
};

function malformed({ inputs }: Declared, { allowLoopbackHttp }: Options): string[] {
  const entries = inputs["allowedRedirectUris"];
  if (isUnknown(inputs, "allowedRedirectUris")) return [];
  if (!isList(entries) || entries.length === 0) {
    return [
      "there is no redirect URI, so Authentik takes the first one that anybody logs in with; see oidc.redirectUrls",
    ];
  }
  return entries.flatMap((entry) => {
    const url = urlOf(entry);
    if (isMap(entry) && entry["matching_mode"] !== "strict") {
      return [`the redirect URI ${shown(entry)} is matched by pattern: make its matching_mode "strict"`];
    }
    if (!url)
      return [`the redirect URI ${shown(entry)} is not a URL: write https://REGISTRY/zot/auth/callback/oidc`];
    if (url.protocol === "https:" || (allowLoopbackHttp && isLoopbackHttp(url))) return [];
    return [`the redirect URI ${url.href} is not https: the code in it could be read in transit`];
  });
}

function foreign({ inputs }: Declared, hosts: readonly string[]): string[] {
  const entries = inputs["allowedRedirectUris"];
  if (!isList(entries)) return [];
  return entries.flatMap((entry) => {
    const url = urlOf(entry);
    const other = url && hosts.find((host) => host !== url.host);
    if (other === undefined) return [];
    return [
      `the redirect URI ${url?.href ?? ""} is not of the registry's own host ${other}; see oidc.redirectUrls`,
    ];
  });
}

/** The host names that clients use for the registry, from the resource. */
function registryHosts({ type, inputs }: Declared): string[] {
  const urls = [
    type === types.application ? inputs["metaLaunchUrl"] : undefined,
    inputs["registryUrl"],
    ...(type === types.command ? externalUrls(textOf(inputs["stdin"]) ?? "") : []),
  ];
  return urls.flatMap((url) => (typeof url === "string" && URL.canParse(url) ? [new URL(url).host] : []));
}

function externalUrls(stdin: string): (string | undefined)[] {
  const { ZA_CONFIG = "", ZA_FALLBACK = "", ZA_NAME = "" } = readAssignments(stdin);
  return [ZA_CONFIG, ZA_FALLBACK].map((text) =>
    textAt(tryParseConfig(text, formatOf(ZA_NAME)), "http", "externalUrl"),
  );
}

function urlOf(entry: Value): URL | undefined {
  const url = isMap(entry) ? textOf(entry["url"]) : undefined;
  return url !== undefined && URL.canParse(url) ? new URL(url) : undefined;
}

function shown(entry: Value): string {
  return (isMap(entry) ? textOf(entry["url"]) : undefined) ?? "(not a text)";
}

const isLoopbackHttp = (url: URL): boolean => url.protocol === "http:" && isLoopback(url);
