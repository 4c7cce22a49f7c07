import type { FastifyInstance } from "fastify";
import type { Role } from "../objects";
import { newUuid, type Store } from "../store";
import { required, text } from "./fields";
import type { Kind } from "./kind";
import { unique } from "./references";
import { type Authenticate, findById } from "./rest";
import { Refusal } from "./refusal";

export const roles: Kind<Role> = {
  path: "rbac/roles",
  app: "authentik_rbac",
  model: "Role",
  table: (store) => store.roles,
  id: ({ pk }) => pk,
  fields: { name: required(unique("roles", "name", text(), "Role with this name already exists.")) },
  create: () => ({ pk: newUuid(), name: "", permissions: [] }),
  present: ({ pk, name }) => ({ pk, name }),
  removed(row, store) {
    for (const holder of [...store.users.values(), ...store.groups.values()])
      holder.roles = holder.roles.filter((pk) => pk !== row.pk);
  },
  filters: ["name"],
  search: ["name"],
  order: ["name"],
};

/** The short form inside of users and groups. */
export function presentRoles(pks: readonly string[], store: Store): object[] {
  return pks.flatMap((each) => store.roles.get(each) ?? []).map(({ pk, name }) => ({ pk, name }));
}

export function serveRoleActions(server: FastifyInstance, store: Store, authenticate: Authenticate): void {
  server.post("/api/v3/rbac/permissions/assigned_by_roles/:id/assign/", (request) => {
    authenticate(request, "authentik_rbac.assign_role_permissions");
    const role = findById(roles, store, request);
    const asked: unknown = Reflect.get(Object(request.body), "permissions");
    if (!Array.isArray(asked)) throw new Refusal(400, { permissions: ["This field is required."] });
    const names = asked.map(String);
    if (names.some((each) => !/^authentik_\w+\.(?:view|add|change|delete)_\w+$/.test(each)))
      throw new Refusal(400, {
        permissions: ["When assigning global permissions, codename must be given as app_label.codename"],
      });
    role.permissions = [...new Set([...role.permissions, ...names])];
    return names.map((each) => ({ id: String(role.permissions.indexOf(each) + 1) }));
  });
}
