import type { Logger } from "../log";

/** A config that zot does not accept: exit code 1, the message after `Error: `. */
export class ConfigRefused extends Error {
  override readonly name = "ConfigRefused";
}

export function refuse(log: Logger, message: string, fields: Record<string, unknown> = {}): ConfigRefused {
  log.error(message, { error: "invalid server config", ...fields });
  return new ConfigRefused(`invalid server config: ${message}`);
}
