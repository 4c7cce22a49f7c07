import { posix } from "node:path";
import { onHost } from "./container";
import { shellQuote } from "./shell";
import { commandLine, runtimeCommand } from "./command-line";
import { containerOfRun, type Doubt, parseContainer, type Volumes } from "./found-container";
import type { FoundContainer } from "./types";

/** What keeps an existing zot running, as far as the host shows. */
export type FoundManager =
  | {
      readonly manager: "launchd";
      readonly label: string;
      /** Its log file; several if errors go to another file. */
      readonly logFiles: readonly string[];
    }
  | { readonly manager: "systemd"; readonly unit: string; readonly scope: "user" | "system" }
  | { readonly manager: "command"; readonly restart: string };

export interface FoundService {
  /** Empty if it runs in a container. */
  readonly zotBinary: string;
  readonly container?: FoundContainer | undefined;
  readonly configFile: string;
  /** The user of its process; undefined if none runs. */
  readonly runsAs: string | undefined;
  /** Undefined: no known manager keeps it running. */
  readonly service: FoundManager | undefined;
  /** Whether this program's launcher already runs it. */
  readonly launched: boolean;
}

/** It is unknown which zot is meant. Nothing was written. */
export class InstallationError extends Error {
  override readonly name = "InstallationError";
}

/** The folder of sets identifies a deploy of this program. */
const OWN = "/zot-access/";

interface Running {
  readonly container?: FoundContainer;
  /** A file that the container reads and no host path provides. */
  readonly unmounted?: string;
  readonly pid: string | undefined;
  readonly user: string | undefined;
  /** Undefined if the host does not show its path. */
  readonly zotBinary: string | undefined;
  readonly configFile: string;
  readonly launched: boolean;
  readonly service: FoundManager | undefined;
  /** Another program starts it, and may be this process. */
  readonly isWrapped?: boolean;
  /** The definition does not tell enough. */
  readonly doubt?: Doubt | { readonly kind: "user" | "folder"; readonly text: string } | undefined;
}

/**
 * The one zot that is meant, from the output of look-around.sh.
 *
 * @throws InstallationError if there is none or several, or it runs in a container that this user cannot inspect
 */
export function serviceOf(
  look: ReadonlyMap<string, string>,
  known: { readonly zotBinary?: string | undefined; readonly configFile?: string | undefined },
): FoundService {
  const contained = containers(look);
  const definitions = [...plists(look), ...units(look, contained)];
  const running = [...processes(look), ...contained.filter(({ container }) => container?.isRunning)];
  const isMeant = ({ configFile }: Running) =>
    known.configFile === undefined || configFile === known.configFile;
  const serving = running.filter(isMeant);
  // One that does not run may be a unit's, or a stopped container.
  const stopped = [...definitions, ...contained];
  const candidates = serving.length > 0 ? serving : stopped.filter(isMeant);
  const files = [...new Set(candidates.map(({ configFile }) => configFile))];
  if (files.length > 1) {
    throw new InstallationError(
      `several zots serve on this host: ${files.join(", ")}; name the config of the one that is meant with --zot-config`,
    );
  }
  const [found] = candidates;
  const { configFile = found?.configFile, zotBinary = found?.zotBinary } = known;
  if (found === undefined) refuseUnseen(look, known.configFile);
  if (found?.doubt)
    throw new InstallationError(doubtText(found, found.doubt, look.get("user")?.trim() ?? ""));
  if (found && zotBinary === undefined) {
    throw new InstallationError(
      `zot serves ${found.configFile} on this host, which does not show the path of its executable: name it with --zot-binary`,
    );
  }
  if (configFile === undefined || zotBinary === undefined) {
    throw new InstallationError(
      "no process of zot runs on this host, and no LaunchAgent or systemd unit starts one: start it, or name its config with --zot-config and " +
        "its executable with --zot-binary",
    );
  }
  if (found?.unmounted !== undefined) {
    throw new InstallationError(
      `the container ${found.container?.name ?? ""} reads ${found.unmounted}, which is in its image or a volume of its own alone: mount a folder of ` +
        "the host with that file in its place, and start it again",
    );
  }
  const definition = definitions.find((each) => each.configFile === configFile);
  const service = (found?.pid === undefined ? undefined : unitOf(look, found.pid)) ?? found?.service;
  return {
    zotBinary: definition?.zotBinary || zotBinary,
    container: found?.container,
    configFile,
    runsAs: found?.user,
    service: service ?? definition?.service,
    launched: (found?.launched ?? false) || (definition?.launched ?? false),
  };
}

