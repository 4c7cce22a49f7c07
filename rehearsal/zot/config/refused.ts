/** A config that zot does not accept: exit code 1, the message after `Error: `. */
export class ConfigRefused extends Error {
  override readonly name = "ConfigRefused";
}
