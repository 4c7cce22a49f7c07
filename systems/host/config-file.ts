import { posix } from "node:path";
import { stringify } from "yaml";
import { formatOf, parseConfig, type Tree, tryParseConfig } from "../zot/config/read";
import { formatJson } from "./revision";
import { runsLauncher } from "./service";
import type { HostLayout, HostState } from "./types";

/** A file name of the config folder that zot reads as the format that the name says. */
export const CONFIG_NAME = /^[\w][\w.-]*$/;

export function configName({ configName = "config.json" }: Pick<HostLayout, "configName">): string {
  return configName;
}

/** A config as the content of a file with that name: a text in quotes is text for every YAML parser. */
export function formatConfig(config: Tree, name: string): string {
  if (formatOf(name) === "json") return formatJson(config);
  return stringify(config, { defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN", lineWidth: 0 });
}

/** The text of a config in any format, as JSON; undefined if zot could not read it either. */
export function asJson(text: string, name: string): string | undefined {
  const config = tryParseConfig(text, formatOf(name));
  return config && formatJson(config);
}

export function readConfig(text: string, name: string): Tree {
  return parseConfig(text, formatOf(name));
}

/** The program cannot find out which config zot reads, or zot would not read what a deploy writes. */
export class ConfigFileError extends Error {
  override readonly name = "ConfigFileError";
}

/**
 * The layout with the name of the config that the service serves: the file keeps its name and format.
 *
 * @param state from the probe; undefined if the host could not be asked
 * @param deployed name of the last deploy, for a host that cannot be asked
 * @throws ConfigFileError before any resource is declared
 */
export function settleConfigFile(layout: HostLayout, state?: HostState, deployed?: string): HostLayout {
  if (!state) return { ...layout, configName: layout.configName ?? deployed ?? "config.json" };
  const { configFile, configFrom, lying, servedBeside } = state;
  if (configFile === undefined) return { ...layout, configName: configName(layout) };
  const { dir, base } = posix.parse(configFile);
  refuseOther(layout, configFile);
  if (servedBeside !== undefined && !runsLauncher(layout)) {
    throw new ConfigFileError(
      `zot serves ${servedBeside}, and host.configFile says ${base}, which nothing reads: set it to ${posix.basename(servedBeside)}, or leave it out`,
    );
  }
  if (lying !== undefined) {
    throw new ConfigFileError(
      `${layout.configFolder} holds ${lying.join(" and ")}, and neither a process nor the service's definition says which of them zot ` +
        "reads: set host.configFile to that one's name",
    );
  }
  if (configFrom === "deploy" && layout.configName !== undefined && layout.configName !== base) {
    throw new ConfigFileError(
      `${layout.configFolder} holds ${base} of this project, and host.configFile says ${layout.configName}: leave host.configFile out, or ` +
        "restore the host first (`npm run destroy` with host.onDestroy: restore)",
    );
  }
  if (!CONFIG_NAME.test(base)) {
    throw new ConfigFileError(
      `zot reads ${configFile}, a name that this program does not write: rename it, and its use in the service, to config.json or config.yaml`,
    );
  }
  return { ...layout, configName: dir === layout.configFolder ? base : (layout.configName ?? base) };
}

/** Another tool's service keeps reading the file in its own definition. */
function refuseOther({ configFolder, service }: HostLayout, configFile: string): void {
  const { dir } = posix.parse(configFile);
  if (dir === configFolder || service.manage || service.launcher === true) return;
  throw new ConfigFileError(
    `zot serves ${configFile}, and a deploy would write to ${configFolder}, where nothing reads it: set host.configFolder to ${dir}`,
  );
}

/** A note for the user, in one line; nothing for the usual config.json. */
export function configFileNotes({ configFolder }: HostLayout, state: HostState): string[] {
  const { configFile, configFrom, configText } = state;
  if (configFile === undefined || configFrom === "deploy" || configText === undefined) return [];
  const { dir, base } = posix.parse(configFile);
  if (dir !== configFolder)
    return [`zot serves ${configFile} now; from the first deploy on it serves ${configFolder}/${base}`];
  if (formatOf(base) === "json") return [];
  const comments = /^\s*#/m.test(configText) ? "; its comments are not kept" : "";
  return [`zot serves ${configFile}: it keeps that name, and stays YAML${comments}`];
}