/** What to do where a definition does not tell enough. */
function doubtText(
  { container, service }: Running,
  { kind, text }: NonNullable<Running["doubt"]>,
  me: string,
): string {
  const unit = service?.manager === "systemd" ? `the unit ${service.unit}` : "its service";
  const runtime = container?.runtime ?? "its runtime";
  const byHand = "write host.container by hand, see docs/where-zot-runs.md";
  switch (kind) {
    case "word":
      return (
        `${unit} starts zot's container by a command line that this program cannot read, at ${JSON.stringify(text)}: start the unit, so that ` +
        `${runtime} shows the container, or ${byHand}`
      );
    case "elsewhere":
      return (
        `${unit} starts zot's container by ${runtime} with ${text}, and without it, as this program calls ${runtime}, neither the container nor ` +
        `its image is there: take ${text} out of the unit, and write it where every call of that user reads it (` +
        `${runtime === "docker" ? "`docker context use`" : "containers.conf or storage.conf"})`
      );
    case "volume":
      return (
        `${unit} mounts the volume ${text}, which ${runtime} does not show to ${me}: start the unit once, which makes the volume, or mount a ` +
        "folder of the host in its place"
      );
    case "user":
      return `${unit} starts zot's container as ${text}, and ${runtime} does not show ${text}'s containers to ${me}: give --user ${text}`;
    case "folder":
      return (
        `zot serves ${text}, a path relative to a folder that the host does not show to ${me}: name the file with --zot-config and its ` +
        "executable with --zot-binary, or give --user root"
      );
  }
}

function processes(look: ReadonlyMap<string, string>): Running[] {
  const all = (look.get("processes") ?? "").split("\n").flatMap((line): Running[] => {
    const [, pid, user, args = ""] = /^\s*(\d+)\s+(\S+)\s+(.*\S)\s*$/.exec(line) ?? [];
    const told = (part: string) =>
      look
        .get(`${part} ${pid ?? ""}`)
        ?.trim()
        .replace(/ \(deleted\)$/, "") || undefined;
    const served = servedBy(args, {
      folder: told("cwd") ?? folderOfUnit(look, pid ?? ""),
      program: told("exe"),
    });
    if (!served || pid === undefined || isContained(look, pid) || isRuntime(args)) return [];
    return [{ ...served, pid, user, service: undefined }];
  });
  // sudo and its like stay the parent of what they start.
  return all.filter(
    ({ configFile, isWrapped }) =>
      !isWrapped || !all.some((each) => !each.isWrapped && each.configFile === configFile),
  );
}

function folderOfUnit(look: ReadonlyMap<string, string>, pid: string): string | undefined {
  const service = unitOf(look, pid);
  if (service?.manager !== "systemd") return undefined;
  return unitsOf(look, service.scope).find(({ unit }) => unit === service.unit)?.folder;
}

/** A process in its own namespace, or in a control group of a runtime. */
function isContained(look: ReadonlyMap<string, string>, pid: string): boolean {
  return (
    (look.get(`inside ${pid}`) ?? "").trim().split(/\s+/).length > 1 ||
    /libpod|docker|containerd/.test(look.get(`cgroup ${pid}`) ?? "")
  );
}

/** A runtime's client, or a script in its place, that waits for its container. */
function isRuntime(args: string): boolean {
  return commandLine(args.split(" "))
    .words.slice(0, 2)
    .some((word) => ["podman", "docker", "conmon"].includes(posix.basename(word)));
}

const RUNTIMES = ["podman", "docker"] as const;

/** Containers that serve a config; a runtime under two names reports each twice. */
function containers(look: ReadonlyMap<string, string>): Running[] {
  const all = RUNTIMES.flatMap((runtime) =>
    (look.get(`containers ${runtime}`) ?? "").split("\n").flatMap((line) => parseContainer(line) ?? []),
  );
  const once = all.filter(({ id }, index) => all.findIndex((other) => other.id === id) === index);
  return once.flatMap((container) => {
    const running = runningIn(container);
    return running ? [{ ...running, service: managerOf(look, container) }] : [];
  });
}

