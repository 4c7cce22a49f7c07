import type { CheckFailure, Properties } from "../../plugin";
import type { Lookup } from "../provider";
import { type ConnectClient, WrongCount } from "./client";
import { idOf } from "./item";
import type { Item } from "./item-types";
import { fromSections, readable } from "./sections";
import { messageOf } from "../../../../systems/text";

/** Fields outside sections that have a property of their own, by id. Source: `onepassword_item_data_source.go`. */
const BY_ID: Readonly<Record<string, string>> = {
  username: "username",
  password: "password",
  hostname: "hostname",
  server: "hostname",
  database: "database",
  port: "port",
  type: "type",
  database_type: "type",
  public_key: "publicKey",
  private_key: "privateKey",
  credential: "credential",
  validFrom: "validFrom",
  filename: "filename",
};
const BY_PURPOSE: Readonly<Record<string, string>> = {
  USERNAME: "username",
  PASSWORD: "password",
  NOTES: "noteValue",
};

/** Data sources of onepassword 3.3.1 over Connect; environments need a service account and are refused as there. */
export function lookups(client: ConnectClient): Readonly<Record<string, Lookup>> {
  return {
    "onepassword:index/getVault:getVault": {
      validate: (args) => exactlyOne(args, "name", "uuid"),
      async read({ name, uuid }) {
        const vault = await explained(
          client,
          "vault",
          uuid !== undefined ? client.vault(uuid as string) : client.vaultByName(name as string),
        );
        const { id, description = "" } = vault;
        return { id: `vaults/${id}`, uuid: id, name: vault.name, description };
      },
    },
    "onepassword:index/getItem:getItem": {
      validate: (args) => exactlyOne(args, "title", "uuid"),
      async read({ vault, title, uuid }) {
        const item = await explained(
          client,
          "item",
          title !== undefined
            ? client.itemByTitle(vault as string, title as string)
            : client.item(vault as string, uuid as string),
        );
        return describe(item);
      },
    },
    "onepassword:index/getEnvironment:getEnvironment": {
      read: () =>
        Promise.reject(
          new Error(
            "1Password Environments are not available with 1Password Connect; a service account can read them",
          ),
        ),
    },
  };
}

function describe(item: Item): Properties {
  const sections = fromSections(item);
  const own = (item.fields ?? [])
    .filter(({ section }) => !section)
    .flatMap(({ id, purpose, value = "" }) => {
      const name = BY_PURPOSE[purpose ?? ""] ?? BY_ID[id];
      return name === undefined ? [] : [[name, value] as const];
    });
  const fields = Object.fromEntries(own) as Properties;
  return {
    id: idOf(item),
    uuid: item.id,
    vault: item.vault.id,
    title: item.title,
    category: item.category.toLowerCase(),
    url: item.urls?.find(({ primary }) => primary)?.href,
    tags: item.tags,
    ...fields,
    ...openssh(fields.privateKey),
    sectionMap: Object.fromEntries(
      Object.entries(sections).map(([label, section]) => [label, { ...section, fileMap: {} }]),
    ),
    sections: (item.sections ?? []).map(({ id, label }) => ({
      id,
      label,
      fields: (item.fields ?? [])
        .filter(({ section }) => section?.id === id)
        .map((field) => ({
          id: field.id,
          label: field.label,
          type: field.type,
          value: readable(field.type, field.value ?? ""),
        })),
    })),
  };
}

/** The real provider also converts PKCS#8; keys here are in OpenSSH's format from the start. */
function openssh(privateKey: unknown): Properties {
  const isOpenssh = typeof privateKey === "string" && privateKey.includes("BEGIN OPENSSH PRIVATE KEY");
  return isOpenssh ? { privateKeyOpenssh: privateKey } : {};
}

function exactlyOne(args: Properties, ...names: string[]): CheckFailure[] {
  const given = names.filter((name) => args[name] !== undefined);
  if (given.length === 1) return [];
  return [
    {
      property: names[0] ?? "",
      reason: `Exactly one of these attributes must be configured: ${names.join(", ")}`,
    },
  ];
}

async function explained<T>({ name }: ConnectClient, what: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const tried = `Client Error: Unable to read ${what}, got error: `;
    // The SDK's client counts by itself, and wraps only what 1Password says.
    if (name === "sdk" && error instanceof WrongCount)
      throw new Error(`${tried}found ${error.count} item(s) ${error.where}`, { cause: error });
    throw new Error(`${tried}failed to get ${what} using ${name}: ${messageOf(error)}`, { cause: error });
  }
}
