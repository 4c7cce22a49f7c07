import { isDeepStrictEqual } from "node:util";
import { mountsOf, mountText, userOf } from "./container";
import { KEEP_ID } from "./found-container";
import { runsLauncher } from "./service";
import type { Container, FoundContainer, HostLayout, HostState, Mount, SshTarget } from "./types";

type State = Pick<HostState, "container" | "containers" | "image" | "runtime" | "serving" | "tellsNoVersion">;
type Layout = Pick<HostLayout, "configFolder" | "container" | "loopbackUrl" | "service">;

/**
 * Differences between the container on the host and the settings, each with the fix. A container that the launcher
 * starts follows the settings from the next deploy on.
 */
export function containerProblems(
  { user }: Pick<SshTarget, "user">,
  layout: Layout,
  { container: there, containers = [], image, runtime, serving, tellsNoVersion }: State,
): string[] {
  const { container: wanted } = layout;
  if (!wanted) return [];
  if (runtime === "missing") {
    return [
      `${wanted.runtime} is not on the PATH of ${user}'s session: install it, or add its folder to that PATH (of systems without a login shell, ` +
        "in sshd's SetEnv), or set host.container.runtime to the one that runs zot",
    ];
  }
  if (runtime === "hangs") {
    return [
      `${wanted.runtime} does not answer ${user} within 10 s: see what \`${wanted.runtime} image inspect ${wanted.image}\` waits for on the host, ` +
        "restart that, and run the preview again",
    ];
  }
  if (image && tellsNoVersion) {
    return [
      `\`${wanted.runtime} run --rm ${wanted.image} --version\` tells ${user} no version of zot: host.container.image must have zot as its ` +
        "entrypoint, or a script that starts it with the words that it is given",
    ];
  }
  if (runsLauncher(layout)) return [];
  if (!there) {
    const others =
      containers.length > 0
        ? `the running ones are ${containers.join(", ")}`
        : `${wanted.runtime} shows ${user} none`;
    return serving
      ? [
          `zot answers, and there is no container ${wanted.name}; ${others}: set host.container.name to the one that runs zot, and host.user to ` +
            "the user that starts it",
        ]
      : [];
  }
  return [
    ...mountDifferences(layout, wanted, there),
    ...networkDifference(layout, wanted, there),
    ...imageDifference(wanted, there, image?.id),
    ...userDifference(wanted, there, image?.user),
  ];
}

/** SELinux labels are not compared: Podman does not report them. */
const plainMount = ({ container, host, options }: Mount) =>
  mountText({ container, host, options: options.includes("ro") ? ["ro"] : [] });

function mountDifferences({ configFolder }: Layout, wanted: Container, there: FoundContainer): string[] {
  const [said, has] = [mountsOf(wanted).map(plainMount), there.mounts.map(plainMount)];
  const quoted = (mounts: readonly string[]) => mounts.map((mount) => `"${mount}"`).join(", ");
  const missing = said.filter((mount) => !has.includes(mount));
  const state = `${configFolder}/zot-access`;
  const extra = has.filter((mount) => !said.includes(mount) && mount !== `${state}:${state}`);
  if (missing.length === 0 && extra.length === 0) return [];
  const differs = [
    ...(missing.length > 0 ? [`has no mount ${quoted(missing)}`] : []),
    ...(extra.length > 0 ? [`has ${quoted(extra)} besides`] : []),
  ];
  return [
    `the container ${there.name} ${differs.join(", and ")}: write host.container.mounts: [${quoted(has)}], or change the container's own ` +
      "definition and start it again",
  ];
}

/** Published TCP ports in one format: a runtime omits defaults. */
function plainPorts({ publish }: Pick<Container, "publish">): string[] {
  return publish
    .filter((each) => !each.endsWith("/udp"))
    .map((each) => each.replace(/^0\.0\.0\.0:/, "").replace(/\/tcp$/, ""))
    .sort();
}

/**
 * A deploy reaches zot through these ports: with wrong ones it would restart zot and take the missing answer for a
 * failure.
 */
function networkDifference({ loopbackUrl }: Layout, wanted: Container, there: FoundContainer): string[] {
  const isHosts = ({ network }: Pick<Container, "network">) => network === "host";
  const ports = plainPorts(there);
  // In the network of another container, or of a pod, that one publishes the ports.
  if (/^(container|ns):/.test(there.network)) return [];
  if (!isHosts(there) && ports.length === 0) {
    const isLoopback = ["127.0.0.1", "[::1]", "localhost"].includes(new URL(loopbackUrl).hostname);
    if (!isLoopback || wanted.publish.length > 0) return [];
    return [
      `the container ${there.name} has the network ${there.network} and publishes no port, and a deploy asks zot on the host: publish one, e.g. ` +
        '"127.0.0.1:5000:5000", in the container\'s own definition and in host.container.publish, and start it again',
    ];
  }
  if (isHosts(wanted) && isHosts(there)) return [];
  if (isHosts(wanted) === isHosts(there) && isDeepStrictEqual(plainPorts(wanted), ports)) return [];
  const quoted = isHosts(there) ? "" : ports.map((port) => JSON.stringify(port)).join(", ");
  return [
    `the container ${there.name} has the network ${there.network}${quoted === "" ? "" : ` and publishes ${quoted}`}: write ` +
      `host.container.network: ${there.network}${quoted === "" ? "" : ` and host.container.publish: [${quoted}]`}, or change the ` +
      "container's own definition and start it again",
  ];
}

function imageDifference({ image }: Container, there: FoundContainer, id: string | undefined): string[] {
  if (there.image === image || there.imageId === id) return [];
  return [
    `the container ${there.name} runs ${there.image}, and host.container.image is ${image}: write host.container.image: ${there.image}, or change ` +
      "the container's own definition and start it again",
  ];
}

/**
 * A trial would succeed with a config that only another user than the container's can read, and zot would then fail.
 * For `--userns` a runtime only reports that it is set: Podman does not keep its value.
 */
function userDifference({ options }: Container, there: FoundContainer, usual: string | undefined): string[] {
  if (usual === undefined) return [];
  const isKept = options.some((option) => option.startsWith("--userns="));
  if (there.options.includes(KEEP_ID) !== isKept) {
    return [
      `the container ${there.name} runs ${isKept ? "without" : "with"} --userns, and by the settings ${isKept ? "with" : "without"} it: ` +
        (isKept
          ? "leave it out of host.container.options"
          : `write host.container.options: ["${KEEP_ID}", "--user=${there.user}"]`) +
        ", or change the container's own definition and start it again",
    ];
  }
  const said = userOf({ options });
  // With keep-id, the runtime itself sets the user.
  if ((said ?? usual) === there.user || (isKept && said === undefined)) return [];
  const fix =
    there.user === "" || there.user === usual
      ? "leave --user out of host.container.options"
      : `write host.container.options: ["--user=${there.user}"]`;
  return [
    `the container ${there.name} runs as ${there.user === "" ? "root" : `the user ${there.user}`}, and by the settings as ${(said ?? usual) || "root"}: ${fix}, or change the ` +
      "container's own definition and start it again",
  ];
}

/** The image's name refers to another image since the container was started. */
export function imageMoved(layout: Layout, { container: there, image }: State): string[] {
  const { container: wanted } = layout;
  if (!wanted || !there?.isRunning || image === undefined || runsLauncher(layout)) return [];
  if (there.image !== wanted.image || there.imageId === image.id) return [];
  return [
    `the container ${there.name} was started from another image than ${wanted.image} is now, in which a deploy tries its config: recreate ` +
      "the container (restart its unit, or `compose up -d`)",
  ];
}
