import { AUTHENTIK, OWN, REMOTE_COMMAND } from "../systems/pulumi/types";

/** Resource types that the rules handle. */
export const types = {
  oidcProvider: AUTHENTIK.oidcProvider,
  application: AUTHENTIK.application,
  group: AUTHENTIK.group,
  user: AUTHENTIK.user,
  remote: /^command:remote:/,
  command: REMOTE_COMMAND,
  apiKey: OWN.apiKey,
  actionsSecret: OWN.actionsSecret,
  accessProof: OWN.accessProof,
} as const;