/** Undefined if it serves nothing, or only during a deploy's trial. */
function runningIn(container: FoundContainer): Running | undefined {
  const inside = container.args[container.args.indexOf("serve") + 1];
  if (!container.args.includes("serve") || inside === undefined || /\/trial\.[a-z]+$/.test(inside))
    return undefined;
  const outside = onHost(container, inside);
  const at = (outside ?? "").indexOf(OWN);
  return {
    container,
    pid: undefined,
    user: undefined,
    zotBinary: "",
    configFile: outside === undefined ? inside : ofSet(outside),
    ...(outside === undefined && { unmounted: inside }),
    launched: at !== -1,
    service: undefined,
  };
}

function managerOf(look: ReadonlyMap<string, string>, container: FoundContainer): FoundManager {
  const { labels, name, runtime } = container;
  const all = (["user", "system"] as const).flatMap((scope) =>
    unitsOf(look, scope).map((each) => ({ ...each, scope })),
  );
  const named = labels["PODMAN_SYSTEMD_UNIT"];
  const found = all.find(({ unit }) => unit === named) ?? all.find(({ argv }) => startsContainer(argv, name));
  if (found) return { manager: "systemd", unit: found.unit, scope: found.scope };
  const scope = look.get("user")?.trim() === "root" ? "system" : "user";
  // podman-compose names a unit that only exists if a user created it, and starts its containers without one.
  if (named !== undefined && named !== "" && !named.startsWith("podman-compose@"))
    return { manager: "systemd", unit: named, scope };
  return { manager: "command", restart: composeOf(container) ?? `${runtime} restart ${name}` };
}

/** Other containers may be named in the command line of one: by their volumes, their network, or what runs in it. */
function startsContainer(argv: string, name: string): boolean {
  const words = argv.split(" ");
  const started = runtimeCommand(words);
  const ofRun = started && containerOfRun(started);
  if (ofRun) return ofRun.container.name === name;
  if (started) return started.command === "start" && started.words.includes(name);
  const [program = "", ...rest] = commandLine(words).words;
  if (!/^(podman|docker)-compose$/.test(posix.basename(program))) return false;
  const at = rest.findIndex((word) => word === "start" || word === "run");
  return at !== -1 && rest.slice(at + 1).includes(name);
}

/** From docker compose's labels; podman-compose sets them too, and only restarts what it started itself. */
function composeOf({ labels, runtime }: FoundContainer): string | undefined {
  const [files, service, project, folder] = ["config_files", "service", "project", "working_dir"].map(
    (each) => labels[`com.docker.compose.project.${each}`] ?? labels[`com.docker.compose.${each}`],
  );
  if (runtime !== "docker" || !files || !service) return undefined;
  const words = files.split(",").flatMap((file) => ["-f", posix.resolve(folder ?? "/", file)]);
  const named = project === undefined ? [] : ["-p", project];
  // The first compose is a separate command, with the same labels.
  const isFirst = labels["com.docker.compose.version"]?.startsWith("1.") === true;
  return [
    isFirst ? "docker-compose" : "docker compose",
    ...[...words, ...named].map(shellWord),
    "restart",
    shellWord(service),
  ].join(" ");
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : shellQuote(word);
}

