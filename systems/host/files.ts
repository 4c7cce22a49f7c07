import { DEFAULT_LIMITS } from "./limits";
import { parseZotConfig, REVISION_PREFIX, sha256, withRevision, type ZotConfig } from "./revision";
import { LAUNCHER_SCRIPT } from "./scripts";
import { serviceDefinition } from "./service";
import { assignments } from "./shell";
import type { DesiredHost, HostLayout } from "./types";

/** Every text that a set on the host holds, byte for byte. */
export interface HostFiles {
  config: string;
  fallback: string;
  credentials: string;
  launcher: string;
  launcherEnv: string;
  /** Empty where another tool owns the service definition. */
  service: string;
  /** Repository name that proves these files to be in force. */
  revision: string;
  /** Equal for two sets that differ in their access rules alone. */
  restartKey: string;
}

/** That of the texts which the host holds already, by its digest; else the first. */
export function sameBytes(texts: readonly string[], digest: string | undefined): string {
  const [first = ""] = texts;
  return texts.find((text) => sha256(text) === digest) ?? first;
}

const stateFolder = (layout: HostLayout): string => `${layout.configFolder}/zot-access`;

function withoutAccessControl(text: string): string {
  const { http, ...rest } = parseZotConfig(text);
  const { accessControl: _accessControl, ...otherHttp } = http;
  return JSON.stringify({ ...rest, http: otherHttp });
}

export function renderFiles(layout: HostLayout, desired: DesiredHost): HostFiles {
  const limits = { ...DEFAULT_LIMITS, ...layout.limits };
  const launcherEnv = assignments({
    ZL_ISSUER: desired.issuer,
    ZL_ZOT: layout.zotBinary,
    ZL_STATE: stateFolder(layout),
    ZL_BOOT: limits.bootSeconds,
    ZL_POLL: limits.pollSeconds,
    ZL_DRAIN: limits.drainSeconds,
  });
  const service = serviceDefinition(layout, limits.drainSeconds);
  const { config, fallbackConfig, credentials } = desired;
  const others = [LAUNCHER_SCRIPT, launcherEnv, service];
  const revision =
    REVISION_PREFIX + sha256(JSON.stringify([config, fallbackConfig, credentials, ...others])).slice(0, 16);
  return {
    config: withRevision(config, revision),
    fallback: withRevision(fallbackConfig, revision),
    credentials,
    launcher: LAUNCHER_SCRIPT,
    launcherEnv,
    service,
    revision,
    restartKey: sha256(
      JSON.stringify([
        withoutAccessControl(config),
        withoutAccessControl(fallbackConfig),
        credentials,
        ...others,
      ]),
    ),
  };
}

/** apply.sh puts the folder of the staged set, and a free port, in the place of these. */
const SET_MARK = "@SET@";
const PORT_MARK = "@PORT@";

/** The config as zot verifies it before the switch: with the staged credentials instead of the live ones. */
export function verifiable(config: string): ZotConfig {
  const parsed = parseZotConfig(config);
  for (const provider of Object.values(parsed.http.auth?.openid?.providers ?? {})) {
    if (provider.credentialsFile !== undefined)
      provider.credentialsFile = `${SET_MARK}/oidc-credentials.json`;
  }
  return parsed;
}

/**
 * The config with which zot is tried beside the running one: on another port, with a storage of its own, and without what
 * downloads (sync, search) or writes elsewhere (the log).
 */
export function trial(config: string): ZotConfig {
  const { storage: _storage, log: _log, extensions: _extensions, http, ...rest } = verifiable(config);
  return {
    ...rest,
    storage: { rootDirectory: `${SET_MARK}/trial` },
    http: { ...http, address: "127.0.0.1", port: PORT_MARK },
    log: { level: "info" },
  };
}
