import { readFileSync } from "node:fs";
import { extname } from "node:path";
import { parse, type YAMLParseError } from "yaml";
import { isTree } from "./decode";
import { ConfigRefused } from "./refused";

/** File names with these endings are read as what they say; any other is tried as all of them (viper.SupportedExts). */
const EXTENSIONS = "json toml yaml yml properties props prop hcl tfvars dotenv env ini".split(" ");

/**
 * The content of a config file. The stand-in reads JSON and YAML (1.2; Go's reader also takes 1.1's octal numbers).
 *
 * @throws ConfigRefused where it cannot be read or is not a JSON object
 */
export function parseConfigFile(path: string): Record<string, unknown> {
  const extension = extname(path).slice(1);
  const guess = !EXTENSIONS.includes(extension);
  if (!guess && !["json", "yaml", "yml"].includes(extension))
    throw new ConfigRefused(
      `While parsing config: the stand-in of zot reads JSON and YAML, not ${extension}`,
    );
  const text = read(path);
  if (/^ya?ml$/.test(extension)) return fromYaml(text);
  try {
    const content: unknown = JSON.parse(text);
    if (isTree(content)) return content;
  } catch {
    if (guess) throw new ConfigRefused("While parsing config: decoder not found for this format");
    throw new ConfigRefused(
      `While parsing config: ${/^\s*\S/.test(text) ? "invalid JSON" : "unexpected end of JSON input"}`,
    );
  }
  throw new ConfigRefused(
    "While parsing config: json: cannot unmarshal into Go value of type map[string]interface {}",
  );
}

function fromYaml(text: string): Record<string, unknown> {
  let content: unknown;
  try {
    content = parse(text, { merge: true });
  } catch (error) {
    throw new ConfigRefused(`While parsing config: yaml: ${(error as YAMLParseError).code}`);
  }
  // An empty document is a map without names.
  const tree: unknown = JSON.parse(JSON.stringify(content ?? {}));
  if (isTree(tree)) return tree;
  throw new ConfigRefused(
    "While parsing config: yaml: unmarshal errors: cannot unmarshal into map[string]interface {}",
  );
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new ConfigRefused(`open ${path}: ${reason((error as NodeJS.ErrnoException).code)}`);
  }
}

function reason(code: string | undefined): string {
  switch (code) {
    case "ENOENT":
      return "no such file or directory";
    case "EACCES":
      return "permission denied";
    case "EISDIR":
      return "is a directory";
    default:
      return code ?? "input/output error";
  }
}