/** `/usr/bin/zot serve /etc/zot/config.json`, whatever blanks its paths have, or with paths relative to a folder. */
function servedBy(
  args: string,
  at: { readonly folder?: string | undefined; readonly program?: string | undefined },
): Pick<Running, "zotBinary" | "configFile" | "launched" | "isWrapped" | "doubt"> | undefined {
  const { folder = at.folder, isWrapped, words } = commandLine(args.split(" "));
  const [, started, served] = /^(\S.*?) serve (\S.*)$/.exec(words.join(" ")) ?? [];
  if (started === undefined || served === undefined) return undefined;
  // A script's interpreter stands before it.
  const [last = started] = started.split(" ").slice(-1);
  const script = /^\.{0,2}\//.test(last) ? last : started;
  const isAbsolute = served.startsWith("/");
  // Other programs serve folders and files by that word as well.
  if (!isAbsolute && !(/^zot/i.test(posix.basename(script)) && /\.(json|ya?ml)$/i.test(served)))
    return undefined;
  const configFile = isAbsolute ? served : posix.resolve("/", folder ?? "", served);
  return {
    zotBinary: script.startsWith("/")
      ? script
      : script.includes("/")
        ? folder && posix.resolve(folder, script)
        : isWrapped
          ? undefined
          : at.program,
    configFile: ofSet(configFile),
    launched: served.includes(OWN),
    ...(isWrapped && { isWrapped }),
    ...(!isAbsolute && folder === undefined && { doubt: { kind: "folder" as const, text: served } }),
  };
}

/** The host's own file, for which a set of this program stands. */
function ofSet(served: string): string {
  const at = served.indexOf(OWN);
  return at === -1 ? served : `${served.slice(0, at)}/${nameOfSet(served)}`;
}

/** A set has the config under the name of the host's own file, and its fallback as `fallback` in the same format. */
function nameOfSet(served: string): string {
  return posix.basename(served).replace(/^fallback\./, "config.");
}

/** Units whose job is to start what users ask for: a restart of one starts no zot. */
const START_OTHERS = /^(anacron|atd?|cron|crond|cronie|dropbear|ssh|sshd)(@.*)?\.service$/;

