import { policyBindings } from "./api/access";
import { providers } from "./api/providers";
import type { Group, PolicyBinding, User } from "./objects";
import type { Application, Provider } from "./oauth-objects";
import { newUser } from "./api/users";
import { find, newUuid, type Store } from "./store";

/** What a homelab's blueprint makes, with what people have changed and added since. */
export interface BlueprintObjects {
  readonly provider: Provider;
  readonly application: Application;
  readonly writers: Group;
  readonly ciUser: User;
  /** Somebody who may push too. */
  readonly member: User;
}

const CONTENT = `version: 1
metadata:
  name: zot
entries:
  - model: authentik_core.group
    identifiers: {name: artifact-workloads}
  - model: authentik_core.user
    identifiers: {username: zot-ci}
    attrs: {type: service_account, groups: [!KeyOf writers]}
  - model: authentik_providers_oauth2.oauth2provider
    identifiers: {name: zot}
  - model: authentik_core.application
    identifiers: {slug: zot}
`;

/** Makes the objects as `ak apply_blueprint` does, and the blueprint instance that would write them again. */
export function plantBlueprint(store: Store, registryUrl: string, clientSecret: string): BlueprintObjects {
  const flow = (slug: string) => store.flowBySlug(slug)?.pk ?? "";
  const provider: Provider = {
    ...(providers.create?.(store, 0) as Provider),
    name: "zot",
    client_id: "zot",
    client_secret: clientSecret,
    authorization_flow: flow("default-provider-authorization-implicit-consent"),
    invalidation_flow: flow("default-provider-invalidation-flow"),
    grant_types: ["authorization_code", "refresh_token"],
    property_mappings: [...store.scopes.values()]
      .filter(({ scope_name }) => ["openid", "email", "profile"].includes(scope_name))
      .map(({ pk }) => pk),
    signing_key: [...store.keyPairs.keys()][0] ?? null,
    redirect_uris: [
      {
        matching_mode: "strict",
        url: `${registryUrl}/zot/auth/callback/oidc`,
        redirect_uri_type: "authorization",
      },
    ],
    // Tuned by a person; the program has no opinion on it.
    access_token_validity: "hours=1",
  };
  store.providers.set(provider.pk, provider);
  const application: Application = {
    pk: newUuid(),
    name: "Zot",
    slug: "zot",
    provider: provider.pk,
    backchannel_providers: [],
    open_in_new_tab: true,
    meta_launch_url: registryUrl,
    meta_icon: "",
    meta_description: "Container images",
    meta_publisher: "",
    meta_hide: false,
    policy_engine_mode: "any",
    group: "infrastructure",
  };
  store.applications.set(application.pk, application);
  const writers: Group = {
    pk: newUuid(),
    name: "artifact-workloads",
    is_superuser: false,
    parents: [],
    attributes: { owner: "infrastructure" },
    roles: [],
  };
  store.groups.set(writers.pk, writers);
  const ciUser = user(store, {
    username: "zot-ci",
    name: "Zot CI",
    type: "service_account",
    groups: [writers.pk],
  });
  ciUser.attributes = { "goauthentik.io/user/token-expires": false };
  const member = user(store, { username: "dana", name: "Dana Builder", groups: [writers.pk] });
  const admins = find(store.groups, ({ name }) => name === "admins");
  for (const [order, group] of [admins, writers].entries()) {
    if (!group) continue;
    const binding = {
      ...(policyBindings.create?.(store, 0) as PolicyBinding),
      target: application.pk,
      group: group.pk,
      order: order * 10,
    };
    store.policyBindings.set(binding.pk, binding);
  }
  const pk = newUuid();
  store.blueprints.set(pk, {
    pk,
    name: "zot",
    path: "",
    content: CONTENT,
    context: {},
    last_applied: new Date().toISOString(),
    last_applied_hash: "",
    status: "successful",
    enabled: true,
    managed_models: [],
    metadata: {},
  });
  return { provider, application, writers, ciUser, member };
}

function user(store: Store, more: Partial<User>): User {
  const row = { ...newUser(store), ...more };
  store.users.set(row.pk, row);
  return row;
}
