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

/** API keys are judged by the host's clock (facts/zot.md); a minute is more than NTP ever leaves. */
const TOLERATED_SKEW_SECONDS = 60;

/** The host's config without the entry that always differs; undefined where zot could not read it either. */
export function observedConfig({ configText, configFile = "config.json" }: HostState): Tree | undefined {
  return configText === undefined ? undefined : tryParseConfig(configText, formatOf(configFile));
}

/** What differs, setting by setting. What is no config is not shown: nobody knows what it holds, and CI's logs are read by many. */
function diffFrom(before: Tree | undefined, wanted: Tree): string[] {
  return configDiff(before ? withoutRevision(before) : {}, withoutRevision(wanted));
}

/**
 * What is wrong with the host's file beside its settings. Its revision follows from the credentials, too, so that this can be told only
 * once the client is known.
 */
function fileNotes(state: HostState, wanted: string, diff: readonly string[]): string[] {
  if (state.configText === undefined) return ["config missing"];
  if (observedConfig(state) === undefined) return ["the config on the host cannot be read"];
  const same = state.configText === wanted || diff.length > 0;
  return same ? [] : ["config differs in its formatting or revision alone"];
}

/** What the settings change in the config since it was last deployed: for a host that cannot be asked what it holds. */
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

/** Who would bring back what this deploy changes. */
function ansible({ ansibleFiles }: HostState): string[] {
  const files = ansibleFiles?.trim();
  return files === undefined || files === ""
    ? []
    : [`Ansible manages ${files}, and writes again until its role is removed from this host`];
}

/**
 * Compares what the host holds with what it should hold.
 *
 * @throws HostDangerError when the desired config would harm.
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
    // No drift: the host holds what it should, the issuer alone decides when logins are back, and a deploy could do nothing
    // about it, as it restarts no zot while the issuer is away.
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
