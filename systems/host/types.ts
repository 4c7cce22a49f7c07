import type { Intent, ConsequenceKind } from "../zot/config/consequences";

/** How the program reaches the registry host. Of each server, exactly one of `privateKey` and `agentSocket` is expected. */
export interface SshTarget extends SshServer {
  /** The server through which it is reached, which sees nothing of what goes to the host. */
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
 * Who keeps zot running on the host.
 * `manage: true`: the program owns the service definition, which runs the launcher.
 * `manage: false`: another tool owns it; it runs `zot serve <configFolder>/<config>`, or, with `launcher: true`,
 * `/bin/sh <configFolder>/zot-access/current/launcher.sh`. Without the launcher zot cannot boot while the issuer is away.
 */
export type Service =
  | {
      manager: "launchd";
      label: string;
      /** Where it is loaded unless it is loaded already; `gui/<uid>` needs a logged-in user. Default: gui. */
      domain?: "gui" | "user";
      manage: boolean;
      launcher?: boolean;
      /** Shell command instead of `launchctl kickstart -k`; it must return after the old process has gone. */
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
      /** Shell command that restarts the service; it must return after the old process has gone. */
      restart: string;
    };

/** What is where on the host. All paths are absolute. */
export interface HostLayout {
  /** Holds the config, `oidc-credentials.json` and the folder `zot-access` with the sets. */
  configFolder: string;
  /** Name of the config in it, and with that its format; left out, `config.json`, or the one that the probe finds: see config-file.ts. */
  configName?: string;
  /** The executable; empty where zot runs in a container. */
  zotBinary: string;
  container?: Container;
  /** User that zot runs as, where that is not the SSH user: who then is root, or may become that user by `sudo -n`. */
  runAs?: string;
  service: Service;
  /** Where zot answers on the host itself, for instance `http://127.0.0.1:5050`, without trailing slash. */
  loopbackUrl: string;
  /** Where zot speaks TLS itself: the name that its certificate is for, and where that lies on the host. */
  tls?: { name: string; certificate: string };
  /** Seconds for which zot holds back the answer to somebody whom it refuses (its `http.auth.failDelay`). */
  failDelay?: number;
  /** Bounds in seconds; `DEFAULT_LIMITS` says which are the defaults and why. */
  limits?: Partial<Limits>;
}

/** What runs zot, where that is a container. Its definition is the launcher's (`manage`, `launcher`), or somebody else's. */
export interface Container {
  runtime: "podman" | "docker";
  /** With a tag, or pinned by digest. */
  image: string;
  name: string;
  /** `/host:/container`, with options behind another colon. */
  mounts: string[];
  network: string;
  /** `[address:]host port:container port`. */
  publish: string[];
  /** More words of `run`. */
  options: string[];
}

export interface Mount {
  readonly host: string;
  readonly container: string;
  readonly options: readonly string[];
}

/** A container that the host has, or that a unit would start. */
export interface FoundContainer extends Omit<Container, "mounts"> {
  /** Empty where it was never started. */
  readonly id: string;
  /** Empty where it was never started. */
  readonly imageId: string;
  readonly mounts: readonly Mount[];
  readonly isRunning: boolean;
  /** Words behind the image, or the image's own. */
  readonly args: readonly string[];
  readonly user: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Names alone. */
  readonly variables: readonly string[];
}

export interface Limits {
  /** How long a second run waits for the lock. */
  lockSeconds: number;
  /** How long an update waits for the issuer before it gives up with the old set in place. */
  issuerSeconds: number;
  /** How long the service may take to end and to be started anew: its manager kills it within that time. */
  restartSeconds: number;
  /** How long zot may take from the restart to the proof. */
  startSeconds: number;
  /** How long a hot reload may take to show, before zot is restarted instead. */
  reloadSeconds: number;
  /** How long the launcher waits for the issuer at boot before it starts the fallback config. */
  bootSeconds: number;
  /** How often the launcher asks again while the fallback config runs. */
  pollSeconds: number;
  /** How long zot may finish requests that it has after SIGTERM; in that time it takes no new ones. */
  drainSeconds: number;
}

/** Names of the settings under which a dangerous change is let through. */
export type Danger = ConsequenceKind;

/** What the host should hold. Rendered by systems/zot/config.ts; every text ends in a newline. */
export interface DesiredHost {
  config: string;
  fallbackConfig: string;
  /** Secret. */
  credentials: string;
  /** As in the discovery document, compared byte by byte. */
  issuer: string;
  /** For instance `2.1.20`; the update fails when the host's zot is another one. */
  expectedVersion?: string;
  /** Dangerous changes that the settings allow by name. */
  allow?: Danger[];
  /** What the settings ask for, to judge what changes by. */
  intent?: Pick<Intent, "groups" | "users" | "metrics">;
}

export type Outcome = "unchanged" | "reloaded" | "restarted";

export interface ApplyResult {
  outcome: Outcome;
  /** How long /v2/ did not answer, in milliseconds; undefined when nothing was restarted. */
  gapMs?: number;
  /** One line for people; holds no secret. */
  detail: string;
}

export type RunAsProblem = "no-user" | "no-sudo" | "no-restart";

/** What one probe read on the host. Digests are lower-case hex SHA-256 of the file's bytes. */
export interface HostState {
  /** What `zot --version` of the configured binary says. */
  zotVersion?: string;
  /** It ends without telling one. */
  tellsNoVersion?: true;
  /** What the running process was started as; known where the launcher runs. */
  runningVersion?: string;
  /** The config that zot reads, or would. */
  configFile?: string;
  /** What says so: an earlier deploy, the settings, zot's process, its service's definition, or nothing but that it lies there. */
  configFrom?: "deploy" | "settings" | "process" | "definition" | "folder";
  /** Another file of that folder, which the service serves, where the settings name the config. */
  servedBeside?: string;
  /** Names of the configs that lie in the folder, where nothing else says which of them zot reads. */
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
  /** Counts the runs of apply.sh that came as far as the lock, also those that failed. */
  runs: number;
  /** True while a run was cut before its proof: the current set is not the proven one. */
  unfinished: boolean;
  /** An HTTP answer of zot on /v2/, 200 or 401. */
  serving: boolean;
  /** The certificate file of the settings, in PEM on one line, or why there is none. Of a zot with TLS of its own alone. */
  certificate?: string;
  /** Exit status of curl after a question by TLS: 60 where the certificate is not to be believed. */
  tlsStatus?: number;
  /** Whether the running zot obeys the revision that the config names; unknown where it names none. */
  inForce?: boolean;
  /** Which config zot runs with; known where the launcher runs. */
  mode?: "full" | "fallback";
  /** Files of the registry that say of themselves that Ansible writes them, separated by blanks. */
  ansibleFiles?: string;
  /** Client ids by which zot logs people in; no secret. */
  clientIds?: string[];
  /** The container of the settings' name, running or not. */
  container?: FoundContainer;
  /** Names of those that run. */
  containers?: string[];
  /** What the name of its image in the settings stands for, where it is on the host, and the user that it names. */
  image?: { id: string; user: string };
  /** The command of the settings' runtime is not there. */
  runtime?: "missing" | "hangs";
  /** SELinux enforces its rules there. */
  enforcing?: boolean;
  /** Which of the things that `runAs` needs, or a restart by the SSH user, is not there; of `runAs` nothing else is known then. */
  runAsProblem?: RunAsProblem;
  /** The user who may not write to the config folder. */
  notWritable?: string;
  /** The served config lies where nothing that a deploy wrote would stay. */
  configPlace?: "boot" | "read-only";
  /** The user that zot runs as, where that is not the SSH user and the two could not read each other's files. */
  otherUser?: string;
  /** Host's clock minus ours, in seconds. */
  clockSkewSeconds: number;
}

export interface Comparison {
  inSync: boolean;
  /** In sync: the host's own token; otherwise a new one, a hash of what is desired and what was seen. */
  generation: string;
  /** What the change of the config means for people, clients and data; the first lines to print. */
  consequences: string[];
  /** Lines to print after them: what differs in the config, setting by setting. */
  diff: string[];
  /** Then "credentials differ", "not serving" and so on. */
  report: string[];
  /** Lines that deserve a warning but need no update: the clock, the fallback config. */
  warnings: string[];
}
