import type { Settings } from "../../config/schema";
import type { Held } from "../../systems/pulumi/state";
import { AUTHENTIK, ITEM, KUBERNETES, OWN, REMOTE_COMMAND } from "../../systems/pulumi/types";

/** Who will be unable to do what once the stack is destroyed; one line each. */
export function consequences(settings: Settings, held: readonly Held[]): string[] {
  const has = (type: string) => held.filter((resource) => resource.type === type);
  const { access, authentik, ciCredential, host, registryUrl } = settings;
  const [key] = has(OWN.apiKey);
  const secrets = has(OWN.actionsSecret).map(({ id }) => id);
  const clusters = [...has(KUBERNETES.secret), ...has(KUBERNETES.externalSecret)];
  const application = has(AUTHENTIK.application).length > 0;
  return [
    ...(key ? [keyLine(key, ciCredential)] : []),
    ...(secrets.length > 0
      ? [`workflows find no ${secrets.join(", ")} any more: the Actions secrets are deleted`]
      : []),
    ...clusters.map(({ id }) => `builders in Kubernetes find no ${id} any more`),
    ...(has(ITEM).length > 0
      ? [`the 1Password item ${ciCredential.itemTitle} is deleted, with every reference to it`]
      : []),
    ...(application
      ? [
          `nobody can log in to ${registryUrl}: the application ${authentik.slug} goes (groups ${[...access.admins, access.writers, ...access.readers].join(", ")}); ` +
            "API keys that people have go on working",
          `the group ${access.writers} goes, and with it its members' membership`,
          `the account ${ciCredential.username} goes`,
        ]
      : []),
    ...(has(REMOTE_COMMAND).length > 0
      ? [
          host.onDestroy === "restore"
            ? `${registryUrl} gets back the config from before the first deploy: look whether anybody could push then`
            : `${registryUrl} stays as it is: everybody may pull; zot starts with the config without logins`,
        ]
      : []),
  ];
}

function keyLine({ id, adopted }: Held, { username, revokeAdopted }: Settings["ciCredential"]): string {
  return adopted && !revokeAdopted
    ? `CI's key ${id} was made by people and lives on until its end, or until somebody revokes it`
    : `CI can push no more: the key ${id} of ${username} is revoked`;
}

/** What keeps the destroy from beginning. */
export function protectedOnes(held: readonly Held[]): string[] {
  return held.filter(({ protect }) => protect).map(({ name }) => name);
}
