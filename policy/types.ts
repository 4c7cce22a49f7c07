/** Types of the resources that rules speak of. */
export const types = {
  oidcProvider: "authentik:index/providerOauth2:ProviderOauth2",
  application: "authentik:index/application:Application",
  group: "authentik:index/group:Group",
  user: "authentik:index/user:User",
  remote: /^command:remote:/,
  command: "command:remote:Command",
  apiKey: "zot-access:index:ZotApiKey",
  actionsSecret: "zot-access:index:ActionsSecret",
  accessProof: "zot-access:index:AccessProof",
} as const;
