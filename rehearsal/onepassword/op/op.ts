import { parseArgs } from "node:util";
import { messageOf } from "../../../systems/text";
import { addressIn } from "../service-account";
import type { Field, Item } from "../types";

/*
 * Stands in for 1Password's command `op` (2.x) with a service account, for what this project asks of it: whoami, read, item list and
 * item get, each with JSON or text as the real one prints it. Everything else is refused. Where it cannot be as the real one: its
 * messages follow the documentation and were not compared, and it signs in by asking the rehearsal's server with the token.
 */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface Vault {
  readonly id: string;
  readonly name: string;
}

const OPTIONS = {
  vault: { type: "string" },
  format: { type: "string" },
  account: { type: "string" },
  "no-newline": { type: "boolean", short: "n" },
} as const;

/** Runs one command. No message holds what an item holds. */
export async function run(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<Ran> {
  try {
    return { code: 0, out: await dispatch(args, environment), err: "" };
  } catch (error) {
    const time = new Date().toISOString().slice(0, 19).replaceAll("-", "/").replace("T", " ");
    return { code: 1, out: "", err: `[ERROR] ${time} ${messageOf(error)}\n` };
  }
}

async function dispatch(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<string> {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  const [command = "", second = "", third = ""] = positionals;
  const said = command === "item" ? `item ${second}` : command;
  if (!["whoami", "read", "item list", "item get"].includes(said))
    throw new Error(
      `unknown command "${said}" for "op": the stand-in knows whoami, read, item list and item get`,
    );
  const account = new Account(environment);
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  switch (said) {
    case "whoami":
      await account.vaults();
      return `URL:               ${account.address}\nUser Type:         SERVICE_ACCOUNT\n`;
    case "read":
      return (await account.read(second)) + (values["no-newline"] === true ? "" : "\n");
    case "item list":
      needJson(values.format);
      return json(await account.list(values.vault));
    default:
      needJson(values.format);
      return json(await account.item(third, values.vault));
  }
}

function needJson(format: string | undefined): void {
  if (format !== "json") throw new Error("the stand-in prints items as JSON alone: give --format json");
}

/** What a service account can see. */
class Account {
  readonly address: string;
  private readonly token: string;

  constructor(environment: NodeJS.ProcessEnv) {
    // With a Connect server in its environment, op asks that.
    if (environment["OP_CONNECT_HOST"] !== undefined && environment["OP_CONNECT_TOKEN"] !== undefined)
      throw new Error("the stand-in asks no Connect server: OP_CONNECT_HOST and OP_CONNECT_TOKEN are set");
    const token = environment["OP_SERVICE_ACCOUNT_TOKEN"];
    if (token === undefined || token === "")
      throw new Error("You are not currently signed in. Please run `op signin --help` for instructions");
    this.token = token;
    this.address = addressIn(token);
  }

  vaults(): Promise<Vault[]> {
    return this.get<Vault[]>("/v1/vaults");
  }

  async list(vault: string | undefined): Promise<object[]> {
    const { id, name } = await this.vault(vault);
    const items = await this.get<Item[]>(`/v1/vaults/${id}/items`);
    return items.map((item) => ({
      id: item.id,
      title: item.title,
      tags: item.tags,
      version: item.version,
      vault: { id, name },
      category: item.category,
      last_edited_by: item.lastEditedBy,
      created_at: item.createdAt,
      updated_at: item.updatedAt,
      urls: item.urls,
    }));
  }

  async item(query: string, vaultQuery: string | undefined): Promise<object> {
    const vault = await this.vault(vaultQuery);
    const item = await this.find(vault, query);
    return {
      id: item.id,
      title: item.title,
      tags: item.tags,
      version: item.version,
      vault,
      category: item.category,
      last_edited_by: item.lastEditedBy,
      created_at: item.createdAt,
      updated_at: item.updatedAt,
      urls: item.urls,
      sections: item.sections,
      fields: item.fields.map((field) => ({
        ...field,
        reference: `op://${vault.name}/${item.title}/${field.label ?? field.id}`,
      })),
    };
  }

  /** The value that a reference names: names without their case, and nothing where two are meant. */
  async read(reference: string): Promise<string> {
    const [path = "", query] = reference.replace(/^op:\/\//, "").split("?");
    const parts = path.split("/");
    if (!reference.startsWith("op://") || parts.length < 3 || parts.length > 4)
      throw new Error(`could not read secret '${reference}': invalid secret reference`);
    const [vaultName = "", itemName = "", third = "", fourth] = parts;
    const fail = (why: string) => new Error(`could not read secret '${reference}': ${why}`);
    const item = await this.find(await this.vault(vaultName), itemName).catch((error: unknown) => {
      throw fail(messageOf(error));
    });
    const [section, label] = fourth === undefined ? [undefined, third] : [third, fourth];
    const found = item.fields.filter(
      (field) =>
        (same(field.label, label) || same(field.id, label)) &&
        (section === undefined || isIn(item, field, section)),
    );
    const [one, second] = found;
    if (!one)
      throw fail(`item '${itemName}' does not have a field '${section ? `${section}.` : ""}${label}'`);
    if (second) throw fail(`item '${itemName}' has more than one field '${label}': name its section`);
    if (query !== undefined && query !== "ssh-format=openssh")
      throw fail(`unknown query parameter '${query}'`);
    return one.value ?? "";
  }

  private async vault(query: string | undefined): Promise<Vault> {
    if (query === undefined)
      throw new Error("a vault query must be provided when this command is called by a service account");
    const found = (await this.vaults()).filter(({ id, name }) => id === query || same(name, query));
    const [one, second] = found;
    if (!one)
      throw new Error(`"${query}" isn't a vault in this account. Specify the vault with its ID or name.`);
    if (second)
      throw new Error(`More than one vault matches "${query}". Try again and specify the vault by its ID.`);
    return { id: one.id, name: one.name };
  }

  private async find({ id, name }: Vault, query: string): Promise<Item> {
    const all = await this.get<Item[]>(`/v1/vaults/${id}/items`);
    const found = all.filter((item) => item.id === query || same(item.title, query));
    const [one, second] = found;
    if (!one)
      throw new Error(
        `"${query}" isn't an item in the "${name}" vault. Specify the item with its UUID, name, or domain.`,
      );
    if (second)
      throw new Error(`More than one item matches "${query}". Try again and specify the item by its ID.`);
    return this.get<Item>(`/v1/vaults/${id}/items/${one.id}`);
  }

  private async get<T>(path: string): Promise<T> {
    const response = await fetch(this.address + path, { headers: { authorization: `Bearer ${this.token}` } });
    const body = (await response.json()) as T & { message?: string };
    if (response.status !== 200)
      throw new Error(`(${response.status}) ${body.message ?? response.statusText}`);
    return body;
  }
}

function same(known: string | undefined, asked: string): boolean {
  return known?.toLowerCase() === asked.toLowerCase();
}

function isIn({ sections }: Item, { section }: Field, asked: string): boolean {
  const own = sections.find(({ id }) => id === section?.id);
  return own !== undefined && (same(own.label, asked) || own.id === asked);
}
