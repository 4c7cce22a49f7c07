import { asJson, CONFIG_NAME, configName, formatConfig, readConfig } from "./config-file";
import { refuseDangers } from "./dangers";
import { type HostFiles, programFiles, renderFiles, trial, verifiable } from "./files";
import { DEFAULT_LIMITS } from "./limits";
import { anonymousView, REVISION } from "./revision";
import { APPLY_SCRIPT, AS_USER_SCRIPT } from "./scripts";
import { formatOf, tryParseConfig } from "../zot/config/read";
import { serviceSettings, portWords, zotAddress, zotWords } from "./script-settings";
import { assignments, readAssignments, splitScript } from "./shell";
import type { DesiredHost, HostLayout } from "./types";

export { HostApplyError, parseOutcome } from "./outcome";

/** Paths go into XML, JSON and unit files; only characters that need no quotes in any of them are allowed. */
function checkLayout({ configFolder, configName, container, zotBinary, loopbackUrl, tls }: HostLayout): void {
  if (configName !== undefined && !CONFIG_NAME.test(configName))
    throw new Error(`systems/host/payload.ts: configName must be the name of a file: '${configName}'`);
  for (const [name, path] of Object.entries({ configFolder, ...(!container && { zotBinary }) })) {
    // eslint-disable-next-line no-control-regex -- that is what is refused
    if (!path.startsWith("/") || /["\\@\u0000-\u001f]/.test(path)) {
      throw new Error(
        `systems/host/payload.ts: ${name} must be an absolute path without quotes, '@' and backslashes: '${path}'`,
      );
    }
  }
  if (!/^https?:\/\/[^/]+$/.test(loopbackUrl) || (tls && !/^[\w.:[\]-]+$/.test(tls.name))) {
    throw new Error(
      `systems/host/payload.ts: loopbackUrl must be like http://127.0.0.1:5050, and TLS have a name: '${loopbackUrl}'`,
    );
  }
}

/** The script, or the script that runs it as zot's user, if that is not the SSH user. */
export function asUser(layout: HostLayout, script: string): string {
  return layout.runAs === undefined ? script : assignments(asUserSettings(layout, script)) + AS_USER_SCRIPT;
}

function asUserSettings(layout: HostLayout, script: string): Record<string, string | number> {
  return {
    ZA_RUN_AS: layout.runAs ?? "",
    ...serviceSettings(layout),
    ZA_ROOT: layout.configFolder,
    ...zotWords(layout),
    ZA_INNER: script,
  };
}

/**
 * A short text without secrets. The generation causes an update if the host has drifted. The generation and zot's
 * version need the host, and are here so that the script's input is known, and can be compared, while the host is
 * unreachable.
 */
export function applyCommand(generation: string, expectedVersion = ""): string {
  const words = { generation, version: expectedVersion || "any" };
  for (const [name, word] of Object.entries(words)) {
    if (!/^[A-Za-z0-9._-]+$/.test(word)) {
      throw new Error(
        `systems/host/payload.ts: the ${name} '${word}' may hold letters, digits, dots and dashes only`,
      );
    }
  }
  return `exec /bin/sh -s apply ${generation}${expectedVersion && ` ${expectedVersion}`} # zot-access`;
}

/** The generation of such a text. */
export function generationOf(command: string): string | undefined {
  return / apply (\S+) /.exec(command)?.[1];
}

/**
 * For `delete` of the same remote.Command, with the same stdin: restores what was there before the first deploy.
 * Without it the registry stays as it is.
 */
export function restoreCommand(): string {
  return "exec /bin/sh -s restore # zot-access";
}

function hostSettings(layout: HostLayout): Record<string, string | number> {
  checkLayout(layout);
  const { failDelay = 0 } = layout;
  const limits = { ...DEFAULT_LIMITS, ...layout.limits };
  return {
    ZA_ROOT: layout.configFolder,
    ZA_NAME: configName(layout),
    ...zotWords(layout),
    ...zotAddress(layout),
    ...portWords(layout.container),
    ...serviceSettings(layout),
    // The original state of the host is unknown.
    ZA_ANYONE: 200,
    ZA_TELLS: "1",
    ZA_LOCK_SECONDS: limits.lockSeconds,
    ZA_ISSUER_SECONDS: limits.issuerSeconds,
    // A proof sends up to six requests that are refused, and zot delays each of these answers.
    ZA_START_SECONDS: limits.startSeconds + 6 * failDelay,
    ZA_RELOAD_SECONDS: limits.reloadSeconds + 6 * failDelay,
  };
}

/** The stdin of restoreCommand() if the last deploy is unknown. Contains no secret. */
export function restoreInput(layout: HostLayout): string {
  return asUser(layout, assignments({ ...hostSettings(layout), ZA_REVISION: "" }) + APPLY_SCRIPT);
}

/** The stdin of both commands: the settings as quoted assignments, then the script. Secret. */
export function applyInput(layout: HostLayout, desired: DesiredHost): string {
  checkLayout(layout);
  refuseDangers(desired);
  const settings = deploySettings(layout, desired.issuer, renderFiles(layout, desired));
  return asUser(layout, assignments(settings) + APPLY_SCRIPT);
}

function deploySettings(
  layout: HostLayout,
  issuer: string,
  files: HostFiles,
): Record<string, string | number> {
  const name = configName(layout);
  const config = readConfig(files.config, name);
  const { anyone, tells } = anonymousView(config);
  return {
    ...hostSettings(layout),
    ZA_ANYONE: anyone,
    ZA_TELLS: tells ? "1" : "0",
    ZA_ISSUER: issuer,
    ZA_REVISION: files.revision,
    ZA_RESTART_KEY: files.restartKey,
    ZA_CONFIG: files.config,
    ZA_FALLBACK: files.fallback,
    ZA_VERIFY: formatConfig(verifiable(config), name),
    ZA_TRIAL: formatConfig(trial(config), name),
    ZA_CREDENTIALS: files.credentials,
    ZA_LAUNCHER: files.launcher,
    ZA_LAUNCHER_ENV: files.launcherEnv,
    ZA_SERVICE_TEXT: files.service,
  };
}

/**
 * The differences between such an input and applyInput() for that layout and issuer, apart from config and
 * credentials.
 *
 * @returns the variables, by name; none if the input is the program's own
 */
export function foreignSettings(layout: HostLayout, issuer: string, input: string): string[] {
  const outer = splitScript(input).values;
  const { ZA_INNER: inner } = outer;
  const isAsUser = layout.runAs !== undefined || inner !== undefined;
  return [
    ...(isAsUser ? differing(asUserSettings(layout, inner ?? ""), outer) : []),
    ...foreignInDeploy(layout, issuer, inner === undefined ? outer : splitScript(inner).values),
  ];
}

function foreignInDeploy(layout: HostLayout, issuer: string, sent: Record<string, string>): string[] {
  const brought = {
    ZA_NAME: CONFIG_NAME,
    ZA_REVISION: REVISION,
    ZA_RESTART_KEY: /^[0-9a-f]{64}$/,
  };
  const text = (name: string) => sent[name] ?? "";
  const malformed = Object.entries(brought).flatMap(([name, form]) => (form.test(text(name)) ? [] : [name]));
  const settled = { ...layout, configName: text("ZA_NAME") };
  if (settled.configName !== (layout.configName ?? settled.configName)) malformed.push("ZA_NAME");
  if (tryParseConfig(text("ZA_CONFIG"), formatOf(settled.configName)) === undefined)
    malformed.push("ZA_CONFIG");
  if (malformed.length > 0) return malformed;
  const own = deploySettings(settled, issuer, {
    ...programFiles(settled, issuer),
    config: text("ZA_CONFIG"),
    fallback: text("ZA_FALLBACK"),
    credentials: text("ZA_CREDENTIALS"),
    revision: text("ZA_REVISION"),
    restartKey: text("ZA_RESTART_KEY"),
  });
  return differing(own, sent);
}

function differing(own: Record<string, string | number>, sent: Record<string, string>): string[] {
  const names = new Set([...Object.keys(own), ...Object.keys(sent)]);
  return [...names].filter((name) => name in own !== name in sent || String(own[name]) !== sent[name]);
}

/** The config in such an input, as JSON, and its file name. */
export function sentConfig(input: string): { config?: string | undefined; name?: string | undefined } {
  const { ZA_CONFIG: text, ZA_NAME: name } = readAssignments(input);
  return { config: text === undefined ? undefined : asJson(text, name ?? "config.json"), name };
}
