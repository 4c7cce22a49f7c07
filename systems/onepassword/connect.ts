import pLimit from "p-limit";
import { z } from "zod";
import { type Peer, StatusError } from "../http/errors";
import { readJson } from "../http/json";
import { pathOf } from "../http/path";
import { requestFollowing } from "../http/request";
import { RETRY_DELAYS_MS, withRetry } from "../http/retry";
import type { OpReference } from "./op-reference";
import { fieldOf, type ItemFields } from "./item-fields";
import { once } from "./once";
import { file, labelsOf, url, valuesOf } from "./labels";
import { type ItemSummary, OnePasswordError, type SecretReader, type VaultItem } from "./reader";

export interface ConnectOptions {
  readonly url: string;
  readonly token: string;
  /** Vault that needs no look-up if a reference names it. */
  readonly vault?: { readonly id: string; readonly name?: string | undefined };
  /** Limit of each request; default 10 s. */
  readonly timeoutMs?: number;
  readonly retryDelaysMs?: readonly number[];
}

const CONNECT: Peer = { name: "1Password Connect", setting: "onepassword.connectUrl" };
const ID = /^[a-z2-7]{26}$/;
const HINT = "check the op:// reference, and that the Connect token may read the vault";

const summaries = z.array(z.looseObject({ id: z.string(), tags: z.array(z.string()).nullish() }));
const vaultList = z.array(z.looseObject({ id: z.string(), name: z.string() }));
const titles = z.array(
  z.looseObject({ id: z.string(), title: z.string(), tags: z.array(z.string()).nullish() }),
);
/** Concurrent requests while a whole vault is read. */
const PARALLEL = 8;
const itemSchema = z.looseObject({
  category: z.string().default("login"),
  fields: z
    .array(
      z.looseObject({
        id: z.string(),
        label: z.string().optional(),
        purpose: z.string().optional(),
        value: z.string().optional(),
        section: z.looseObject({ id: z.string() }).optional(),
      }),
    )
    .default([]),
  sections: z.array(z.looseObject({ id: z.string(), label: z.string().optional() })).default([]),
  urls: z.array(url).default([]),
  files: z.array(file).default([]),
});
type ConnectItem = z.output<typeof itemSchema>;

/** Reads from a 1Password Connect server; it resolves a reference as the provider would. */
export class Connect implements SecretReader {
  private readonly vaultIds = new Map<string, Promise<string>>();
  private readonly items = new Map<string, Promise<ItemFields>>();

  constructor(private readonly options: ConnectOptions) {}

  get name(): string {
    return `1Password Connect at ${this.options.url}`;
  }

  async read(reference: OpReference): Promise<string> {
    const vault = await this.vaultId(reference.vault);
    const item = await once(this.items, `${vault}/${reference.item.toLowerCase()}`, () =>
      this.item(vault, reference.item),
    );
    return fieldOf(item, reference);
  }

  async find(vault: string, title: string): Promise<ItemSummary[]> {
    return Promise.all(
      (await this.titled(vault, title)).map(async ({ id }) => {
        const { category, ...item } = await this.get(
          itemPath(vault, id),
          `read ${title}`,
          itemSchema,
          "an item",
        );
        return { id, category: category.toLowerCase(), labels: labelsOf(item) };
      }),
    );
  }

  /** Items of a vault that have that title. */
  async titled(vault: string, title: string): Promise<{ id: string; tags: readonly string[] }[]> {
    const found = await this.search(itemsPath(vault), `title eq "${title}"`, `find ${title}`);
    return found.map(({ id, tags }) => ({ id, tags: tags ?? [] }));
  }

  /** Every item of a vault, without its fields. */
  async listed(vault: string): Promise<{ id: string; title: string; tags: readonly string[] }[]> {
    const all = await this.get(itemsPath(vault), "list the items", titles, "a list of items");
    return all.map(({ id, tags, title }) => ({ id, title, tags: tags ?? [] }));
  }

  async vaults(): Promise<{ id: string; name: string }[]> {
    return this.get("/v1/vaults", "list the vaults", vaultList, "a list of vaults");
  }

  async contents(vault: string): Promise<VaultItem[]> {
    const all = await this.get(itemsPath(vault), "list the items", titles, "a list of items");
    const limit = pLimit(PARALLEL);
    return Promise.all(
      all.map(({ id, title }) =>
        limit(async () => {
          const item = await this.get(itemPath(vault, id), `read ${title}`, itemSchema, "an item");
          return { id, title, fields: valuesOf(item) };
        }),
      ),
    );
  }

