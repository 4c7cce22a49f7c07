import { DEFAULT_LIMITS } from "./limits";
import { configName, formatConfig } from "./config-file";
import { runWords } from "./container";
import { overlay, type Part } from "../zot/config/overlay";
import { parseConfig, type Tree, treeAt } from "../zot/config/read";
import { anonymousView, REVISION_PREFIX, sha256, withRevision } from "./revision";
import { LAUNCHER_SCRIPT } from "./scripts";
import { serviceSettings, zotAddress, zotWords } from "./script-settings";
import { runsLauncher, serviceDefinition } from "./service";
import { assignments } from "./shell";
import type { DesiredHost, HostLayout } from "./types";

/** Every text of a set on the host, byte for byte. */
export interface HostFiles {
  config: string;
  fallback: string;
  credentials: string;
  launcher: string;
  launcherEnv: string;
  /** Empty if another tool owns the service definition. */
  service: string;
  /** Repository name that proves these files to be in force. */
  revision: string;
  /**
   * Equal for two sets that only differ in their access rules, if an anonymous request can prove the new rules; a
   * private registry is restarted instead.
   */
  restartKey: string;
}

/** The one of the texts that the host already has, by digest; otherwise the first. */
export function sameBytes(texts: readonly string[], digest: string | undefined): string {
  const [first = ""] = texts;
  return texts.find((text) => sha256(text) === digest) ?? first;
}

/** Extension of every config in a set, by which zot knows its format. */
function extension(name: string): string {
  return /\.(ya?ml)$/.exec(name)?.[1] ?? "json";
}

const stateFolder = (layout: HostLayout): string => `${layout.configFolder}/zot-access`;

function withoutAccessControl(text: string): string {
  return JSON.stringify(
    overlay(parseConfig(text, "json"), [{ path: ["http", "accessControl"], gone: true }]),
  );
}

/** The ones among them that run on the host, which only depend on the layout and the issuer. */
export function programFiles(
  layout: HostLayout,
  issuer: string,
): Pick<HostFiles, "launcher" | "launcherEnv" | "service"> {
  const limits = { ...DEFAULT_LIMITS, ...layout.limits };
  const launcherEnv = assignments({
    ZL_ISSUER: issuer,
    ...zotWords(layout),
    ZC_SERVE: runWords(layout, "serve"),
    // With these the launcher beside a service requests zot and restarts the service.
    ...(!runsLauncher(layout) && {
      ...zotAddress(layout),
      ...serviceSettings(layout),
      ZL_START: limits.startSeconds,
    }),
    ZL_STATE: stateFolder(layout),
    ZL_EXT: extension(configName(layout)),
    ZL_BOOT: limits.bootSeconds,
    ZL_POLL: limits.pollSeconds,
    ZL_DRAIN: limits.drainSeconds,
  });
  return { launcher: LAUNCHER_SCRIPT, launcherEnv, service: serviceDefinition(layout, limits.drainSeconds) };
}

export function renderFiles(layout: HostLayout, desired: DesiredHost): HostFiles {
  const name = configName(layout);
  const { launcher, launcherEnv, service } = programFiles(layout, desired.issuer);
  const { config, fallbackConfig, credentials } = desired;
  const others = [launcher, launcherEnv, service];
  const { tells } = anonymousView(parseConfig(config, "json"));
  const revision =
    REVISION_PREFIX + sha256(JSON.stringify([config, fallbackConfig, credentials, ...others])).slice(0, 16);
  return {
    config: formatConfig(withRevision(config, revision), name),
    fallback: formatConfig(withRevision(fallbackConfig, revision), name),
    credentials,
    launcher,
    launcherEnv,
    service,
    revision,
    restartKey: sha256(
      JSON.stringify([
        ...[config, fallbackConfig].map((text) => (tells ? withoutAccessControl(text) : text)),
        credentials,
        ...others,
      ]),
    ),
  };
}

/** apply.sh replaces these with the folder of the staged set and a free port. */
const SET_MARK = "@SET@";
const PORT_MARK = "@PORT@";

const PROVIDER = ["http", "auth", "openid", "providers", "oidc"];

/** The config that zot verifies before the switch: with the staged credentials instead of the live ones. */
export function verifiable(parsed: Tree): Tree {
  if (treeAt(parsed, ...PROVIDER) === undefined) return parsed;
  return overlay(parsed, [
    { path: [...PROVIDER, "credentialsFile"], value: `${SET_MARK}/oidc-credentials.json` },
  ]);
}

/** Parts that reach beyond the trial: data, databases and other registries, or other members of a cluster. */
const REAL: readonly Part[] = [
  ["storage"],
  ["log"],
  ["extensions"],
  ["cluster"],
  ["http", "auth", "sessionDriver"],
  // The trial sends many requests at once, and most of them are refused.
  ["http", "ratelimit"],
  ["http", "auth", "failDelay"],
].map((path) => ({ path, gone: true }));

/**
 * The config for trying zot beside the running one: another port, its own storage, and without downloads (sync,
 * search), external stores (databases, sessions) or other files (the log).
 */
export function trial(config: Tree): Tree {
  return overlay(verifiable(config), [
    ...REAL,
    { path: ["storage"], value: { rootDirectory: `${SET_MARK}/trial` } },
    { path: ["http", "address"], value: "127.0.0.1" },
    { path: ["http", "port"], value: PORT_MARK },
    { path: ["log"], value: { level: "info" } },
  ]);
}
