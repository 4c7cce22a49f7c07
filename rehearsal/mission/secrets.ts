import { randomBytes } from "node:crypto";

/** The secrets of one rehearsal: fresh each time, so that a test that finds one in a file found a leak. */
export interface RehearsalSecrets {
  readonly authentikToken: string;
  readonly connectToken: string;
  readonly forgejoToken: string;
  readonly argocdToken: string;
  readonly flyToken: string;
  readonly adminPassword: string;
  readonly readerPassword: string;
  /** Of the operator's Pulumi stack. */
  readonly passphrase: string;
}

export function makeSecrets(): RehearsalSecrets {
  const fresh = (kind: string) => `${kind}-${randomBytes(18).toString("hex")}`;
  return {
    authentikToken: process.env["AUTHENTIK_TOKEN"] ?? fresh("authentik"),
    connectToken: fresh("connect"),
    forgejoToken: process.env["FORGEJO_TOKEN"] ?? fresh("forgejo"),
    argocdToken: fresh("argocd"),
    flyToken: fresh("fly"),
    adminPassword: fresh("ada"),
    readerPassword: fresh("ben"),
    passphrase: fresh("passphrase"),
  };
}
