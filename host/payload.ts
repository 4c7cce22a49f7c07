import { refuseDangers } from "./dangers";
import { DEFAULT_LIMITS } from "./limits";
import { formatZotConfig, parseZotConfig, REVISION_PREFIX, sha256, withRevision } from "./revision";
import { APPLY_SCRIPT, LAUNCHER_SCRIPT } from "./scripts";
import { runsLauncher, serviceDefinition } from "./service";
import { assignments } from "./shell";
import type { ApplyResult, DesiredHost, HostLayout } from "./types";

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

/** The config as zot verifies it before the switch: with the staged credentials instead of the live ones. */
function verifiable(layout: HostLayout, config: string): string {
  const parsed = parseZotConfig(config);
  for (const provider of Object.values(parsed.http.auth?.openid?.providers ?? {})) {
    if (provider.credentialsFile !== undefined) {
      provider.credentialsFile = `${stateFolder(layout)}/stage/oidc-credentials.json`;
    }
  }
  return formatZotConfig(parsed);
}

export function serviceSettings(layout: HostLayout): Record<string, string> {
  const { service } = layout;
  return {
    ZA_MANAGER: service.manager,
    ZA_MANAGE: service.manage ? "1" : "0",
    ZA_LAUNCHED: runsLauncher(layout) ? "1" : "0",
    ZA_SERVICE:
      service.manager === "launchd" ? service.label : service.manager === "systemd" ? service.unit : "",
    ZA_SCOPE:
      service.manager === "launchd"
        ? (service.domain ?? "gui")
        : service.manager === "systemd"
          ? service.scope
          : "",
    ZA_RESTART: service.restart ?? "",
  };
}

/** A short constant; the generation makes it an update when the host has drifted. */
export function applyCommand(generation: string): string {
  if (!/^[A-Za-z0-9._-]+$/.test(generation)) {
    throw new Error(
      `host/payload.ts: the generation '${generation}' may hold letters, digits, dots and dashes only`,
    );
  }
  return `exec /bin/sh -s # zot-access ${generation}`;
}

/** What that shell reads on stdin: the settings as quoted assignments, then the script. Secret. */
export function applyInput(layout: HostLayout, desired: DesiredHost, generation: string): string {
  refuseDangers(desired);
  const limits = { ...DEFAULT_LIMITS, ...layout.limits };
  const files = renderFiles(layout, desired);
  const settings = assignments({
    ZA_GENERATION: generation,
    ZA_ROOT: layout.configFolder,
    ZA_ZOT: layout.zotBinary,
    ZA_OWNER: layout.owner ?? "",
    ZA_URL: layout.loopbackUrl,
    ZA_ISSUER: desired.issuer,
    ZA_EXPECTED: desired.expectedVersion ?? "",
    ...serviceSettings(layout),
    ZA_LOCK_SECONDS: limits.lockSeconds,
    ZA_ISSUER_SECONDS: limits.issuerSeconds,
    ZA_START_SECONDS: limits.startSeconds,
    ZA_RELOAD_SECONDS: limits.reloadSeconds,
    ZA_REVISION: files.revision,
    ZA_RESTART_KEY: files.restartKey,
    ZA_CONFIG: files.config,
    ZA_FALLBACK: files.fallback,
    ZA_VERIFY: verifiable(layout, files.config),
    ZA_CREDENTIALS: files.credentials,
    ZA_LAUNCHER: files.launcher,
    ZA_LAUNCHER_ENV: files.launcherEnv,
    ZA_SERVICE_TEXT: files.service,
  });
  return settings + APPLY_SCRIPT;
}

/** The update did not take. `outcome` tells what the host holds now; the message says what to do. */
export class HostApplyError extends Error {
  constructor(
    readonly outcome: "refused" | "rolled-back" | "broken" | "missing",
    readonly detail: string,
  ) {
    super(
      outcome === "missing"
        ? `host: the script gave no result, so the connection was cut or the shell is not POSIX sh; it goes on by itself on the host. Run \`pulumi up\` again: it waits for that run and repairs what is needed. Last output: ${detail}`
        : `host: ${outcome}: ${detail}`,
    );
    this.name = "HostApplyError";
  }
}

/** Reads the last sentinel line. Some SSH servers report exit 0 for everything, so only this line counts. */
export function parseOutcome(stdout: string): ApplyResult {
  const matches = [...stdout.matchAll(/^zot-access-result ([a-z-]+) gapMs=(-|\d+) (.*)$/gm)];
  const last = matches.at(-1);
  const [, outcome, gap, detail] = last ?? [];
  if (outcome === undefined || gap === undefined || detail === undefined) {
    throw new HostApplyError("missing", stdout.slice(-300).trim() || "none");
  }
  if (outcome === "unchanged" || outcome === "reloaded" || outcome === "restarted") {
    return gap === "-" ? { outcome, detail } : { outcome, detail, gapMs: Number(gap) };
  }
  if (outcome === "refused" || outcome === "rolled-back" || outcome === "broken") {
    throw new HostApplyError(outcome, detail);
  }
  throw new HostApplyError("missing", last?.[0] ?? "none");
}
