import { createPatch } from "diff";
import { lostSections } from "../zot/extra-config";
import { refuseDangers } from "./dangers";
import { type HostFiles, renderFiles } from "./files";
import { sha256, withoutRevision } from "./revision";
import type { Comparison, DesiredHost, HostLayout, HostState } from "./types";

/** API keys are judged by the host's clock (facts/zot.md); a minute is more than NTP ever leaves. */
const TOLERATED_SKEW_SECONDS = 60;

const SECRET_NAME = /(secret|password|passwd|token|key)$/i;

/**
 * As the program formats it and without the line that always differs. Secrets that somebody wrote into the host's config are
 * masked, and what is no JSON is not shown at all: nobody knows what it holds, and CI's logs are read by many.
 */
function readable(text: string): string {
  if (text === "") return text;
  try {
    return withoutRevision(JSON.stringify(JSON.parse(text, masked)));
  } catch {
    return "(no JSON)\n";
  }
}

function masked(name: string, value: unknown): unknown {
  return typeof value === "string" && SECRET_NAME.test(name) ? "(masked)" : value;
}

/** Unified diff from the host's text to the desired one, without secrets. */
function configDiff(seen: string | undefined, wanted: string): string[] {
  if (seen === wanted) return [];
  const before = readable(seen ?? "");
  const after = readable(wanted);
  if (before === after) return ["config differs in its formatting or revision alone"];
  return unified(before, after, "on the host");
}

function unified(before: string, after: string, from: string): string[] {
  return createPatch("config.json", before, after, from, "desired", { context: 3 }).split("\n").slice(2, -1);
}

/** What the settings change in the config since it was last deployed: for a host that cannot be asked what it holds. */
export function changesSince(deployed: string | undefined, { config }: DesiredHost): string[] {
  if (deployed === undefined) return [];
  const [before, after] = [readable(deployed), readable(config)];
  return before === after ? [] : unified(before, after, "as last deployed");
}

function differences(files: HostFiles, desired: DesiredHost, state: HostState, managed: boolean): string[] {
  const differ = (name: string, verb: string, text: string, digest: string | undefined) =>
    digest === sha256(text) ? [] : [`${name} ${digest === undefined ? "missing" : verb}`];
  const { zotVersion, runningVersion } = state;
  return [
    ...differ("credentials", "differ", files.credentials, state.credentialsDigest),
    ...(state.credentialsMode !== undefined && state.credentialsMode !== "600"
      ? [`credentials have mode ${state.credentialsMode} instead of 600`]
      : []),
    ...differ("fallback config", "differs", files.fallback, state.fallbackDigest),
    ...differ("launcher", "differs", files.launcher, state.launcherDigest),
    ...differ("launcher settings", "differ", files.launcherEnv, state.launcherSettingsDigest),
    ...(managed ? differ("service", "differs", files.service, state.serviceDigest) : []),
    ...(state.unfinished ? ["the last deploy was cut before its proof"] : []),
    ...(state.serving ? [] : ["not serving"]),
    ...(state.serving && state.inForce === false ? ["the config on the host is not in force"] : []),
    ...(runningVersion !== undefined && runningVersion !== zotVersion
      ? [`zot ${runningVersion} is running, but the binary is ${zotVersion ?? "of an unknown version"} now`]
      : []),
    ...(desired.expectedVersion !== undefined && zotVersion !== desired.expectedVersion
      ? [`zot on the host is ${zotVersion ?? "of an unknown version"} instead of ${desired.expectedVersion}`]
      : []),
  ];
}

/** What a first deploy would take away, and who would bring it back. */
function takenOver({ configText = "", ansibleFiles }: HostState, wanted: string): string[] {
  const lost = lostSections(jsonOf(configText), jsonOf(wanted)).map(({ path, owned }) =>
    owned
      ? `the host's config has ${path}, which this program decides: it will go`
      : `the host's config has ${path}, for which there is no setting: it will go, unless zot.extraConfig carries it over`,
  );
  const ansible = ansibleFiles?.trim();
  return [
    ...lost,
    ...(ansible === undefined || ansible === ""
      ? []
      : [`Ansible says that it writes ${ansible}: it will again, until its role is taken off this host`]),
  ];
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Compares what the host holds with what it should hold.
 *
 * @throws HostDangerError when the desired config would harm.
 */
export function compareHost(layout: HostLayout, desired: DesiredHost, state: HostState): Comparison {
  refuseDangers(desired, state.configText);
  const files = renderFiles(layout, desired);
  const report = [
    ...configDiff(state.configText, files.config),
    ...differences(files, desired, state, layout.service.manage),
  ];
  const inSync = report.length === 0 && state.configText === files.config && state.generation !== undefined;
  const warnings = [
    ...takenOver(state, files.config),
    ...(Math.abs(state.clockSkewSeconds) > TOLERATED_SKEW_SECONDS
      ? [
          `the host's clock is ${state.clockSkewSeconds} s off: keys would expire too early or too late; set it by NTP`,
        ]
      : []),
    // No drift: the host holds what it should, the issuer alone decides when logins are back, and a deploy could do nothing
    // about it, as it restarts no zot while the issuer is away.
    ...(state.mode === "fallback"
      ? [
          `zot runs without logins, because ${desired.issuer} did not answer when it started; it goes back by itself`,
        ]
      : []),
  ];
  const { clockSkewSeconds: _skew, mode: _mode, ansibleFiles: _ansible, ...observed } = state;
  const token = sha256(JSON.stringify([files, Object.entries(observed).sort()])).slice(0, 20);
  return {
    inSync,
    generation: inSync && state.generation !== undefined ? state.generation : token,
    report,
    warnings,
  };
}
