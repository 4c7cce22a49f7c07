import { configDiff } from "../zot/config/diff";
import { plainSecrets } from "../zot/config/masked";
import { formatOf, parseConfig, tryParseConfig, type Tree } from "../zot/config/read";
import { configFileNotes, configName, readConfig, settleConfigFile } from "./config-file";
import { imageMoved } from "./container-problems";
import { HostDangerError, refuseDangers } from "./dangers";
import { type HostFiles, renderFiles } from "./files";
import { sha256, withoutRevision } from "./revision";
import { certificateProblems, showsAnother } from "./tls";
import type { Comparison, DesiredHost, HostLayout, HostState } from "./types";

/** The host's clock decides API keys (measured); NTP keeps it well within a minute. */
const TOLERATED_SKEW_SECONDS = 60;

/** The host's config without the entry that always differs; undefined if zot could not read it either. */
export function observedConfig({ configText, configFile = "config.json" }: HostState): Tree | undefined {
  return configText === undefined ? undefined : tryParseConfig(configText, formatOf(configFile));
}

/**
 * The differences, setting by setting. A file that is not a config is not shown: its content is unknown, and many
 * people read CI's logs.
 */
function diffFrom(before: Tree | undefined, wanted: Tree): string[] {
  return configDiff(before ? withoutRevision(before) : {}, withoutRevision(wanted));
}

/**
 * Problems of the host's file besides its settings. Its revision also depends on the credentials, so this needs the
 * client.
 */
function fileNotes(state: HostState, wanted: string, diff: readonly string[]): string[] {
  if (state.configText === undefined) return ["config missing"];
  if (observedConfig(state) === undefined) return ["the config on the host cannot be read"];
  const same = state.configText === wanted || diff.length > 0;
  return same ? [] : ["config differs in its formatting or revision alone"];
}

/** What the settings change since the last deploy, for a host that cannot be asked. */
export function changesSince(deployed: string | undefined, { config }: DesiredHost): string[] {
  const before = deployed === undefined ? undefined : tryParseConfig(deployed, "json");
  return before === undefined ? [] : diffFrom(before, parseConfig(config, "json"));
}

function differences(files: HostFiles, desired: DesiredHost, state: HostState, layout: HostLayout): string[] {
  const differ = (name: string, verb: string, text: string, digest: string | undefined) =>
    digest === sha256(text) ? [] : [`${name} ${digest === undefined ? "missing" : verb}`];
  const { zotVersion, runningVersion } = state;
  return [
    ...differ("credentials", "differ", files.credentials, state.credentialsDigest),
    ...(state.credentialsMode !== undefined && state.credentialsMode !== "600"
      ? [`credentials have mode ${state.credentialsMode} instead of 600`]
      : []),
    ...(state.configMode !== undefined &&
    state.configMode !== "600" &&
    holdsSecret(readConfig(files.config, configName(layout)))
      ? [`the config holds a secret and has mode ${state.configMode} instead of 600`]
      : []),
    ...differ("fallback config", "differs", files.fallback, state.fallbackDigest),
    ...differ("launcher", "differs", files.launcher, state.launcherDigest),
    ...differ("launcher settings", "differ", files.launcherEnv, state.launcherSettingsDigest),
    ...(layout.service.manage ? differ("service", "differs", files.service, state.serviceDigest) : []),
    ...(state.unfinished ? ["the last deploy was interrupted before its proof"] : []),
    ...(state.serving
      ? []
      : [
          showsAnother(state)
            ? `zot serves another certificate than that of ${layout.tls?.certificate ?? "its config"}`
            : "not serving",
        ]),
    ...(state.serving && state.inForce === false ? ["the config on the host is not in force"] : []),
    ...(runningVersion !== undefined && runningVersion !== zotVersion
      ? [`zot ${runningVersion} is running, but the binary is ${zotVersion ?? "of an unknown version"} now`]
      : []),
    ...(desired.expectedVersion !== undefined && zotVersion !== desired.expectedVersion
      ? [`zot on the host is ${zotVersion ?? "of an unknown version"} instead of ${desired.expectedVersion}`]
      : []),
  ];
}

function holdsSecret(config: Tree): boolean {
  return plainSecrets(config).length > 0;
}

/** Other tools that would revert this deploy. */
function ansible({ ansibleFiles }: HostState): string[] {
  const files = ansibleFiles?.trim();
  return files === undefined || files === ""
    ? []
    : [`Ansible manages ${files}, and writes again until its role is removed from this host`];
}

/**
 * Compares the host's content with the desired one.
 *
 * @throws HostDangerError if the desired config would do harm.
 */
export function compareHost(given: HostLayout, desired: DesiredHost, state: HostState): Comparison {
  const layout = settleConfigFile(given, state);
  const found = refuseDangers(desired, observedConfig(state), {
    before: state.container,
    after: layout.container,
  }).map(({ text }) => text);
  const problems = certificateProblems(layout, state);
  if (problems.length > 0) throw new HostDangerError(problems);
  const files = renderFiles(layout, desired);
  const diff = diffFrom(observedConfig(state), readConfig(files.config, configName(layout)));
  const report = [...fileNotes(state, files.config, diff), ...differences(files, desired, state, layout)];
  const inSync =
    diff.length === 0 &&
    report.length === 0 &&
    state.configText === files.config &&
    state.generation !== undefined;
  const warnings = [
    ...configFileNotes(layout, state),
    ...ansible(state),
    ...imageMoved(layout, state),
    ...(Math.abs(state.clockSkewSeconds) > TOLERATED_SKEW_SECONDS
      ? [
          `the host's clock is ${state.clockSkewSeconds} s off: keys would expire too early or too late; set it by NTP`,
        ]
      : []),
    // No drift: the host has the desired files, only the issuer decides when logins return, and a deploy does not
    // restart zot while the issuer is down.
    ...(state.mode === "fallback"
      ? [
          `zot runs without logins, because ${desired.issuer} did not answer when it started; it switches back by itself`,
        ]
      : []),
  ];
  const {
    clockSkewSeconds: _skew,
    mode: _mode,
    ansibleFiles: _ansible,
    configFrom: _from,
    container: _container,
    containers: _containers,
    image: _image,
    ...observed
  } = state;
  const token = sha256(JSON.stringify([files, Object.entries(observed).sort()])).slice(0, 20);
  return {
    inSync,
    generation: inSync && state.generation !== undefined ? state.generation : token,
    consequences: found,
    diff,
    report,
    warnings,
  };
}
