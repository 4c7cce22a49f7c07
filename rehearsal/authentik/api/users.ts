import type { FastifyInstance } from "fastify";
import type { User } from "../objects";
import { newUid, newUuid, removeWhere, type Store } from "../store";
import { bool, choice, email, field, Invalid, json, required, text } from "./fields";
import { presentPartialGroup } from "./groups";
import type { Kind } from "./kind";
import { oneOf } from "./list";
import { reference, references, unique } from "./references";
import { presentRoles } from "./roles";
import { Refusal } from "./refusal";
import { type Authenticate, findById } from "./rest";

const path = field((value, store, self) => {
  const parsed = text().parse(value, store, self) as string;
  if (parsed.startsWith("/") || parsed.endsWith("/"))
    throw new Invalid(["No leading or trailing slashes allowed."]);
  if (parsed.includes("//")) throw new Invalid(["No empty segments in user path allowed."]);
  return parsed;
});

const types = ["internal", "external", "service_account", "internal_service_account"];

export const users: Kind<User> = {
  path: "core/users",
  app: "authentik_core",
  model: "User",
  table: (store) => store.users,
  id: ({ pk }) => String(pk),
  fields: {
    username: required(unique("users", "username", text({ max: 150 }))),
    name: required(text({ blank: true })),
    is_active: bool(),
    groups: { ...references(reference(["groups"])), whenMissing: () => [] },
    roles: { ...references(reference(["roles"])), whenMissing: () => [] },
    email: email(),
    attributes: json(),
    path,
    type: choice(...types),
  },
  create: newUser,
  validate(_next, sent, _store, self) {
    if (sent.type === "internal_service_account" && !self) {
      return { type: ["Setting a user to internal service account is not allowed."] };
    }
    return undefined;
  },
  assigned(row, _clean, store) {
    if (!row.is_active) store.endSessions(row.pk);
    row.last_updated = new Date().toISOString();
  },
  present: (row, store, query) => ({
    ...presentUser(row, store),
    ...(query.get("include_groups")?.toLowerCase() === "false" && { groups_obj: null }),
  }),
  removed(row, store) {
    removeWhere(store.tokens, (token) => token.user === row.pk);
    removeWhere(store.policyBindings, (binding) => binding.user === row.pk);
  },
  filters: ["username", "email", "name", "is_active", "uuid", "path", "type"],
  multiple: ["type"],
  filterProblem: { type: oneOf(...types) },
  conditions: {
    is_superuser: (row, value, store) => String(store.isSuperuser(row)) === value.toLowerCase(),
    groups_by_pk: ({ groups }, value) => groups.includes(value),
    groups_by_name: ({ groups }, value, store) => groups.some((pk) => store.groups.get(pk)?.name === value),
  },
  search: ["username", "name", "email", "uuid"],
  order: ["username"],
};

export function newUser(store: Store): User {
  const now = new Date().toISOString();
  return {
    pk: store.nextNumber(),
    uuid: newUuid(),
    uid: newUid(),
    username: "",
    name: "",
    is_active: true,
    email: "",
    path: "users",
    type: "internal",
    groups: [],
    roles: [],
    attributes: {},
    date_joined: now,
    last_login: null,
    last_updated: now,
    password_change_date: now,
    password: null,
    mfaCode: null,
    totp: null,
  };
}

export function presentUser(
  { password: _password, mfaCode: _mfaCode, totp: _totp, ...row }: User,
  store: Store,
): object {
  const groups = row.groups.flatMap((pk) => store.groups.get(pk) ?? []);
  return {
    ...row,
    is_superuser: store.isSuperuser(row),
    groups_obj: groups.map(presentPartialGroup),
    roles_obj: presentRoles(row.roles, store),
    avatar: "/static/dist/assets/images/user_default.png",
  };
}

export function serveUserActions(server: FastifyInstance, store: Store, authenticate: Authenticate): void {
  server.get("/api/v3/core/users/me/", (request) => {
    const user = store.users.get(authenticate(request));
    if (!user) throw new Refusal(403, { detail: "Authentication credentials were not provided." });
    const { pk, username, name, is_active, email, uid, type } = user;
    const groups = store.allGroups(user).map((group) => ({ name: group.name, pk: group.pk }));
    return {
      user: {
        ...{ pk, username, name, is_active, email, uid, type, groups },
        is_superuser: store.isSuperuser(user),
        roles: [],
        avatar: "/static/dist/assets/images/user_default.png",
        settings: {},
        system_permissions: [],
      },
    };
  });
  server.post("/api/v3/core/users/:id/set_password/", (request, reply) => {
    authenticate(request, "authentik_core.reset_user_password");
    const user = findById(users, store, request);
    const password: unknown = Reflect.get(Object(request.body), "password");
    if (typeof password !== "string" || password === "") {
      throw new Refusal(400, { password: ["This field is required."] });
    }
    user.password = password;
    user.password_change_date = new Date().toISOString();
    return reply.code(204).send();
  });
}