  /** @throws OnePasswordError if it is down, or refuses the token */
  async check(): Promise<void> {
    await this.get("/v1/vaults", "list the vaults", summaries, "a list of vaults");
  }

  private vaultId(vault: string): Promise<string> {
    if (ID.test(vault)) return Promise.resolve(vault);
    const known = this.options.vault;
    if (known?.name?.toLowerCase() === vault.toLowerCase()) return Promise.resolve(known.id);
    return once(this.vaultIds, vault.toLowerCase(), () =>
      this.only("/v1/vaults", `name eq "${vault}"`, `vault ${vault}`),
    );
  }

  private async item(vault: string, item: string): Promise<ItemFields> {
    const what = `item ${item} in vault ${vault}`;
    const id = ID.test(item) ? item : await this.only(itemsPath(vault), `title eq "${item}"`, what);
    return fieldsOf(await this.get(itemPath(vault, id), `read ${what}`, itemSchema, "an item"));
  }

  private async only(path: string, filter: string, what: string): Promise<string> {
    const [one, second] = await this.search(path, filter, `find ${what}`);
    if (!one) throw new OnePasswordError(`${this.name} has no ${what}`, HINT);
    if (second)
      throw new OnePasswordError(`${this.name} has several of ${what}`, "use the id instead of the name");
    return one.id;
  }

  private search(path: string, filter: string, action: string): Promise<z.output<typeof summaries>> {
    const query = new URLSearchParams({ filter });
    return this.get(`${path}?${query.toString()}`, action, summaries, "a list of objects with their ids");
  }

  private async get<T extends z.ZodType>(
    path: string,
    action: string,
    schema: T,
    expected: string,
  ): Promise<z.output<T>> {
    const { url, token, timeoutMs, retryDelaysMs = RETRY_DELAYS_MS } = this.options;
    const reply = await withRetry(async () => {
      const answer = await requestFollowing({
        peer: CONNECT,
        action,
        url: url.replace(/\/+$/, "") + path,
        headers: { Authorization: `Bearer ${token}`, Accept: "application/json" },
        timeoutMs,
      });
      if (answer.status !== 200) throw new StatusError(action, answer, HINT);
      return answer;
    }, retryDelaysMs);
    return readJson(reply, { peer: CONNECT, action, schema, expected });
  }
}

function itemsPath(vault: string): string {
  return `/v1/vaults${pathOf(vault)}/items`;
}

function itemPath(vault: string, item: string): string {
  return `${itemsPath(vault)}${pathOf(item)}`;
}

/** Fields outside of sections that references address by another name than their label (the provider's data source). */
const BY_ID: Readonly<Record<string, keyof ItemFields>> = {
  username: "username",
  password: "password",
  credential: "credential",
  hostname: "hostname",
  server: "hostname",
  database: "database",
  port: "port",
  private_key: "privateKey",
  public_key: "publicKey",
};
const BY_PURPOSE: Readonly<Record<string, keyof ItemFields>> = {
  USERNAME: "username",
  PASSWORD: "password",
  NOTES: "noteValue",
};

function fieldsOf({ fields, sections, urls }: ConnectItem): ItemFields {
  const loose = fields
    .filter(({ section }) => section === undefined)
    .map((field) => ({ ...field, name: BY_PURPOSE[field.purpose ?? ""] ?? BY_ID[field.id] }));
  const own = loose.flatMap(({ name, value = "" }) => (name === undefined ? [] : [[name, value] as const]));
  const named = Object.fromEntries(own) as Partial<Omit<ItemFields, "sections" | "sectionMap" | "outside">>;
  const url = urls.find(({ primary }) => primary)?.href;
  return {
    ...named,
    ...(url !== undefined && { url }),
    ...(named.privateKey?.includes("BEGIN OPENSSH PRIVATE KEY") && { privateKeyOpenssh: named.privateKey }),
    sections: sections.map(({ id, label = id }) => ({
      id,
      label,
      fields: fields
        .filter(({ section }) => section?.id === id)
        .map(({ id: field, label: name = field, value = "" }) => ({ id: field, label: name, value })),
    })),
    outside: loose.flatMap(({ id, label = id, name }) => (name === undefined ? [label, id] : [])),
  };
}
