/** People of the rehearsal. Both log in with a second factor, as the homelab's default flow demands. */
export const ADMIN = { username: "ada", name: "Ada Admin", groups: ["admins"], mfaCode: "246813" } as const;
export const READER = { username: "ben", name: "Ben Reader", groups: ["family"], mfaCode: "135792" } as const;
