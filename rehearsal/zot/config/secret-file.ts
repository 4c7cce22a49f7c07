import { ConfigRefused } from "./refused";
import { decode, DecodeError, type Decoded } from "./decode";
import { parseConfigFile } from "./parse";
import type { Logger } from "../log";

/** Credentials from the files that the config names; `hashKey` undefined: sessions end with the process. */
export interface Secrets {
  clients: Record<string, { id: string; secret: string }>;
  hashKey?: string;
}

/**
 * A JSON file of secrets beside the config: credentials of the issuer, session keys (zot's readSecretFile). Only these
 * keys may be in it, and with `all` each of them must.
 *
 * @throws ConfigRefused, with the path but never with a value
 */
export function readSecretFile(
  path: string,
  keys: string[],
  { all, log }: { all: boolean; log: Logger },
): { [key: string]: Decoded } {
  const content = readContent(path, log);
  const present = new Set(Object.keys(content).map((key) => key.toLowerCase()));
  if (present.size === 0)
    throw refused(log, path, "failed to load secret file due to the absence of any key:value pair");
  const known = new Set(keys.map((key) => key.toLowerCase()));
  const unknown = [...present].filter((key) => !known.has(key));
  if (unknown.length > 0) throw refused(log, path, "failed to load secret file due to unknown keys", unknown);
  const unset = keys.filter((key) => !present.has(key.toLowerCase()));
  if (all && unset.length > 0)
    throw refused(log, path, "failed to load secret file due to unset keys", unset);
  const fields = Object.fromEntries(keys.map((key) => [key, "string" as const]));
  return decode({ fields }, content, "secret file");
}

function readContent(path: string, log: Logger): Record<string, unknown> {
  try {
    return parseConfigFile(path);
  } catch (error) {
    if (!(error instanceof ConfigRefused) && !(error instanceof DecodeError)) throw error;
    log.error("failed to read secret file configuration", { error: error.message, path });
    throw new ConfigRefused(`invalid server config\n${error.message}`);
  }
}

function refused(log: Logger, path: string, message: string, keys?: string[]): ConfigRefused {
  log.error(message, { error: "invalid server config", path, ...(keys && { keys }) });
  return new ConfigRefused(`invalid server config: ${message}`);
}
