import { isEmpty } from "../../../systems/zot/config/read";
import { isLevel, LEVELS, Logger } from "../log";
import { decode, DecodeError, type Decoded, isTree } from "./decode";
import { build } from "./build";
import { parseConfigFile } from "./parse";
import { at, entries, text } from "./pick";
import { ConfigRefused, refuse } from "./refused";
import { readSecretFile, type Secrets } from "./secret-file";
import { CONFIG } from "./shape";
import type { ZotConfig } from "./types";
import { validate } from "./validate";

const DIST_SPEC = "1.1.1";

/**
 * Reads and judges a config in zot's order (LoadConfiguration in its pkg/cli/server/root.go). The issuer is not asked.
 *
 * @throws ConfigRefused; Panic where the log file that the config names cannot be opened
 */
export function loadConfig(path: string): ZotConfig {
  const boot = new Logger("info", "");
  const tree = decodeConfig(path, boot);
  const level = text(tree, "Log", "Level") ?? "debug";
  if (!isLevel(level)) {
    throw new ConfigRefused(
      `invalid server config: invalid log level '${level}', supported levels are: ${LEVELS}`,
    );
  }
  const log = new Logger(level, text(tree, "Log", "Output") ?? "");
  if (Object.keys(tree).length === 0) {
    throw refuse(boot, "failed to load config due to the absence of any key:value pair");
  }
  const secrets = readSecrets(tree, boot);
  validate(tree, secrets, log);
  const spec = text(tree, "distSpecVersion") ?? DIST_SPEC;
  if (spec !== DIST_SPEC) {
    log.warn("config dist-spec version differs from version actually used", {
      "config version": spec,
      "supported version": DIST_SPEC,
    });
  }
  return build(tree, secrets);
}

function decodeConfig(path: string, log: Logger): { [key: string]: Decoded } {
  try {
    return decode(CONFIG, withExtensions(parseConfigFile(path)), "config.Config");
  } catch (error) {
    if (error instanceof DecodeError) {
      log.error("failed to unmarshal new config", { error: error.message });
      throw new ConfigRefused(error.message);
    }
    if (error instanceof ConfigRefused)
      log.error("failed to read configuration", { error: error.message, path });
    throw error;
  }
}

/** Extensions of which none says more than its name are on all the same (LoadConfiguration; measured). */
function withExtensions(content: Record<string, unknown>): Record<string, unknown> {
  const name = Object.keys(content).find((key) => key.toLowerCase() === "extensions");
  const extensions = name === undefined ? undefined : content[name];
  if (name === undefined || !isTree(extensions) || !isEmpty(extensions)) return content;
  const on = Object.keys(extensions).map((each) => [each, { enable: true }]);
  return { ...content, [name]: Object.fromEntries(on) as object };
}

function readSecrets(tree: Decoded, log: Logger): Secrets {
  const clients: Secrets["clients"] = {};
  for (const [name, provider] of entries(tree, "HTTP", "Auth", "OpenID", "Providers")) {
    const path = text(provider, "CredentialsFile") ?? "";
    if (path === "") {
      log.warn(
        "deprecated: use the new OpenID provider credentialsfile instead of clientid and clientsecret.",
        { provider: name },
      );
      clients[name] = { id: text(provider, "ClientID") ?? "", secret: text(provider, "ClientSecret") ?? "" };
    } else {
      const read = readSecretFile(path, ["ClientID", "ClientSecret"], { all: true, log });
      clients[name] = { id: text(read, "ClientID") ?? "", secret: text(read, "ClientSecret") ?? "" };
    }
  }
  const keysFile = text(at(tree, "HTTP", "Auth"), "SessionKeysFile") ?? "";
  if (keysFile === "") return { clients };
  const hashKey =
    text(readSecretFile(keysFile, ["HashKey", "EncryptKey"], { all: false, log }), "HashKey") ?? "";
  return { clients, ...(hashKey !== "" && { hashKey }) };
}
