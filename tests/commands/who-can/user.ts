import type { DirectoryUser } from "../../../systems/authentik/directory";

/** A person as Authentik shows one, active and logged in some time ago unless told otherwise. */
export function user(username: string, groups: string[], more: Partial<DirectoryUser> = {}): DirectoryUser {
  return {
    pk: 1,
    username,
    groups,
    isActive: true,
    isSuperuser: false,
    type: "internal",
    lastLogin: "2026-05-01T00:00:00Z",
    ...more,
  };
}
