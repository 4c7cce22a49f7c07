import type { CheckFailure, Properties } from "../../plugin";
import type { Lookup } from "../provider";
import type { AuthentikClient, Json } from "./client";
import { RESOURCES } from "./table";

const answerKeysOf = (type: string) => RESOURCES[type]?.answerKeys ?? [];
const GROUP_KEYS = answerKeysOf("authentik:index/group:Group");
const USER_KEYS = answerKeysOf("authentik:index/user:User");
const FLOW_KEYS = answerKeysOf("authentik:index/flow:Flow");
const SCOPE_KEYS = [
  "pk",
  "name",
  "expression",
  "component",
  "verbose_name",
  "verbose_name_plural",
  "meta_model_name",
  "scope_name",
];

/** Data sources of authentik 2026.5.0. Source: the provider's `data_source_*.go`. */
export function lookups(client: AuthentikClient): Readonly<Record<string, Lookup>> {
  return {
    "authentik:index/getFlow:getFlow": {
      async read(args) {
        const query = filters(args, { slug: "slug", designation: "designation" });
        const flow = first(
          await client.list("flows/instances/", query, FLOW_KEYS),
          "No matching flows found",
        );
        const { pk, title, name, slug, designation, authentication } = flow;
        return { id: pk, title, name, slug, designation, authentication };
      },
    },
    "authentik:index/getCertificateKeyPair:getCertificateKeyPair": {
      async read(args) {
        const path = "crypto/certificatekeypairs/";
        const pairs = await client.list(path, filters(args, { name: "name" }), ["pk", "name"]);
        const pair = first(pairs, "No matching groups found");
        const view = async (what: string) => {
          const { data } = await client.request("GET", `${path}${String(pair.pk)}/${what}/`, {
            requiredKeys: ["data"],
          });
          return `${String(data)}\n`;
        };
        return {
          ...args,
          id: pair.pk,
          name: pair.name,
          expiry: pair.cert_expiry,
          subject: pair.cert_subject,
          fingerprint1: pair.fingerprint_sha1,
          fingerprint256: pair.fingerprint_sha256,
          // Both default to true, and so does the leak.
          ...(args.fetchCertificate !== false && { certificateData: await view("view_certificate") }),
          ...(args.fetchKey !== false && { keyData: await view("view_private_key") }),
        };
      },
    },
    "authentik:index/getPropertyMappingProviderScope:getPropertyMappingProviderScope": {
      validate: ({ name, managedLists }) =>
        name !== undefined && managedLists !== undefined
          ? [{ property: "name", reason: "conflicts with managedLists" }]
          : [],
      async read(args) {
        const managed = (args.managedLists ?? args.managed) as string | readonly string[] | undefined;
        const query = {
          ...filters(args, { name: "name", scopeName: "scope_name" }),
          ...(managed !== undefined && { managed }),
        };
        const found = await client.list("propertymappings/provider/scope/", query, SCOPE_KEYS);
        const scope = first(found, "No matching mappings found");
        if (args.managedLists !== undefined) return { ...args, id: "-1", ids: found.map(({ pk }) => pk) };
        const { pk, name, expression, scope_name: scopeName, description } = scope;
        return { ...args, id: pk, name, expression, scopeName, description };
      },
    },
    "authentik:index/getGroup:getGroup": {
      validate: (args) => exactlyOne(args, "pk", "name"),
      async read(args) {
        const query = { include_users: args.includeUsers === false ? "false" : "true" };
        const group = await oneOf(client, "core/groups/", args, "name", query, GROUP_KEYS, "groups");
        return {
          ...args,
          id: group.pk,
          pk: group.pk,
          numPk: group.num_pk,
          name: group.name,
          isSuperuser: group.is_superuser ?? false,
          parents: group.parents ?? [],
          users: group.users ?? [],
          attributes: JSON.stringify(group.attributes ?? null),
          usersObjs: ((group.users_obj ?? []) as Json[]).map((user) => ({
            ...personal(user),
            pk: user.pk,
            uid: user.uid,
          })),
        };
      },
    },
    "authentik:index/getUser:getUser": {
      validate: (args) => exactlyOne(args, "pk", "username"),
      async read(args) {
        const user = await oneOf(client, "core/users/", args, "username", {}, USER_KEYS, "users");
        const {
          pk,
          is_superuser: isSuperuser,
          groups,
          avatar,
          uid,
          uuid,
          path,
          type,
          date_joined: dateJoined,
        } = user;
        return {
          ...personal(user),
          id: String(pk),
          pk,
          isSuperuser,
          groups,
          avatar,
          uid,
          uuid,
          path,
          type,
          dateJoined,
        };
      },
    },
  };
}

function personal(user: Json): Properties {
  return {
    username: user.username,
    name: user.name,
    isActive: user.is_active,
    lastLogin: user.last_login ?? "",
    email: user.email ?? "",
    attributes: JSON.stringify(user.attributes ?? null),
  };
}

/** Asks by the primary key, or by a name that only one object may have. */
async function oneOf(
  client: AuthentikClient,
  path: string,
  args: Properties,
  by: string,
  query: Record<string, string>,
  requiredKeys: readonly string[],
  what: string,
): Promise<Json> {
  if (args.pk !== undefined)
    return client.request("GET", `${path}${text(args.pk)}/`, { query, requiredKeys });
  const found = await client.list(path, { ...query, [by]: text(args[by]) }, requiredKeys);
  if (found.length > 1) throw new Error(`Multiple ${what} found`);
  return first(found, `No matching ${what} found`);
}

function first(found: readonly Json[], otherwise: string): Json {
  const [one] = found;
  if (!one) throw new Error(otherwise);
  return one;
}

function filters(args: Properties, names: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(names).flatMap(([name, key]) =>
      args[name] === undefined ? [] : [[key, text(args[name])]],
    ),
  );
}

function exactlyOne(args: Properties, ...names: string[]): CheckFailure[] {
  const given = names.filter((name) => args[name] !== undefined);
  if (given.length === 1) return [];
  return [{ property: names[0] ?? "", reason: `only one of ${names.join(", ")} must be specified` }];
}

function text(value: unknown): string {
  return typeof value === "number" ? String(value) : (value as string);
}
