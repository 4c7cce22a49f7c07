import type { HostLayout } from "./types";

/** Whether this program's launcher runs zot; only the launcher can boot without the issuer. */
export function runsLauncher(layout: Pick<HostLayout, "service">): boolean {
  return layout.service.manage || layout.service.launcher === true;
}

export interface LogFiles {
  readonly out: string;
  readonly err: string;
}

/**
 * Where the agent's output goes. launchd opens the files again at each start, and does not start a job whose log
 * folder is missing.
 */
export function logFiles({ configFolder, service }: HostLayout): LogFiles {
  const given = service.manager === "launchd" ? service.logFile : undefined;
  if (typeof given === "object") return given;
  const file = given ?? `${configFolder}/zot.log`;
  return { out: file, err: file };
}

function xml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/**
 * The launcher kills a zot that does not end within the drain time, and needs a moment before the manager kills the
 * launcher.
 */
const LAUNCHER_SECONDS = 15;

/** launchd.plist(5); RunAtLoad and KeepAlive as in the agent that this one replaces. */
function plist(label: string, launcher: string, logs: LogFiles, stopSeconds: number): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${xml(label)}</string>
  <key>ProgramArguments</key>
  <array>
    <string>/bin/sh</string>
    <string>${xml(launcher)}</string>
  </array>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <true/>
  <key>ExitTimeOut</key>
  <integer>${stopSeconds}</integer>
  <key>StandardOutPath</key>
  <string>${xml(logs.out)}</string>
  <key>StandardErrorPath</key>
  <string>${xml(logs.err)}</string>
</dict>
</plist>
`;
}

/** The runtime's own processes end with zot, and `podman auto-update` learns which unit to restart. */
const CONTAINED = "KillMode=mixed\nEnvironment=PODMAN_SYSTEMD_UNIT=%n\n";

/** systemd.unit(5): a path in ExecStart is quoted, and `%` and `$` are doubled, or systemd would expand them. */
function unit(
  launcher: string,
  wantedBy: string,
  user: string | undefined,
  stopSeconds: number,
  contained: boolean,
): string {
  const path = launcher.replace(/["\\]/g, "\\$&").replaceAll("%", "%%").replaceAll("$", "$$$$");
  return `[Unit]
Description=zot registry
After=network-online.target

[Service]
ExecStart=/bin/sh "${path}"
Restart=always
RestartSec=2
TimeoutStopSec=${stopSeconds}
${user === undefined ? "" : `User=${user}\n`}${contained ? CONTAINED : ""}
[Install]
WantedBy=${wantedBy}
`;
}

/** The text of the service definition that the program owns; empty if another tool owns it. */
export function serviceDefinition(layout: HostLayout, drainSeconds: number): string {
  const { service, configFolder } = layout;
  if (!service.manage) return "";
  const launcher = `${configFolder}/zot-access/current/launcher.sh`;
  const stopSeconds = drainSeconds + LAUNCHER_SECONDS;
  if (service.manager === "launchd") {
    return plist(service.label, launcher, logFiles(layout), stopSeconds);
  }
  const user = service.scope === "system" ? layout.runAs : undefined;
  return unit(
    launcher,
    service.scope === "system" ? "multi-user.target" : "default.target",
    user,
    stopSeconds,
    layout.container !== undefined,
  );
}
