import type { Pusher, Settings } from "../../config/schema";
import type { ManagedResource } from "../../systems/pulumi/state";
import { AUTHENTIK, ITEM, KUBERNETES, OWN, REMOTE_COMMAND } from "../../systems/pulumi/types";

/** Who can no longer do what once the stack is destroyed; one line each. */
export function consequences(settings: Settings, held: readonly ManagedResource[]): string[] {
  const has = (type: string) => held.filter((resource) => resource.type === type);
  const { access, authentik, host, pushers, registryUrl } = settings;
  const all = Object.values(pushers);
  const secrets = has(OWN.actionsSecret).map(({ id }) => id);
  const clusters = [...has(KUBERNETES.secret), ...has(KUBERNETES.externalSecret)];
  const application = has(AUTHENTIK.application).length > 0;
  const groups = [...access.roles.flatMap((role) => role.groups), ...all.map(({ group }) => group)];
  return [
    ...has(OWN.apiKey).map((key) => keyLine(key, all)),
    ...(secrets.length > 0
      ? [`workflows lose ${secrets.join(", ")}: these Actions secrets are deleted`]
      : []),
    ...clusters.map(({ id }) => `builders in Kubernetes lose ${id}: it is deleted`),
    ...(has(ITEM).length > 0
      ? all.map(({ itemTitle }) => `the 1Password item ${itemTitle} is deleted, with every reference to it`)
      : []),
    ...(application
      ? [
          `nobody can log in to ${registryUrl}: the application ${authentik.slug} is deleted (groups ${[...new Set(groups)].join(", ")}); ` +
            "API keys of users keep working",
          ...all.flatMap(({ group, name }) => [
            `the group ${group} is deleted, and its members leave it`,
            `the account ${name} is deleted`,
          ]),
        ]
      : []),
    ...(has(REMOTE_COMMAND).length > 0
      ? [
          host.onDestroy === "restore"
            ? `${registryUrl} is rolled back to the config from before the first deploy: check who can push with it`
            : `${registryUrl} stays as it is, and pulls keep working; zot starts with the config without logins`,
        ]
      : []),
  ];
}

function keyLine({ id, adopted, username }: ManagedResource, pushers: readonly Pusher[]): string {
  const pusher = pushers.find(({ name }) => name === username);
  return adopted && pusher?.revokeAdopted !== true
    ? `the key ${id} of ${username ?? "a pusher"} was adopted and is not revoked: it works until it expires or somebody revokes it`
    : `${username ?? "a pusher"} can no longer push: its key ${id} is revoked`;
}

/** What blocks the destroy. */
export function protectedOnes(held: readonly ManagedResource[]): string[] {
  return held.filter(({ protect }) => protect).map(({ name }) => name);
}
