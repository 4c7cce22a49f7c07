import { posix } from "node:path";
import { formatOf, parseConfig, type Tree } from "../zot/config/read";
import { INSTALLATION_SCRIPT, LOOK_SCRIPT } from "./scripts";
import { mountWords, zotWords } from "./script-settings";
import { assignments, shellQuote } from "./shell";
import { type FoundService, InstallationError, serviceOf } from "./found-service";
import { runOverSsh, SshError } from "./ssh";
import type { Container, FoundContainer, SshTarget } from "./types";
import { mountText } from "./container";

/** An existing zot on its host, before this program. */
export interface HostInstallation extends FoundService {
  /** The user of the SSH session. */
  readonly sshUser: string;
  /** Undefined: the executable does not report it. */
  readonly zotVersion: string | undefined;
  readonly config: Tree;
  /** Names of the repositories on its disk. */
  readonly repositories: readonly string[];
  /** SELinux enforces its rules there. */
  readonly enforcing?: boolean;
  /** Client ids of its logins. */
  readonly clientIds: readonly string[];
}

export interface InstallationHints {
  /** If nothing on the host shows it: zot's executable and its config. */
  readonly zotBinary?: string | undefined;
  readonly configFile?: string | undefined;
}

const SECONDS = 30;

/** The existing container, in the format of the settings. */
export function asSettings({
  image,
  mounts,
  name,
  network,
  options,
  publish,
  runtime,
  user,
}: FoundContainer): Container {
  return {
    runtime,
    image,
    name,
    mounts: mounts.map(mountText),
    network,
    publish: [...publish],
    options: [...options, ...(user === "" ? [] : [`--user=${user}`])],
  };
}

/**
 * Looks for zot on a host, by its service's definition and its process, and reads its config.
 *
 * @throws SshError, InstallationError, ConfigTextError
 */
export async function readInstallation(
  target: SshTarget,
  known: InstallationHints,
): Promise<HostInstallation> {
  const look = partsOf(target, await run(target, LOOK_SCRIPT));
  const service = serviceOf(look, known);
  const settings = assignments({
    ...zotWords({
      zotBinary: service.zotBinary,
      configFolder: posix.dirname(service.configFile),
      ...(service.container && { container: asSettings(service.container) }),
    }),
    ...mountWords(service.container),
    ZA_CONFIG: service.configFile,
  });
  const sshUser = (look.get("user") ?? "").trim();
  const read = partsOf(
    target,
    await run(target, settings + INSTALLATION_SCRIPT, shellToRead(service, sshUser)),
  );
  const config = read.get("config") ?? "";
  if (config.trim() === "") throw unreadable(service, sshUser);
  const version = (read.get("version") ?? "").trim();
  return {
    ...service,
    sshUser,
    enforcing: (look.get("enforcing") ?? "").trim() === "1",
    zotVersion: version === "" ? undefined : version,
    config: parseConfig(config, formatOf(posix.basename(service.configFile))),
    repositories: lines(read.get("repositories")),
    clientIds: lines(read.get("clientIds")),
  };
}

/** Names without quotes; `ps` truncates long ones and shows ids for deleted users. */
const USER = /^[a-z_][-a-z0-9_.]*$/i;

/**
 * The shell to read a config that only zot's own user may read: that user's, if the session may become it without a
 * password.
 */
export function shellToRead({ configFile, runsAs }: FoundService, sshUser: string): string {
  const shell = "exec /bin/sh -s";
  if (runsAs === undefined || runsAs === sshUser || sshUser === "root" || !USER.test(runsAs)) return shell;
  return `[ -r ${shellQuote(configFile)} ] || exec sudo -n -u ${runsAs} /bin/sh -s; ${shell}`;
}

function unreadable({ configFile, runsAs }: FoundService, sshUser: string): InstallationError {
  const who = runsAs === undefined || runsAs === sshUser ? "root" : runsAs;
  return new InstallationError(
    `${configFile} is empty, or ${sshUser} may not read it: give --user root, or let ${sshUser} run \`sudo -n -u ${who} /bin/sh\``,
  );
}

async function run(target: SshTarget, script: string, command = "exec /bin/sh -s"): Promise<string> {
  return (await runOverSsh(target, command, script, SECONDS)).stdout;
}

/** By the name after `== `. @throws SshError if the answer is incomplete */
export function partsOf(target: SshTarget, stdout: string): Map<string, string> {
  const parts = new Map<string, string>();
  for (const part of `\n${stdout}`.split("\n== ").slice(1)) {
    const [name = "", ...rest] = part.split("\n");
    parts.set(name, rest.join("\n"));
  }
  if (!parts.has("end"))
    throw new SshError(
      target,
      "the host's answer is incomplete: is /bin/sh there, and may the session run it?",
    );
  return parts;
}

function lines(text = ""): string[] {
  return text.split("\n").filter((line) => line !== "");
}
