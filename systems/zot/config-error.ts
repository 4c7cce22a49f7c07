/** A setting that this zot version cannot express, or that would override a managed part. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}
