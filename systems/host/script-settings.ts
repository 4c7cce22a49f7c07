import { type Mounted, mountsOf, publishedPorts, runWords, userOf } from "./container";
import { DEFAULT_LIMITS } from "./limits";
import { logFiles, runsLauncher } from "./service";
import type { Container, HostLayout } from "./types";

/*
 * The settings of a layout that the scripts on the host get, in addition to their own.
 */

/** How to run zot: scripts on the host read it as ZC_…. */
export function zotWords(
  layout: Pick<HostLayout, "configFolder" | "container" | "zotBinary">,
): Record<string, string> {
  const { container, zotBinary } = layout;
  return {
    ZC_ZOT: zotBinary,
    ZC_RUNTIME: container?.runtime ?? "",
    ZC_IMAGE: container?.image ?? "",
    ZC_NAME: container?.name ?? "",
    ZC_USER: userOf(container) ?? "",
    ZC_ARGS: runWords(layout, "try"),
  };
}

/** The mounts by which a reading script finds the files in zot's config: see client-ids.sh. */
export function mountWords(container: Mounted | undefined): Record<string, string> {
  const deepestFirst = (container ? mountsOf(container) : []).sort(
    (a, b) => b.container.length - a.container.length,
  );
  return { ZC_MOUNTS: deepestFirst.map(({ container: inside, host }) => `${inside}:${host}`).join("\n") };
}

/** The host's ports for the ports in zot's config: `inside:outside`, one per line, if they differ. */
export function portWords(container: Container | undefined): Record<string, string> {
  const publish = container && container.network !== "host" ? publishedPorts(container) : [];
  return { ZA_PORTS: publish.map(({ inside, outside }) => `${inside}:${outside}`).join("\n") };
}

export function serviceSettings(layout: HostLayout): Record<string, string | number> {
  const { service } = layout;
  const logs = logFiles(layout);
  return {
    ZA_MANAGER: service.manager,
    ZA_MANAGE: service.manage ? "1" : "0",
    ZA_LAUNCHED: runsLauncher(layout) ? "1" : "0",
    ZA_SERVICE:
      service.manager === "launchd" ? service.label : service.manager === "systemd" ? service.unit : "",
    ZA_SCOPE:
      service.manager === "launchd"
        ? (service.domain ?? "gui")
        : service.manager === "systemd"
          ? service.scope
          : "",
    ZA_RESTART: service.restart ?? "",
    ZA_RESTART_SECONDS: { ...DEFAULT_LIMITS, ...layout.limits }.restartSeconds,
    ...(service.manager === "launchd" && service.manage
      ? { ZA_LOG_OUT: logs.out, ZA_LOG_ERR: logs.err }
      : { ZA_LOG_OUT: "", ZA_LOG_ERR: "" }),
  };
}

/** For one answer of zot, which delays a refusal as its config says. */
function askSeconds({ failDelay = 0 }: HostLayout): number {
  return 5 + failDelay;
}

/** Where and as whom the host's scripts request zot, and for how long. */
export function zotAddress(layout: HostLayout): Record<string, string | number> {
  const { loopbackUrl, tls } = layout;
  const { hostname, port } = new URL(loopbackUrl);
  return {
    ZA_URL: tls ? `https://${tls.name}:${port || 443}` : loopbackUrl,
    ZA_ADDRESS: tls ? hostname : "",
    ZA_CERT: tls?.certificate ?? "",
    ZA_ASK_SECONDS: askSeconds(layout),
  };
}
