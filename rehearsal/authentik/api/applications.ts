import type { Application, Provider } from "../oauth-objects";
import { passesPolicies } from "../policies";
import { newUuid } from "../store";
import { unbind } from "./access";
import { bool, choice, nullable, required, slug, text, url } from "./fields";
import type { Kind } from "./kind";
import { presentProvider } from "./providers";
import { reference, references, unique } from "./references";

const provider = reference(["providers"], { numeric: true });

export const applications: Kind<Application> = {
  path: "core/applications",
  app: "authentik_core",
  model: "Application",
  table: (store) => store.applications,
  id: ({ slug: id }) => id,
  fields: {
    name: required(text()),
    slug: required(unique("applications", "slug", slug(), "Application with this slug already exists.")),
    provider: nullable(
      unique("applications", "provider", provider, "Application with this provider already exists."),
    ),
    backchannel_providers: references(provider),
    open_in_new_tab: bool(),
    meta_launch_url: url(),
    meta_icon: text({ blank: true }),
    meta_description: text({ blank: true }),
    meta_publisher: text({ blank: true }),
    meta_hide: bool(),
    policy_engine_mode: choice("all", "any"),
    group: text({ blank: true }),
  },
  create: () => ({
    pk: newUuid(),
    name: "",
    slug: "",
    provider: null,
    backchannel_providers: [],
    open_in_new_tab: false,
    meta_launch_url: "",
    meta_icon: "",
    meta_description: "",
    meta_publisher: "",
    meta_hide: false,
    policy_engine_mode: "any",
    group: "",
  }),
  validate: (next) =>
    // Paths of the OAuth2 endpoints, which a slug would shadow (Application.reserved_slugs).
    ["authorize", "token", "device", "userinfo", "introspect", "revoke"].includes(next.slug)
      ? { slug: [`The slug '${next.slug}' is reserved and cannot be used for applications.`] }
      : undefined,
  present: (row, store) => {
    const own = row.provider === null ? undefined : store.providers.get(row.provider);
    const backchannel = row.backchannel_providers.flatMap((pk) => store.providers.get(pk) ?? []);
    return {
      ...row,
      // Its key is that of the model that bindings point at.
      pbm_uuid: row.pk,
      provider_obj: own ? presentProvider(own, store) : null,
      backchannel_providers_obj: backchannel.map((each) => presentProvider(each, store)),
      launch_url: row.meta_launch_url || (own ? launchOf(own) : null),
      meta_icon_url: row.meta_icon || null,
      meta_icon_themed_urls: null,
    };
  },
  removed: (row, store) => unbind(store, row.pk),
  filters: ["name", "slug", "meta_launch_url", "meta_description", "meta_publisher", "group"],
  search: ["name", "slug", "meta_launch_url", "meta_description", "meta_publisher", "group"],
  order: ["name"],
  // A list shows what the asker may use, a single read shows everything to an admin.
  // Whatever is asked for, somebody without rights is shown those that they may use.
  shown: (row, store, _query, asker) =>
    passesPolicies(store, row.pk, row.policy_engine_mode, store.users.get(asker)),
  listed: (row, store, query, asker) =>
    query.get("superuser_full_list")?.toLowerCase() === "true" ||
    passesPolicies(store, row.pk, row.policy_engine_mode, store.users.get(asker)),
};

/** The first address that a login leads back to, without its path (OAuth2Provider.launch_url). */
function launchOf({ redirect_uris }: Provider): string | null {
  const first = redirect_uris.find(({ redirect_uri_type }) => redirect_uri_type === "authorization");
  return first?.url.replace(/^([^:/?#]+:\/\/[^/?#]*)[^?#]*/, "$1") ?? null;
}
