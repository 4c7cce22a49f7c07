import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { z } from "zod";
import type { OpReference } from "./op-reference";
import { once } from "./once";
import { file, labelsOf, url, valuesOf } from "./labels";
import { type ItemSummary, OnePasswordError, type SecretReader, type VaultItem } from "./reader";

export interface OpCommandOptions {
  /** The command's environment; OP_SERVICE_ACCOUNT_TOKEN gives access if it is set. */
  readonly environment: NodeJS.ProcessEnv;
  /** The desktop app's account. */
  readonly account?: string | undefined;
}

/** The app may ask its owner for a fingerprint first. */
const TIMEOUT_MS = 60_000;
const INSTALL = "install 1Password's command line (op), or give OP_CONNECT_HOST and OP_CONNECT_TOKEN";
const UNLOCK = "check `op whoami`, the op:// reference, and that the account may read the vault";

const vaultList = z.array(z.looseObject({ id: z.string(), name: z.string() }));
const summaries = z.array(z.looseObject({ id: z.string(), title: z.string() }));
const part = z.looseObject({ id: z.string(), label: z.string().optional() });
const itemSchema = z.looseObject({
  category: z.string(),
  fields: z
    .array(
      part.extend({ purpose: z.string().optional(), value: z.string().optional(), section: part.optional() }),
    )
    .default([]),
  sections: z.array(part).default([]),
  urls: z.array(url).default([]),
  files: z.array(file).default([]),
});

/** Reads with 1Password's command `op`: for service accounts, and for the desktop app. */
export class OpCommand implements SecretReader {
  readonly name = "1Password's op command";
  private readonly values = new Map<string, Promise<string>>();

  constructor(private readonly options: OpCommandOptions) {}

  read({ vault, item, section, field, sshFormat }: OpReference): Promise<string> {
    const path = [vault, item, ...(section === undefined ? [] : [section]), field].join("/");
    const reference = `op://${path}${sshFormat === undefined ? "" : `?ssh-format=${sshFormat}`}`;
    // Only the reference is an argument; the value comes back over a pipe.
    return once(this.values, reference, () =>
      this.run(["read", "--no-newline", reference], `read ${reference}`),
    );
  }

  async find(vault: string, title: string): Promise<ItemSummary[]> {
    const all = summaries.parse(await this.ask(vault, ["list"], "list the items"));
    const named = all.filter((item) => item.title.toLowerCase() === title.toLowerCase());
    return Promise.all(
      named.map(async ({ id }) => {
        const { category, ...item } = itemSchema.parse(await this.ask(vault, ["get", id], `read ${title}`));
        return { id, category: category.toLowerCase(), labels: labelsOf(item) };
      }),
    );
  }

  async vaults(): Promise<{ id: string; name: string }[]> {
    return vaultList.parse(
      JSON.parse(await this.run(["vault", "list", "--format", "json"], "list the vaults")),
    );
  }

  async contents(vault: string): Promise<VaultItem[]> {
    const items: VaultItem[] = [];
    // Sequential: the app may ask its owner at the first one, and the service has a rate limit.
    for (const { id, title } of summaries.parse(await this.ask(vault, ["list"], "list the items"))) {
      const item = itemSchema.parse(await this.ask(vault, ["get", id], `read ${title}`));
      items.push({ id, title, fields: valuesOf(item) });
    }
    return items;
  }

  private async ask(vault: string, args: string[], what: string): Promise<unknown> {
    const all = ["item", ...args, "--vault", vault, "--format", "json"];
    return JSON.parse(await this.run(all, what)) as unknown;
  }

  async check(): Promise<void> {
    await this.run(["whoami"], "say who is signed in");
  }

  private async run(args: string[], what: string): Promise<string> {
    const { environment, account } = this.options;
    const all = account === undefined ? args : [...args, "--account", account];
    try {
      const options = { env: environment, timeout: TIMEOUT_MS, maxBuffer: 1 << 20 };
      return (await promisify(execFile)("op", all, options)).stdout;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT")
        throw new OnePasswordError(`op, which is needed to ${what}, is not installed`, INSTALL, {
          cause: error,
        });
      const said = String(Reflect.get(error as object, "stderr") ?? "").trim();
      throw new OnePasswordError(`op could not ${what}: ${said === "" ? "no reason given" : said}`, UNLOCK, {
        cause: error,
      });
    }
  }
}
