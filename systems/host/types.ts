import type { Intent, ConsequenceKind } from "../zot/config/consequences";

/** How to reach the registry host. For each server, exactly one of `privateKey` and `agentSocket` is expected. */
export interface SshTarget extends SshServer {
  /** The jump host, which only sees encrypted traffic. */
  jump?: SshServer;
}

export interface SshServer {
  host: string;
  port: number;
  user: string;
  /** OpenSSH public key text, for instance `ssh-ed25519 AAAA… comment`. Any other key ends the connection. */
  hostKey: string;
  /** PEM or OpenSSH text of the private key. */
  privateKey?: string;
  /** Path of an ssh-agent socket. */
  agentSocket?: string;
}

/**
 * The service manager of zot on the host.
 * `manage: true`: the program owns the service definition, which runs the launcher.
 * `manage: false`: another tool owns it; it runs `zot serve <configFolder>/<config>`, or, with `launcher: true`,
 * `/bin/sh <configFolder>/zot-access/current/launcher.sh`. Without the launcher zot cannot boot while the issuer is
 * down.
 */
export type Service =
  | {
      manager: "launchd";
      label: string;
      /** Domain unless it is already loaded in another; `gui/<uid>` needs a logged-in user. Default: gui. */
      domain?: "gui" | "user";
      manage: boolean;
      launcher?: boolean;
      /** Shell command instead of `launchctl kickstart -k`; it must return after the old process has ended. */
      restart?: string;
      /** Where zot's stdout and stderr go, into one file or two; default `<configFolder>/zot.log`. */
      logFile?: string | { out: string; err: string };
    }
  | {
      manager: "systemd";
      /** With suffix, for instance `zot.service`. */
      unit: string;
      scope: "user" | "system";
      manage: boolean;
      launcher?: boolean;
      restart?: string;
    }
  | {
      manager: "command";
      manage: false;
      launcher: boolean;
      /** Shell command that restarts the service; it must return after the old process has ended. */
      restart: string;
    };

/** Locations on the host. All paths are absolute. */
export interface HostLayout {
  /** Contains the config, `oidc-credentials.json` and the folder `zot-access` with the sets. */
  configFolder: string;
  /**
   * Name of the config in it, which decides the format; if left out, `config.json`, or the one that the probe finds:
   * see config-file.ts.
   */
  configName?: string;
  /** The executable; empty if zot runs in a container. */
  zotBinary: string;
  container?: Container;
  /**
   * User that zot runs as, if that is not the SSH user; the SSH user is then root, or may become that user by `sudo
   * -n`.
   */
  runAs?: string;
  service: Service;
  /** Where zot answers on the host itself, for instance `http://127.0.0.1:5050`, without trailing slash. */
  loopbackUrl: string;
  /** If zot serves TLS itself: the name in its certificate, and the file on the host. */
  tls?: { name: string; certificate: string };
  /** Seconds by which zot delays a refusal (its `http.auth.failDelay`). */
  failDelay?: number;
  /** Limits in seconds; `DEFAULT_LIMITS` has the defaults and the reasons. */
  limits?: Partial<Limits>;
}

/**
 * The container that runs zot, if there is one. Its definition is the launcher's (`manage`, `launcher`), or another
 * tool's.
 */
export interface Container {
  runtime: "podman" | "docker";
  /** With a tag, or pinned by digest. */
  image: string;
  name: string;
  /** `/host:/container`, with options after another colon. */
  mounts: string[];
  network: string;
  /** `[address:]host port:container port`. */
  publish: string[];
  /** More arguments of `run`. */
  options: string[];
}

export interface Mount {
  readonly host: string;
  readonly container: string;
  readonly options: readonly string[];
}

/** A container on the host, or one that a unit would start. */
export interface FoundContainer extends Omit<Container, "mounts"> {
  /** Empty if it was never started. */
  readonly id: string;
  /** Empty if it was never started. */
  readonly imageId: string;
  readonly mounts: readonly Mount[];
  readonly isRunning: boolean;
  /** Arguments after the image, or the image's own. */
  readonly args: readonly string[];
  readonly user: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Only the names. */
  readonly variables: readonly string[];
}

export interface Limits {
  /** How long a second run waits for the lock. */
  lockSeconds: number;
  /** How long an update waits for the issuer before it fails and keeps the old set. */
  issuerSeconds: number;
  /** How long the service may take to stop and start again: its manager kills it within that time. */
  restartSeconds: number;
  /** How long zot may take from the restart to the proof. */
  startSeconds: number;
  /** How long a hot reload may take until it shows; after that zot is restarted instead. */
  reloadSeconds: number;
  /** How long the launcher waits for the issuer at boot before it starts the fallback config. */
  bootSeconds: number;
  /** How often the launcher checks the issuer while the fallback config runs. */
  pollSeconds: number;
  /** How long zot may finish running requests after SIGTERM; in that time it accepts no new ones. */
  drainSeconds: number;
}

