import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { isMap, parseDocument } from "yaml";
import { pulumi, type StackLocation } from "../../../systems/pulumi/cli";
import type { Encrypt } from "./text";

/** Settings already exist, and --force was not given. Nothing was written. */
export class SettingsExistError extends Error {
  override readonly name = "SettingsExistError";

  constructor(file: string) {
    super(
      `${file} holds settings already and stays as it is: move it away, name another one with --config-file, or say --force`,
    );
  }
}

/** The stack's key in its file; `pulumi stack init` writes it, and without it encrypted values could not be read. */
const OF_STACK = ["encryptionsalt", "encryptedkey", "secretsprovider"];

/** @throws SettingsExistError if the file has settings and may not be overwritten */
export async function refuseExisting(file: string, force: boolean): Promise<void> {
  if (force || !existsSync(file)) return;
  const config: unknown = parseDocument(await readFile(file, "utf8")).get("config");
  if (isMap(config) && config.items.length > 0) throw new SettingsExistError(file);
}

/**
 * Writes the settings in one step, with the stack's key from the file.
 *
 * @param render gets a function that encrypts with the stack's key; everything is encrypted before the text is used
 */
export async function writeSettings(
  site: StackLocation,
  file: string,
  render: (encrypt: Encrypt) => string,
): Promise<void> {
  const secrets = new Map<string, string>();
  const marker = randomBytes(12).toString("hex");
  const text = render((value) => {
    const known = [...secrets].find(([, each]) => each === value)?.[0];
    const name = known ?? `${marker}-${secrets.size}`;
    secrets.set(name, value);
    return name;
  });
  const there = existsSync(file) ? ofStack(await readFile(file, "utf8")) : "";
  const { encrypted, own } =
    secrets.size === 0
      ? { encrypted: new Map<string, string>(), own: there }
      : await encryptAll(site, there, secrets);
  const whole = [...encrypted].reduce((all, [name, cipher]) => all.replaceAll(name, cipher), text);
  const staged = join(dirname(file), `.${randomBytes(6).toString("hex")}.yaml`);
  try {
    await writeFile(staged, own + whole, { mode: 0o644, flag: "wx" });
    await rename(staged, file);
  } finally {
    await rm(staged, { force: true });
  }
}

function ofStack(text: string): string {
  const document = parseDocument(text);
  const lines = OF_STACK.flatMap((name) => {
    const value: unknown = document.get(name);
    return typeof value === "string" ? [`${name}: ${value}\n`] : [];
  });
  return lines.join("");
}

/** Only the CLI has the stack's key; each value is passed on standard input, and never as an argument. */
async function encryptAll(
  site: StackLocation,
  there: string,
  secrets: ReadonlyMap<string, string>,
): Promise<{ readonly encrypted: ReadonlyMap<string, string>; readonly own: string }> {
  const folder = await mkdtemp(join(tmpdir(), "zot-access-settings-"));
  try {
    const copy = join(folder, `Pulumi.${site.stack.split("/").at(-1) ?? ""}.yaml`);
    await writeFile(copy, there);
    await copyFile(join(site.project, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
    for (const [name, value] of secrets)
      await pulumi({ ...site, cwd: folder }, ["config", "set", "--secret", name, "--config-file", copy], {
        input: value,
      });
    const written = await readFile(copy, "utf8");
    const document = parseDocument(written);
    const found = new Map<string, string>();
    for (const name of secrets.keys()) {
      const config: unknown = document.get("config");
      const entry = isMap(config)
        ? config.items.find(({ key }) => String(key).endsWith(`:${name}`))?.value
        : undefined;
      const cipher: unknown = isMap(entry) ? entry.get("secure") : undefined;
      if (typeof cipher !== "string") throw new Error("pulumi config set --secret wrote no encrypted value");
      found.set(name, cipher);
    }
    return { encrypted: found, own: ofStack(written) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
