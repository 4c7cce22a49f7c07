import { posix } from "node:path";
import type { Tree } from "../zot/config/read";
import { withFolders } from "../zot/config/storage";
import type { Container, HostLayout, Mount } from "./types";

/*
 * zot in a container: paths in its config are the container's, those of a deploy are the host's, and the mounts map
 * one to the other.
 */

/** `/host/path:/container/path`, with options such as `ro` and `z` after another colon; undefined for any other text. */
export function parseMount(text: string): Mount | undefined {
  const [, host, container, options = ""] = /^(\/[^:]*):(\/[^:]*)(?::([a-zA-Z,]+))?$/.exec(text) ?? [];
  if (host === undefined || container === undefined) return undefined;
  return { host: plain(host), container: plain(container), options: options.split(",").filter(Boolean) };
}

function plain(path: string): string {
  return posix.normalize(path).replace(/(?<=.)\/+$/, "");
}

/** From the settings, which have texts, or from an existing container. */
export interface Mounted {
  readonly mounts: readonly (string | Mount)[];
}

export function mountsOf({ mounts }: Mounted): Mount[] {
  return mounts
    .map((mount) => (typeof mount === "string" ? parseMount(mount) : mount))
    .filter((mount) => mount !== undefined);
}

/** In the format of the settings, and of a runtime's options. */
export function mountText({ container, host, options }: Mount): string {
  return [host, container, ...(options.length > 0 ? [options.join(",")] : [])].join(":");
}

function below(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === "/" ? "/" : `${folder}/`);
}

/** The mount that decides a path of the container: the deepest one. */
function mountAt(container: Mounted, path: string): Mount | undefined {
  return mountsOf(container)
    .filter((mount) => below(path, mount.container))
    .sort((a, b) => a.container.length - b.container.length)
    .at(-1);
}

/** The host's path for a path of the container; undefined if it is only in the image. */
export function onHost(container: Mounted | undefined, path: string): string | undefined {
  if (!container) return path;
  const mount = mountAt(container, plain(path));
  return mount && posix.join(mount.host, posix.relative(mount.container, plain(path)));
}

/** A config with the host's paths for its image folders; `other` handles a path on no mount. */
export function foldersOnHost(
  config: Tree,
  container: Mounted | undefined,
  other = (folder: string) => `container:${folder}`,
): Tree {
  if (!container) return config;
  return withFolders(config, (folder) => onHost(container, folder) ?? other(folder));
}

/** The container's path for a file of the host, unless another mount hides it. */
export function inContainer(container: Mounted, path: string): string | undefined {
  return mountsOf(container)
    .filter((mount) => below(path, mount.host))
    .map((mount) => posix.join(mount.container, posix.relative(mount.host, path)))
    .find((found) => onHost(container, found) === plain(path));
}

/** The credentials file as zot's config names it. */
export function credentialsPath(layout: Pick<HostLayout, "configFolder" | "container">): string {
  const { configFolder, container } = layout;
  const file = `${configFolder}/oidc-credentials.json`;
  if (!container) return file;
  // The launcher's own container has the folder of the sets at the host's path.
  return inContainer(container, file) ?? `${configFolder}/zot-access/current/oidc-credentials.json`;
}

/** The problems of the mounts, each with the fix. */
export function mountProblems(
  {
    configFolder,
    configName,
    container,
    service,
  }: Pick<HostLayout, "configFolder" | "configName" | "container" | "service">,
  folders: readonly string[],
): { problem: string; fix: string }[] {
  if (!container) return [];
  const problems: { problem: string; fix: string }[] = [];
  const launched = service.manage || service.launcher === true;
  const written = [configName ?? "config.json", "oidc-credentials.json"].map(
    (name) => `${configFolder}/${name}`,
  );
  for (const file of launched ? [] : written) {
    if (inContainer(container, file) !== undefined) continue;
    const covered = mountsOf(container).some((mount) => below(file, mount.host));
    problems.push({
      problem: covered
        ? `has a mount that hides ${file}: the container would not see what a deploy writes there`
        : `has no mount of ${file}: the container would not see what a deploy writes there`,
      fix: `mount the folder, e.g. "${configFolder}:/etc/zot", or both files, here and in the container's own definition`,
    });
  }
  for (const folder of folders) {
    const mount = mountAt(container, plain(folder));
    if (mount && !mount.options.includes("ro")) continue;
    problems.push({
      problem: `has no writable mount of ${folder}, where zot's config keeps images: they would be deleted with the container`,
      fix: `mount a folder of the host there, e.g. "/srv/zot:${folder}"`,
    });
  }
  return problems;
}

