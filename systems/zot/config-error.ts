/** A setting that this zot version cannot express, or that would override what this program decides. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}
