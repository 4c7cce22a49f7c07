/*
 * The type tokens of all resources that the program declares. A token is part of every URN: two resources with the
 * same token could not be distinguished, and a renamed one needs an alias.
 */

/** Resources of the program's own provider. */
export const OWN = {
  apiKey: "zot-access:index:ZotApiKey",
  keyHistory: "zot-access:index:KeyHistory",
  retiredKeys: "zot-access:index:RetiredKeys",
  actionsSecret: "zot-access:index:ActionsSecret",
  undeclaredSecrets: "zot-access:index:UndeclaredSecrets",
  accessProof: "zot-access:index:AccessProof",
} as const;

/** The one function of that provider. It does nothing: to be called, the provider must have been started. */
export const START = "zot-access:index:start";

export const COMPONENT = {
  accessVerification: "zot-access:index:AccessVerification",
  actionsSecrets: "zot-access:index:ActionsSecrets",
  ciCredential: "zot-access:index:CiCredential",
  ciLogin: "zot-access:index:CiLogin",
  clusterCredential: "zot-access:index:ClusterCredential",
  clusterCredentials: "zot-access:index:ClusterCredentials",
  keyRetirement: "zot-access:index:KeyRetirement",
  registryIdentity: "zot-access:index:RegistryIdentity",
  zotRegistry: "zot-access:index:ZotRegistry",
} as const;

export const AUTHENTIK = {
  application: "authentik:index/application:Application",
  flow: "authentik:index/flow:Flow",
  flowStageBinding: "authentik:index/flowStageBinding:FlowStageBinding",
  group: "authentik:index/group:Group",
  oidcProvider: "authentik:index/providerOauth2:ProviderOauth2",
  policyBinding: "authentik:index/policyBinding:PolicyBinding",
  stageIdentification: "authentik:index/stageIdentification:StageIdentification",
  stagePassword: "authentik:index/stagePassword:StagePassword",
  stageUserLogin: "authentik:index/stageUserLogin:StageUserLogin",
  token: "authentik:index/token:Token",
  user: "authentik:index/user:User",
} as const;

export const KUBERNETES = {
  provider: "pulumi:providers:kubernetes",
  secret: "kubernetes:core/v1:Secret",
  externalSecret: "kubernetes:external-secrets.io/v1:ExternalSecret",
} as const;

/** An item of 1Password. */
export const ITEM = "onepassword:index/item:Item";
/** The deploy of zot's config to its host. */
export const REMOTE_COMMAND = "command:remote:Command";

export const STACK = "pulumi:pulumi:Stack";

/** The package of a type, such as `zot-access`; a provider's is `pulumi`. */
export function packageOf(type: string): string {
  return type.split(":", 1)[0] ?? "";
}

export function isProvider(type: string): boolean {
  return type.startsWith("pulumi:providers:");
}
