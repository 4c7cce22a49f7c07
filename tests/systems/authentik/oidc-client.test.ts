import type { FoundApplication, FoundProvider } from "../../../systems/authentik/client";
import { type ClientArgs, clientOf } from "../../../systems/authentik/oidc-client";

/* What of a client that exists stays as its owners chose it, and what is the program's whatever they chose. */
const REGISTRY = "https://registry.example.org";
const CALLBACK = `${REGISTRY}/zot/auth/callback/oidc`;
const args: ClientArgs = {
  slug: "zot",
  registryUrl: REGISTRY,
  redirectUrls: [CALLBACK],
  areRedirectsSet: false,
  scopeMappings: ["openid", "email", "profile"],
};
const provider: FoundProvider = {
  pk: 7,
  name: "Provider for Zot",
  clientId: "kR7v",
  authorizationFlow: "explicit",
  invalidationFlow: "goodbye",
  signingKey: "own key",
  redirects: [{ strict: true, url: CALLBACK }],
  mappings: ["profile", "openid", "email", "roles"],
  grantTypes: ["authorization_code"],
  application: { slug: "zot", name: "Zot" },
};
const application: FoundApplication = { slug: "zot", name: "Zot", launchUrl: `${REGISTRY}/zot/auth/login` };
const of = (
  more: Partial<ClientArgs> = {},
  found: Partial<FoundProvider> = {},
  launchUrl = application.launchUrl,
) => clientOf({ ...args, ...more }, { ...provider, ...found }, { ...application, launchUrl });

test("an existing client keeps its id, name, flows, key, mappings with their order, grants and launch URL", () => {
  const { unmanaged, ...client } = of();
  expect(client).toMatchObject({
    name: "Provider for Zot",
    clientId: "kR7v",
    authorizationFlow: "explicit",
    invalidationFlow: "goodbye",
    signingKey: "own key",
    redirectUrls: [CALLBACK],
    mappings: provider.mappings,
    grantTypes: ["authorization_code"],
    launchUrl: application.launchUrl,
  });
  expect(unmanaged).toEqual({
    provider: [
      ...["name", "authorizationFlow", "invalidationFlow", "signingKey"],
      ...["allowedRedirectUris", "propertyMappings", "grantTypes"],
    ],
    application: ["metaLaunchUrl"],
  });
});

test("settings win over existing values, and are managed from then on", () => {
  const more = {
    providerName: "zot",
    clientId: "zot",
    signingKey: "k",
    authorizationFlow: "a",
    invalidationFlow: "i",
  };
  const { unmanaged, name, ...client } = of({ ...more, launchUrl: "https://start.example.org" });
  expect({ ...client, providerName: name }).toMatchObject({
    ...more,
    launchUrl: "https://start.example.org",
  });
  expect(unmanaged.provider).toEqual(["allowedRedirectUris", "propertyMappings", "grantTypes"]);
  expect(unmanaged.application).toEqual([]);
});

test("a pattern, an address elsewhere, a missing mapping and an empty list of grants do not stay", () => {
  const inside = `${REGISTRY}/other/callback`;
  const redirects = [
    { strict: true, url: inside },
    { strict: false, url: CALLBACK },
    { strict: true, url: "https://registry.example.org.evil.example/cb" },
  ];
  const { grantTypes, unmanaged, mappings, redirectUrls } = of(
    {},
    { redirects, mappings: ["openid"], grantTypes: [], signingKey: undefined },
  );
  expect(redirectUrls).toEqual([inside, CALLBACK]);
  expect(mappings).toEqual(["openid", "email", "profile"]);
  expect(grantTypes).toEqual(["authorization_code", "refresh_token"]);
  expect(unmanaged.provider).toEqual(["name", "authorizationFlow", "invalidationFlow"]);
  expect(
    of({}, { redirects: [...redirects, { strict: true, url: CALLBACK }] }).unmanaged.provider,
  ).not.toContain("allowedRedirectUris");
  expect(of({ areRedirectsSet: true }, { redirects }).redirectUrls).toEqual([CALLBACK]);
});

test("a launch URL of another host is replaced; an empty one stays", () => {
  expect(of({}, {}, "https://old.example.org").launchUrl).toBe(REGISTRY);
  expect(of({}, {}, "").launchUrl).toBe("");
  expect(clientOf(args, undefined, undefined)).toMatchObject({
    name: "zot",
    clientId: "zot",
    launchUrl: REGISTRY,
    unmanaged: { provider: [], application: [] },
  });
});