/** Names in `zot.allow` that allow a harmful change. */
export type Danger = ConsequenceKind;

/** The desired content of the host. Rendered by systems/zot/config.ts; every text ends in a newline. */
export interface DesiredHost {
  config: string;
  fallbackConfig: string;
  /** Secret. */
  credentials: string;
  /** As in the discovery document, compared byte by byte. */
  issuer: string;
  /** For instance `2.1.20`; the update fails if the host's zot has another version. */
  expectedVersion?: string;
  /** Harmful changes that the settings allow by name. */
  allow?: Danger[];
  /** What the settings ask for, to judge the change. */
  intent?: Pick<Intent, "groups" | "users" | "metrics">;
}

export type Outcome = "unchanged" | "reloaded" | "restarted";

export interface ApplyResult {
  outcome: Outcome;
  /** How long /v2/ did not answer, in milliseconds; undefined when nothing was restarted. */
  gapMs?: number;
  /** One line for users; contains no secret. */
  detail: string;
}

export type RunAsProblem = "no-user" | "no-sudo" | "no-restart";

/** What one probe read on the host. Digests are lower-case hex SHA-256 of the file's bytes. */
export interface HostState {
  /** The version from `zot --version` of the configured binary. */
  zotVersion?: string;
  /** It ends without telling one. */
  tellsNoVersion?: true;
  /** The version at the start of the running process; known if the launcher runs. */
  runningVersion?: string;
  /** The config that zot reads, or would read. */
  configFile?: string;
  /**
   * The source of that: an earlier deploy, the settings, zot's process, its service's definition, or only the file's
   * presence.
   */
  configFrom?: "deploy" | "settings" | "process" | "definition" | "folder";
  /** Another file of that folder that the service serves, if the settings name the config. */
  servedBeside?: string;
  /** Names of the configs in the folder, if nothing else shows which of them zot reads. */
  lying?: string[];
  /** Text of that file. */
  configText?: string;
  /** Octal, for instance `600`. */
  configMode?: string;
  credentialsDigest?: string;
  /** Octal, for instance `600`. */
  credentialsMode?: string;
  fallbackDigest?: string;
  launcherDigest?: string;
  launcherSettingsDigest?: string;
  serviceDigest?: string;
  /** Token of the last proven apply. */
  generation?: string;
  /** Counts the runs of apply.sh that got the lock, including failed ones. */
  runs: number;
  /** True after a run was interrupted before its proof: the current set is not the proven one. */
  unfinished: boolean;
  /** An HTTP answer of zot on /v2/, 200 or 401. */
  serving: boolean;
  /** The certificate file of the settings, in PEM on one line, or why it is missing. Only for a zot with its own TLS. */
  certificate?: string;
  /** Exit status of curl after a TLS request: 60 for an untrusted certificate. */
  tlsStatus?: number;
  /** Whether the running zot applies the revision in the config; unknown without one. */
  inForce?: boolean;
  /** Which config zot runs with; known if the launcher runs. */
  mode?: "full" | "fallback";
  /** Files of the registry with Ansible's header, separated by blanks. */
  ansibleFiles?: string;
  /** Client ids of zot's logins; not secret. */
  clientIds?: string[];
  /** The container of the settings' name, running or not. */
  container?: FoundContainer;
  /** Names of the running ones. */
  containers?: string[];
  /** The image for the name in the settings, if it is on the host, and its user. */
  image?: { id: string; user: string };
  /** The command of the settings' runtime is missing. */
  runtime?: "missing" | "hangs";
  /** SELinux enforces its rules there. */
  enforcing?: boolean;
  /**
   * Which requirement of `runAs`, or of a restart by the SSH user, is missing; for `runAs` nothing else is known
   * then.
   */
  runAsProblem?: RunAsProblem;
  /** The user who cannot write to the config folder. */
  notWritable?: string;
  /** The served config is in a place that does not keep what a deploy writes. */
  configPlace?: "boot" | "read-only";
  /** The user that zot runs as, if it differs from the SSH user and they could not read each other's files. */
  otherUser?: string;
  /** Host's clock minus ours, in seconds. */
  clockSkewSeconds: number;
}

export interface Comparison {
  inSync: boolean;
  /** In sync: the host's own token; otherwise a new one, a hash of the desired and the observed content. */
  generation: string;
  /** The consequences of the config's change; the first lines to print. */
  consequences: string[];
  /** Lines to print after them: the differences in the config, setting by setting. */
  diff: string[];
  /** Then "credentials differ", "not serving" and so on. */
  report: string[];
  /** Lines that deserve a warning but need no update: the clock, the fallback config. */
  warnings: string[];
}
