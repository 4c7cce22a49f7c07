import { posix } from "node:path";

/** What keeps a zot running that was found, as far as the host tells. */
export type FoundManager =
  | {
      readonly manager: "launchd";
      readonly label: string;
      /** Where its output goes; several where errors go elsewhere. */
      readonly logFiles: readonly string[];
    }
  | { readonly manager: "systemd"; readonly unit: string; readonly scope: "user" | "system" };

export interface FoundService {
  readonly zotBinary: string;
  readonly configFile: string;
  /** Whose process it is; undefined while none runs. */
  readonly runsAs: string | undefined;
  /** Undefined: nothing that is known keeps it running. */
  readonly service: FoundManager | undefined;
  /** Whether this program's launcher runs it already. */
  readonly launched: boolean;
}

/** Nobody can tell which zot is meant. Nothing was written. */
export class InstallationError extends Error {
  override readonly name = "InstallationError";
}

/** By its own sets a deploy of this program is known. */
const OWN = "/zot-access/";

interface Running {
  readonly pid: string | undefined;
  readonly user: string | undefined;
  readonly zotBinary: string;
  readonly configFile: string;
  readonly launched: boolean;
  readonly service: FoundManager | undefined;
}

/**
 * The one zot that is meant, by what look-around.sh printed.
 *
 * @throws InstallationError where there is none or there are several, or it runs in a container
 */
export function serviceOf(
  look: ReadonlyMap<string, string>,
  known: { readonly zotBinary?: string | undefined; readonly configFile?: string | undefined },
): FoundService {
  const definitions = [...plists(look), ...units(look)];
  const running = processes(look);
  const isMeant = ({ configFile }: Running) =>
    known.configFile === undefined || configFile === known.configFile;
  const serving = running.filter(isMeant);
  const candidates = serving.length > 0 ? serving : definitions.filter(isMeant);
  const files = [...new Set(candidates.map(({ configFile }) => configFile))];
  if (files.length > 1) {
    throw new InstallationError(
      `several zots serve on this host: ${files.join(", ")}; name the config of the one that is meant with --zot-config`,
    );
  }
  const [found] = candidates;
  const { configFile = found?.configFile, zotBinary = found?.zotBinary } = known;
  if (configFile === undefined || zotBinary === undefined) {
    throw new InstallationError(
      "no process of zot runs on this host, and no LaunchAgent or systemd unit starts one: start it, or name its config with --zot-config and " +
        "its executable with --zot-binary",
    );
  }
  refuseContainer(look, found?.pid);
  const definition = definitions.find((each) => each.configFile === configFile);
  return {
    zotBinary: definition?.zotBinary || zotBinary,
    configFile,
    runsAs: found?.user,
    service: (found?.pid === undefined ? undefined : unitOf(look, found.pid)) ?? definition?.service,
    launched: (found?.launched ?? false) || (definition?.launched ?? false),
  };
}

function processes(look: ReadonlyMap<string, string>): Running[] {
  return (look.get("processes") ?? "").split("\n").flatMap((line): Running[] => {
    const [, pid, user, args = ""] = /^\s*(\d+)\s+(\S+)\s+(.*\S)\s*$/.exec(line) ?? [];
    const served = servedBy(args);
    return served && pid !== undefined ? [{ ...served, pid, user, service: undefined }] : [];
  });
}

/** `/usr/bin/zot serve /etc/zot/config.json`, whatever blanks its paths have. */
function servedBy(args: string): Pick<Running, "zotBinary" | "configFile" | "launched"> | undefined {
  const [, zotBinary, served] = /^(\/.*?) serve (\/.*)$/.exec(args) ?? [];
  if (zotBinary === undefined || served === undefined) return undefined;
  // A script's interpreter stands before it.
  const [script = zotBinary] = zotBinary.split(" ").slice(-1);
  const at = served.indexOf(OWN);
  return {
    zotBinary: script.startsWith("/") ? script : zotBinary,
    configFile: at === -1 ? served : `${served.slice(0, at)}/${nameOfSet(served)}`,
    launched: at !== -1,
  };
}

/** A set holds the config under the name of the host's own file, and its fallback as `fallback` in the same format. */
function nameOfSet(served: string): string {
  return posix.basename(served).replace(/^fallback\./, "config.");
}

/** By its control group, in which systemd puts whatever a unit starts. */
function unitOf(look: ReadonlyMap<string, string>, pid: string): FoundManager | undefined {
  const cgroup = look.get(`cgroup ${pid}`) ?? "";
  const path = cgroup
    .split("\n")
    .flatMap((line) => /^\d+:(?:name=systemd)?:(\/.*)$/.exec(line)?.[1] ?? [])[0];
  const unit = path
    ?.split("/")
    .findLast((part) => part.endsWith(".service") && !/^user@\d+\.service$/.test(part));
  if (unit === undefined) return undefined;
  return { manager: "systemd", unit, scope: /\/user@\d+\.service\//.test(path ?? "") ? "user" : "system" };
}

function refuseContainer(look: ReadonlyMap<string, string>, pid: string | undefined): void {
  const cgroup = pid === undefined ? "" : (look.get(`cgroup ${pid}`) ?? "");
  const runtime = /libpod|podman/.test(cgroup)
    ? "podman"
    : /docker|containerd/.test(cgroup)
      ? "Docker"
      : undefined;
  if (runtime === undefined) return;
  throw new InstallationError(
    `zot runs in a container of ${runtime} on this host: write host, with host.container, and service by hand, see docs/settings.md`,
  );
}

function units(look: ReadonlyMap<string, string>): Running[] {
  return (["user", "system"] as const).flatMap((scope) =>
    (look.get(`units ${scope}`) ?? "").split(/\n\s*\n/).flatMap((block): Running[] => {
      const value = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(block)?.[1];
      const argv = /argv\[\]=(.*?) ;/.exec(value("ExecStart") ?? "")?.[1];
      const unit = value("Id");
      const served = argv === undefined ? undefined : servedBy(argv);
      if (!served || unit === undefined) return [];
      return [
        { ...served, pid: undefined, user: value("User"), service: { manager: "systemd", unit, scope } },
      ];
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
      // The launcher itself knows which executable it starts.
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
    const [zotBinary, configFile] = [argv[at - 1], argv[at + 1]];
    if (at < 1 || zotBinary === undefined || configFile === undefined) return [];
    return [{ pid: undefined, user: undefined, zotBinary, configFile, launched: false, service }];
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
