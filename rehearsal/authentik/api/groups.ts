import type { Group, User } from "../objects";
import { newUuid, removeWhere, type Store } from "../store";
import { bool, json, required, text } from "./fields";
import type { Kind, Query } from "./kind";
import { reference, references, unique } from "./references";
import { presentRoles } from "./roles";

export const groups: Kind<Group> = {
  path: "core/groups",
  app: "authentik_core",
  model: "Group",
  table: (store) => store.groups,
  id: ({ pk }) => pk,
  fields: {
    name: required(unique("groups", "name", text(), "Group with this name already exists.")),
    is_superuser: bool(),
    parents: references(reference(["groups"])),
    // A default of the serializer, not of the model: a PUT without it evicts every member.
    users: { ...references(reference(["users"], { numeric: true })), whenMissing: () => [] },
    attributes: json(),
    roles: references(reference(["roles"])),
  },
  create: () => ({ pk: newUuid(), name: "", is_superuser: false, parents: [], attributes: {}, roles: [] }),
  validate(next, _sent, _store, self) {
    if (!self || !next.parents.includes(self.pk)) return undefined;
    return { parents: ["Cannot set group as parent of itself."] };
  },
  assigned(row, { users }, store) {
    if (Array.isArray(users)) setMembers(row, new Set<unknown>(users), store);
  },
  present: presentGroup,
  removed(row, store) {
    setMembers(row, new Set(), store);
    removeWhere(store.policyBindings, (binding) => binding.group === row.pk);
    for (const group of store.groups.values()) group.parents = group.parents.filter((pk) => pk !== row.pk);
  },
  filters: ["name"],
  conditions: { is_superuser: ({ is_superuser }, value) => String(is_superuser) === value.toLowerCase() },
  search: ["name"],
  order: ["name"],
};

/** Membership is one relation with two faces: `users` of the group and `groups` of the user. */
function setMembers(group: Group, members: ReadonlySet<unknown>, store: Store): void {
  for (const user of store.users.values()) {
    const others = user.groups.filter((pk) => pk !== group.pk);
    user.groups = members.has(user.pk) ? [...others, group.pk] : others;
  }
}

export function presentGroup(row: Group, store: Store, query: Query): object {
  const members = [...store.users.values()].filter((user) => user.groups.includes(row.pk));
  const children = [...store.groups.values()].filter((group) => group.parents.includes(row.pk));
  return {
    ...row,
    num_pk: numericKey(row),
    parents_obj: null,
    users: members.map(({ pk }) => pk),
    users_obj: query.get("include_users")?.toLowerCase() === "false" ? null : members.map(presentMember),
    roles_obj: presentRoles(row.roles, store),
    inherited_roles_obj: query.get("include_inherited_roles")?.toLowerCase() === "true" ? [] : null,
    children: children.map(({ pk }) => pk),
    children_obj: null,
  };
}

/** The short form inside of users. */
export function presentPartialGroup({ pk, name, is_superuser, attributes }: Group): object {
  return { pk, num_pk: numericKey({ pk }), name, is_superuser, attributes };
}

/** The short form of a user, inside of groups and bindings. */
export function presentMember(user: User): object {
  const { pk, username, name, is_active, last_login, email, attributes, uid } = user;
  return { pk, username, name, is_active, last_login, email, attributes, uid };
}

function numericKey({ pk }: Pick<Group, "pk">): number {
  return parseInt(pk.slice(0, 7), 16);
}
