import { type FoundService, serviceOf } from "../../../systems/host/found-service";
import { partsOf, readingAs } from "../../../systems/host/installation";
import type { SshTarget } from "../../../systems/host/types";

/* Which zot a host runs, as whom, by what and where it logs, by what look-around.sh prints there. */
const TARGET = { host: "h", port: 22, user: "u", hostKey: "" } satisfies SshTarget;
const look = (text: string) => partsOf(TARGET, `${text}\n== end\n`);
const found = (text: string, known: Parameters<typeof serviceOf>[1] = {}): FoundService =>
  serviceOf(look(text), known);

const plist = (
  strings: string,
  more = "",
) => `== plist /Users/op/Library/LaunchAgents/mcquack.eblume.zot.plist
<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0"><dict>
  <key>Label</key>
  <string>mcquack.eblume.zot</string>
  <key>ProgramArguments</key>
  <array>${strings}</array>
${more}</dict></plist>`;
const LOGS = `  <key>StandardErrorPath</key>
  <string>/Users/op/Library/Logs/mcquack.zot.err.log</string>
  <key>StandardOutPath</key>
  <string>/Users/op/Library/Logs/mcquack.zot.out.log</string>
`;

test("a LaunchAgent tells its label, its executable and both of its logs, and its process as whom it runs", () => {
  const agent = plist(
    "<string>/Users/op/code/zot &amp; co/zot</string><string>serve</string><string>/Users/op/.config/zot/config.json</string>",
    LOGS,
  );
  const process = "  412 op /Users/op/code/zot & co/zot serve /Users/op/.config/zot/config.json";
  expect(found(`== os\nDarwin\n== processes\n${process}\n${agent}`)).toEqual({
    zotBinary: "/Users/op/code/zot & co/zot",
    configFile: "/Users/op/.config/zot/config.json",
    runsAs: "op",
    launched: false,
    service: {
      manager: "launchd",
      label: "mcquack.eblume.zot",
      logFiles: ["/Users/op/Library/Logs/mcquack.zot.out.log", "/Users/op/Library/Logs/mcquack.zot.err.log"],
    },
  });
  // While it is stopped its definition is enough.
  expect(found(`== processes\n${agent}`)).toMatchObject({
    runsAs: undefined,
    service: { manager: "launchd" },
  });
});

test.each([
  [
    "0::/user.slice/user-1000.slice/user@1000.service/app.slice/zot.service",
    { scope: "user", unit: "zot.service" },
  ],
  ["0::/system.slice/registry.service", { scope: "system", unit: "registry.service" }],
  ["12:cpu:/\n1:name=systemd:/system.slice/zot.service", { scope: "system", unit: "zot.service" }],
])("a process in %s belongs to that unit", (cgroup, unit) => {
  const text = `== processes\n 77 zot /usr/bin/zot serve /etc/zot/config.yaml\n== cgroup 77\n${cgroup}`;
  expect(found(text)).toMatchObject({
    zotBinary: "/usr/bin/zot",
    configFile: "/etc/zot/config.yaml",
    runsAs: "zot",
    service: { manager: "systemd", ...unit },
  });
});

test("a unit that is stopped is found by what it would start", () => {
  const unit =
    "Id=zot.service\nUser=registry\nExecStart={ path=/usr/bin/zot ; argv[]=/usr/bin/zot serve /etc/zot/config.json ; ignore_errors=no }";
  expect(found(`== processes\n== units system\nId=ssh.service\nUser=\n\n${unit}`)).toMatchObject({
    configFile: "/etc/zot/config.json",
    runsAs: "registry",
    service: { manager: "systemd", unit: "zot.service", scope: "system" },
  });
});

test("what a deploy of this program runs is known by its sets, and names the host's own file", () => {
  const text =
    "== processes\n 9 op /usr/bin/zot serve /home/op/.config/zot/zot-access/sets/20261130T1-2/fallback.yaml";
  expect(found(text)).toMatchObject({ configFile: "/home/op/.config/zot/config.yaml", launched: true });
});

test("several zots are told, and one of them can be named; none can be told by hand", () => {
  const two =
    "== processes\n 1 op /usr/bin/zot serve /a/config.json\n 2 op /usr/bin/zot serve /b/config.json";
  expect(() => found(two)).toThrow(/several zots serve .*\/a\/config\.json, \/b\/config\.json.*--zot-config/);
  expect(found(two, { configFile: "/b/config.json" }).configFile).toBe("/b/config.json");
  expect(() => found("== processes\n")).toThrow(/no process of zot runs.*--zot-config.*--zot-binary/);
  expect(found("== processes\n", { configFile: "/c/config.json", zotBinary: "/opt/zot" })).toMatchObject({
    service: undefined,
    launched: false,
  });
});

test.each([
  ["podman", "0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-4711.scope"],
  ["Docker", "0::/system.slice/docker-4711.scope"],
])("a zot in a container of %s is told to be one", (runtime, cgroup) => {
  const text = `== processes\n 5 root /usr/bin/zot serve /etc/zot/config.json\n== cgroup 5\n${cgroup}`;
  expect(() => found(text)).toThrow(`container of ${runtime}`);
});

test("an answer that is cut is refused", () => {
  expect(() => partsOf(TARGET, "== os\nLinux\n")).toThrow("not whole");
});

test("a config that zot's own user alone may read is read as that user, by nobody's password", () => {
  const base = { zotBinary: "/zot", configFile: "/etc/zot/it's.json", launched: false, service: undefined };
  const zot = (runsAs: string) => ({ ...base, runsAs });
  expect(readingAs(zot("zot"), "op")).toBe(
    "[ -r '/etc/zot/it'\\''s.json' ] || exec sudo -n -u zot /bin/sh -s; exec /bin/sh -s",
  );
  for (const [runsAs, sshUser] of [
    ["op", "op"],
    ["zot", "root"],
    ["1001", "op"],
    ["$(reboot)", "op"],
  ] as const)
    expect(readingAs(zot(runsAs), sshUser)).toBe("exec /bin/sh -s");
});