/** Options that other settings or this program set. */
export const OWN_OPTIONS =
  /^(--(name|rm|replace|detach|network|net|publish|volume|volumes-from|mount|tmpfs|pull|restart|cidfile|interactive|tty|entrypoint)(=|$)|-[dpvit])/;

/** From its options; undefined if the image decides. */
export function userOf(container: Pick<Container, "options"> | undefined): string | undefined {
  return container?.options
    .flatMap((option) => /^(?:--user[= ]|-u[= ]?)(.+)$/.exec(option)?.[1] ?? [])
    .at(-1);
}

/**
 * Options that one which only tries has not. What looks for containers by their labels, such as podman auto-update, has no business with
 * it; and a runtime refuses beside the host's network whatever is of a network, or of a pod with one, of the container's own.
 */
const ONLY_SERVES =
  /^(-l|--label|--label-file|--ip|--ip6|--link-local-ip|--mac-address|--network-alias|--net-alias|--link|--pod|--pod-id-file)(?![\w-])|^--sysctl[= ]net[./]/;

/**
 * Arguments of `run`, one per line, for the container that serves, or for those that try, verify or print the
 * version.
 */
export function runWords(
  layout: Pick<HostLayout, "configFolder" | "container">,
  what: "serve" | "try",
): string {
  const { configFolder, container } = layout;
  if (!container) return "";
  const { mounts, name, network, options, publish } = container;
  const state = `${configFolder}/zot-access`;
  const label = mountsOf(container).some((mount) => mount.options.some((each) => /^z$/i.test(each)))
    ? ":z"
    : "";
  // Z labels a folder for one container only: a trial's container would take it from the serving one.
  const shared = (mount: string) => mount.replace(/(?<=:[^/]*)Z/, "z");
  const words = [
    ...mounts.map((mount) => `--volume=${what === "try" ? shared(mount) : mount}`),
    `--volume=${state}:${state}${label}`,
    ...(what === "serve"
      ? [`--name=${name}`, `--network=${network}`, ...publish.map((each) => `--publish=${each}`)]
      : ["--network=host", "--pull=never"]),
    ...options.filter((option) => what === "serve" || !ONLY_SERVES.test(option)),
  ];
  return words.join("\n");
}

/** Ports of a container in its own network, each with the host's port. */
export function publishedPorts({ publish }: Pick<Container, "publish">) {
  return publish.flatMap((each) => {
    const [, address, outside, inside] = /^(?:(\[[^\]]+\]|[\d.]+):)?(\d+):(\d+)(?:\/tcp)?$/.exec(each) ?? [];
    if (inside === undefined || outside === undefined) return [];
    return [{ inside, outside, ...(address !== undefined && { address }) }];
  });
}

/** The host's address and port for a port of the container; without a published one, those of zot's config. */
export function published(
  container: Container,
  port: string,
): { address?: string; port: string } | undefined {
  const found = publishedPorts(container).find(({ inside }) => inside === port);
  return found && { port: found.outside, ...(found.address !== undefined && { address: found.address }) };
}

/** SELinux does not confine a container with one of these options. */
const UNCONFINED = /^(--privileged(=true)?|--security-opt[= ]label[=:]disable)$/;

/** Folders without a label, if SELinux lets a container only read labelled ones. */
export function unlabelled(container: Container | undefined): string[] {
  if (!container || container.options.some((option) => UNCONFINED.test(option))) return [];
  return container.mounts.filter((text) => !parseMount(text)?.options.some((each) => /^z$/i.test(each)));
}
