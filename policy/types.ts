import { AUTHENTIK, OWN, REMOTE_COMMAND } from "../systems/pulumi/types";

/** Types of the resources that rules speak of. */
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
