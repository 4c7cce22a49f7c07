import { type Mounted, mountsOf, publishedPorts, runWords, userOf } from "./container";
import { DEFAULT_LIMITS } from "./limits";
import { logFiles, runsLauncher } from "./service";
import type { Container, HostLayout } from "./types";

/*
 * What the scripts on the host are told of a layout, beside what each of them is for.
 */

/** By what zot is run: scripts on the host read it as ZC_…. */
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

/** By which mounts a script that reads finds the files that zot's config names: see client-ids.sh. */
export function mountWords(container: Mounted | undefined): Record<string, string> {
  const deepestFirst = (container ? mountsOf(container) : []).sort(
    (a, b) => b.container.length - a.container.length,
  );
  return { ZC_MOUNTS: deepestFirst.map(({ container: inside, host }) => `${inside}:${host}`).join("\n") };
}

/** By which ports of the host a script asks for those that zot's config names: `inside:outside`, one a line, where they differ. */
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

/** For one answer of zot's, which holds back a refusal for as long as its config says. */
function askSeconds({ failDelay = 0 }: HostLayout): number {
  return 5 + failDelay;
}

/** Where and as whom the host's scripts ask zot, and how long. */
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
