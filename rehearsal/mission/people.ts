import type { SecondFactor } from "./second-factor";

/** People of the rehearsal, as the stand-in of Authentik is seeded with them. */
export const ADMIN = { username: "ada", name: "Ada Admin", groups: ["admins"], mfaCode: "246813" } as const;
export const READER = { username: "ben", name: "Ben Reader", groups: ["family"], mfaCode: "135792" } as const;

/** Somebody who logs in. Everybody has a second factor, as the homelab's default flow demands. */
export interface Login {
  readonly username: string;
  readonly groups: readonly string[];
  readonly password: string;
  readonly secondFactor: SecondFactor;
}

export interface People {
  readonly admin: Login;
  readonly reader: Login;
}
