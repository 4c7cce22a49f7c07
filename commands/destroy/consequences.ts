import type { Pusher, Settings } from "../../config/schema";
import type { Held } from "../../systems/pulumi/state";
import { AUTHENTIK, ITEM, KUBERNETES, OWN, REMOTE_COMMAND } from "../../systems/pulumi/types";

/** Who will be unable to do what once the stack is destroyed; one line each. */
export function consequences(settings: Settings, held: readonly Held[]): string[] {
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
      ? [`workflows find no ${secrets.join(", ")} any more: the Actions secrets are deleted`]
      : []),
    ...clusters.map(({ id }) => `builders in Kubernetes find no ${id} any more`),
    ...(has(ITEM).length > 0
      ? all.map(({ itemTitle }) => `the 1Password item ${itemTitle} is deleted, with every reference to it`)
      : []),
    ...(application
      ? [
          `nobody can log in to ${registryUrl}: the application ${authentik.slug} goes (groups ${[...new Set(groups)].join(", ")}); ` +
            "API keys that people have go on working",
          ...all.flatMap(({ group, name }) => [
            `the group ${group} goes, and with it its members' membership`,
            `the account ${name} goes`,
          ]),
        ]
      : []),
    ...(has(REMOTE_COMMAND).length > 0
      ? [
          host.onDestroy === "restore"
            ? `${registryUrl} gets back the config from before the first deploy: look whether anybody could push then`
            : `${registryUrl} stays as it is: who may pull still may; zot starts with the config without logins`,
        ]
      : []),
  ];
}

function keyLine({ id, adopted, username }: Held, pushers: readonly Pusher[]): string {
  const pusher = pushers.find(({ name }) => name === username);
  return adopted && pusher?.revokeAdopted !== true
    ? `the key ${id} of ${username ?? "a pusher"} was adopted and is not revoked: it lives on until its end, or until somebody revokes it`
    : `${username ?? "a pusher"} can no longer push: its key ${id} is revoked`;
}

/** What keeps the destroy from beginning. */
export function protectedOnes(held: readonly Held[]): string[] {
  return held.filter(({ protect }) => protect).map(({ name }) => name);
}
