import { z } from "zod";
import type { OpReference } from "./op-reference";
import { fieldOf, type ItemFields } from "./item-fields";
import { once } from "./once";
import { file, labelsOf, url } from "./labels";
import { type ItemSummary, OnePasswordError, type SecretReader } from "./reader";

export interface ConnectOptions {
  readonly url: string;
  readonly token: string;
  /** Vault that needs no look-up when a reference names it. */
  readonly vault?: { readonly id: string; readonly name?: string | undefined };
  /** Limit of each request, 10 s unless told. */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const ID = /^[a-z2-7]{26}$/;
const HINT = "check the op:// reference, and that the Connect token may read the vault";

const summaries = z.array(z.looseObject({ id: z.string(), tags: z.array(z.string()).nullish() }));
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

/** Reads from a 1Password Connect server; what it finds under a reference is what the provider would find. */
export class Connect implements SecretReader {
  private readonly vaults = new Map<string, Promise<string>>();
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
        const path = `/v1/vaults/${vault}/items/${id}`;
        const { category, ...item } = itemSchema.parse(await this.get(path, `read ${title}`));
        return { id, category: category.toLowerCase(), labels: labelsOf(item) };
      }),
    );
  }

  /** Items of a vault that have that title. */
  async titled(vault: string, title: string): Promise<{ id: string; tags: readonly string[] }[]> {
    const query = new URLSearchParams({ filter: `title eq "${title}"` });
    const answer = await this.get(`/v1/vaults/${vault}/items?${query.toString()}`, `find ${title}`);
    const found = summaries.safeParse(answer);
    return found.success ? found.data.map(({ id, tags }) => ({ id, tags: tags ?? [] })) : [];
  }

  /** @throws OnePasswordError where it is down, or does not take the token */
  async check(): Promise<void> {
    await this.get("/v1/vaults", "list the vaults");
  }

  private vaultId(vault: string): Promise<string> {
    if (ID.test(vault)) return Promise.resolve(vault);
    const known = this.options.vault;
    if (known?.name?.toLowerCase() === vault.toLowerCase()) return Promise.resolve(known.id);
    return once(this.vaults, vault.toLowerCase(), () =>
      this.only("/v1/vaults", `name eq "${vault}"`, `vault ${vault}`),
    );
  }

  private async item(vault: string, item: string): Promise<ItemFields> {
    const path = `/v1/vaults/${vault}/items`;
    const what = `item ${item} in vault ${vault}`;
    const id = ID.test(item) ? item : await this.only(path, `title eq "${item}"`, what);
    const answer = itemSchema.safeParse(await this.get(`${path}/${id}`, `read ${what}`));
    if (!answer.success)
      throw new OnePasswordError(`${this.name}: ${what} is not in the form of an item`, HINT);
    return fieldsOf(answer.data);
  }

  private async only(path: string, filter: string, what: string): Promise<string> {
    const query = new URLSearchParams({ filter });
    const found = summaries.safeParse(await this.get(`${path}?${query.toString()}`, `find ${what}`));
    const [one, second] = found.success ? found.data : [];
    if (!one) throw new OnePasswordError(`${this.name} has no ${what}`, HINT);
    if (second)
      throw new OnePasswordError(`${this.name} has several of ${what}`, "use the id instead of the name");
    return one.id;
  }

  private async get(path: string, what: string): Promise<unknown> {
    const { url, token, timeoutMs = DEFAULT_TIMEOUT_MS } = this.options;
    const response = await fetch(url.replace(/\/+$/, "") + path, {
      headers: { Authorization: `Bearer ${token}`, Accept: "application/json" },
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
    }).catch(() => {
      throw new OnePasswordError(`${this.name} did not answer when asked to ${what}`, "see whether it is up");
    });
    const body: unknown = await response.json().catch(() => undefined);
    if (response.status === 200) return body;
    throw new OnePasswordError(`${this.name} answered ${response.status} when asked to ${what}`, HINT);
  }
}

/** Fields outside of sections that references know by another name than their label (the provider's data source). */
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
  const own = fields
    .filter(({ section }) => section === undefined)
    .flatMap(({ id, purpose = "", value = "" }) => {
      const name = BY_PURPOSE[purpose] ?? BY_ID[id];
      return name === undefined ? [] : [[name, value] as const];
    });
  const inSections = sections.map(({ id, label = id }) => {
    const inside = fields.filter(({ section }) => section?.id === id);
    const fieldMap = inside.map(({ id: field, label: name = field, value = "" }) => [name, { value }]);
    return [label, { id, fieldMap: Object.fromEntries(fieldMap) as Record<string, { value: string }> }];
  });
  const named = Object.fromEntries(own) as Partial<Omit<ItemFields, "sectionMap">>;
  const url = urls.find(({ primary }) => primary)?.href;
  return {
    ...named,
    ...(url !== undefined && { url }),
    ...(named.privateKey?.includes("BEGIN OPENSSH PRIVATE KEY") && { privateKeyOpenssh: named.privateKey }),
    sectionMap: Object.fromEntries(inSections) as ItemFields["sectionMap"],
  };
}
