import { readFileSync } from "node:fs";
import { extname } from "node:path";
import { isTree } from "./decode";
import { ConfigRefused } from "./refused";

/** File names with these endings are read as what they say; any other is tried as all of them (viper.SupportedExts). */
const EXTENSIONS = "json toml yaml yml properties props prop hcl tfvars dotenv env ini".split(" ");

/**
 * The content of a config file. The stand-in reads JSON alone.
 *
 * @throws ConfigRefused where it cannot be read or is not a JSON object
 */
export function parseConfigFile(path: string): Record<string, unknown> {
  const extension = extname(path).slice(1);
  const guess = !EXTENSIONS.includes(extension);
  if (!guess && extension !== "json")
    throw new ConfigRefused(`While parsing config: the stand-in of zot reads JSON, not ${extension}`);
  const text = read(path);
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
