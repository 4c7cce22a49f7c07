import { z } from "zod";
import { pathOf } from "../http/path";
import { AuthentikApi, type AuthentikApiOptions } from "./api";

export interface DirectoryUser {
  readonly pk: number;
  readonly username: string;
  readonly isActive: boolean;
  /** Through one of the groups or their parents: a superuser manages Authentik, and so everybody's groups. */
  readonly isSuperuser: boolean;
  /** `internal`, `external`, `service_account` or `internal_service_account`. */
  readonly type: string;
  /** Names of the user's direct groups: the content of the claim `groups`. */
  readonly groups: readonly string[];
  /** RFC 3339; undefined: never. */
  readonly lastLogin: string | undefined;
}

/** The subject of one binding of an application. */
export interface DirectoryBinding {
  readonly who: { readonly group: string } | { readonly user: string } | { readonly policy: string };
  readonly enabled: boolean;
  readonly negate: boolean;
}

/** People and groups in Authentik, and who may use one application. */
export interface Directory {
  readonly users: readonly DirectoryUser[];
  readonly groups: readonly string[];
  /** Undefined: there is no application with that slug. */
  readonly bindings: readonly DirectoryBinding[] | undefined;
}

const userSchema = z.looseObject({
  pk: z.number(),
  username: z.string(),
  is_active: z.boolean(),
  is_superuser: z.boolean(),
  type: z.string(),
  groups: z.array(z.string()),
  last_login: z.string().nullish(),
});
const groupSchema = z.looseObject({ pk: z.string(), name: z.string() });
const bindingSchema = z.looseObject({
  policy: z.string().nullable(),
  group: z.string().nullable(),
  user: z.number().nullable(),
  enabled: z.boolean(),
  negate: z.boolean().default(false),
});
const applicationSchema = z.looseObject({ pk: z.string() });

/** Reads the directory over Authentik's REST API; changes nothing. @throws SystemError */
export async function readDirectory(
  url: string,
  token: string,
  slug: string,
  options: AuthentikApiOptions = {},
): Promise<Directory> {
  const api = new AuthentikApi(url, token, options);
  const [users, groups, application] = await Promise.all([
    api.list("core/users/", {}, userSchema),
    api.list("core/groups/", { include_users: "false" }, groupSchema),
    api.find(`core/applications${pathOf(slug)}/`, applicationSchema, "an application"),
  ]);
  const bindings =
    application && (await api.list("policies/bindings/", { target: application.pk }, bindingSchema));
  const groupNames = new Map(groups.map(({ pk, name }) => [pk, name]));
  const userNames = new Map(users.map(({ pk, username }) => [pk, username]));
  return {
    users: users.map((user) => ({
      pk: user.pk,
      username: user.username,
      isActive: user.is_active,
      isSuperuser: user.is_superuser,
      type: user.type,
      groups: user.groups.flatMap((pk) => groupNames.get(pk) ?? []).sort(),
      lastLogin: user.last_login ?? undefined,
    })),
    groups: groups.map(({ name }) => name),
    bindings: bindings?.map(({ group, user, policy, enabled, negate }) => {
      if (group !== null) return { who: { group: groupNames.get(group) ?? group }, enabled, negate };
      if (user !== null) return { who: { user: userNames.get(user) ?? String(user) }, enabled, negate };
      return { who: { policy: policy ?? "none" }, enabled, negate };
    }),
  };
}