/** From its control group, which systemd assigns to every process of a unit. */
function unitOf(look: ReadonlyMap<string, string>, pid: string): FoundManager | undefined {
  const cgroup = look.get(`cgroup ${pid}`) ?? "";
  const path = cgroup
    .split("\n")
    .flatMap((line) => /^\d+:(?:name=systemd)?:(\/.*)$/.exec(line)?.[1] ?? [])[0];
  const unit = path
    ?.split("/")
    .findLast((part) => part.endsWith(".service") && !/^user@\d+\.service$/.test(part));
  if (unit === undefined || START_OTHERS.test(unit)) return undefined;
  return { manager: "systemd", unit, scope: /\/user@\d+\.service\//.test(path ?? "") ? "user" : "system" };
}

/** zot exists, but this user only sees its process. */
function refuseUnseen(look: ReadonlyMap<string, string>, configFile: string | undefined): void {
  const lines = (look.get("processes") ?? "").split("\n");
  for (const line of lines) {
    const [, pid, user, args = ""] = /^\s*(\d+)\s+(\S+)\s+(.*\S)\s*$/.exec(line) ?? [];
    const served = servedBy(args, {});
    if (pid === undefined || !served || !isContained(look, pid) || isRuntime(args)) continue;
    const me = look.get("user")?.trim() ?? "this user";
    const named = configFile === undefined ? "" : `, and none that ${me} sees serves ${configFile}`;
    throw new InstallationError(
      `zot runs in a container on this host, as ${user ?? "another user"}, and no runtime shows it to ${me}${named}: give --user the one ` +
        "that starts the container (`podman ps`, `docker ps` show it there), or write host.container by hand, see docs/where-zot-runs.md",
    );
  }
}

interface Unit {
  readonly unit: string;
  readonly user: string | undefined;
  /** In systemd's format: words separated by blanks. */
  readonly argv: string;
  readonly program: string | undefined;
  readonly folder: string | undefined;
}

function unitsOf(look: ReadonlyMap<string, string>, scope: "user" | "system"): Unit[] {
  return (look.get(`units ${scope}`) ?? "").split(/\n\s*\n/).flatMap((block): Unit[] => {
    const value = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(block)?.[1];
    const [, program, argv] = /path=(.*?) ; argv\[\]=(.*?) ;/.exec(value("ExecStart") ?? "") ?? [];
    const unit = value("Id");
    // `~` is the home of the unit's user, and `-` or `!` before a folder say what happens without it.
    const named = value("WorkingDirectory")?.replace(/^[-!]+/, "") ?? "";
    const home = scope === "system" ? "/" : look.get("home")?.trim() || undefined;
    const folder = named.startsWith("/") ? named : named === "" ? home : undefined;
    return argv === undefined || unit === undefined
      ? []
      : [{ unit, user: value("User"), argv, program, folder }];
  });
}

function units(look: ReadonlyMap<string, string>, known: readonly Running[]): Running[] {
  return (["user", "system"] as const).flatMap((scope) =>
    unitsOf(look, scope).flatMap(({ argv, unit, user, ...at }): Running[] => {
      const service: FoundManager = { manager: "systemd", unit, scope };
      const words = argv.split(" ");
      const ofRuntime = runtimeCommand(words);
      const started = ofRuntime && containerOfRun(ofRuntime, volumesOf(look, ofRuntime.runtime));
      if (started) {
        const { container } = started;
        // The runtime itself reports more about it.
        const isKnown = known.some((each) => each.container?.name === container.name);
        const running = isKnown ? undefined : runningIn(container);
        const owner = started.user ?? (user || (scope === "system" ? "root" : undefined));
        const doubt = started.doubt ?? ofOther(look, container, owner);
        return running ? [{ ...running, service, doubt }] : [];
      }
      if (ofRuntime) return [];
      const served = servedBy(argv, at);
      return served ? [{ ...served, pid: undefined, user: commandLine(words).user ?? user, service }] : [];
    }),
  );
}

/** Podman has its own containers for each user, Docker one set for all. */
function ofOther(
  look: ReadonlyMap<string, string>,
  { runtime }: FoundContainer,
  owner: string | undefined,
): Running["doubt"] {
  const me = look.get("user")?.trim();
  if (runtime === "docker" || owner === undefined || me === undefined || owner === me) return undefined;
  return { kind: "user", text: owner };
}

/** A line each: the name of a volume, and its folder. */
function volumesOf(look: ReadonlyMap<string, string>, runtime: FoundContainer["runtime"]): Volumes {
  const lines = (look.get(`volumes ${runtime}`) ?? "").split("\n");
  return new Map(
    lines.flatMap((line): [string, string][] => {
      const [, name, folder] = /^(\S+) (\/.*)$/.exec(line) ?? [];
      return name === undefined || folder === undefined ? [] : [[name, folder]];
    }),
  );
}

function plists(look: ReadonlyMap<string, string>): Running[] {
  return [...look].flatMap(([name, xml]): Running[] => {
    if (!name.startsWith("plist ")) return [];
    const text = (key: string) =>
      plainText(new RegExp(`<key>${key}</key>\\s*<string>([^<]*)</string>`).exec(xml)?.[1]);
    const array = /<key>ProgramArguments<\/key>\s*<array>([\s\S]*?)<\/array>/.exec(xml)?.[1] ?? "";
    const argv = [...array.matchAll(/<string>([^<]*)<\/string>/g)].map(([, arg]) => plainText(arg) ?? "");
    const at = argv.indexOf("serve");
    const label = text("Label");
    if (label === undefined) return [];
    const logFiles = [...new Set([text("StandardOutPath"), text("StandardErrorPath")])].filter(
      (each) => each !== undefined,
    );
    const service: FoundManager = { manager: "launchd", label, logFiles };
    const launcher = argv.find((arg) => arg.endsWith(`${OWN}current/launcher.sh`));
    if (launcher !== undefined) {
      const folder = launcher.slice(0, launcher.indexOf(OWN));
      // The launcher itself knows its executable.
      return [
        {
          pid: undefined,
          user: undefined,
          zotBinary: "",
          configFile: `${folder}/config.json`,
          launched: true,
          service,
        },
      ];
    }
    const [zotBinary, served] = [argv[at - 1], argv[at + 1]];
    if (at < 1 || zotBinary === undefined || served === undefined) return [];
    // launchd starts everything in / unless it is told otherwise.
    const folder = text("WorkingDirectory") ?? "/";
    const inFolder = (path: string) => posix.resolve("/", folder, path);
    return [
      {
        ...{ pid: undefined, user: undefined, launched: false, service },
        zotBinary: zotBinary.includes("/") ? inFolder(zotBinary) : undefined,
        configFile: inFolder(served),
      },
    ];
  });
}

function plainText(xml: string | undefined): string | undefined {
  return xml
    ?.replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll("&amp;", "&");
}
