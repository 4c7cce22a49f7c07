/*
 * Objects of a real Authentik that are made for a while and removed again: where each kind is served, what its names are, and what stands in
 * an object's address. In the order in which they can be deleted; bindings go with what they are bound to.
 */
export const KINDS = {
  "managed/blueprints/": { name: "name", key: "pk" },
  "core/applications/": { name: "slug", key: "slug" },
  "providers/oauth2/": { name: "name", key: "pk" },
  "core/tokens/": { name: "identifier", key: "identifier" },
  "core/users/": { name: "username", key: "pk" },
  "core/groups/": { name: "name", key: "pk" },
  "rbac/roles/": { name: "name", key: "pk" },
  "flows/instances/": { name: "slug", key: "slug" },
  "stages/identification/": { name: "name", key: "pk" },
  "stages/password/": { name: "name", key: "pk" },
  "stages/user_login/": { name: "name", key: "pk" },
} as const;

export type ObjectKind = keyof typeof KINDS;

export interface Named {
  readonly kind: ObjectKind;
  readonly name: string;
}

export function isKind(text: string): text is ObjectKind {
  return text in KINDS;
}

/** For people: `core/groups/admins`. */
export function textOf({ kind, name }: Named): string {
  return kind + name;
}
