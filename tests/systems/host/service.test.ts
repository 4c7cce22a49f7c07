import { serviceDefinition } from "../../../systems/host/service";
import type { HostLayout, Service } from "../../../systems/host/types";
import { layout } from "./support/example";

const definition = (service: Service, change: Partial<HostLayout> = {}): string =>
  serviceDefinition({ ...layout(), service, ...change }, 60);

const agent: Service = { manager: "launchd", label: "org.example.zot", manage: true };
const unit: Service = { manager: "systemd", unit: "zot.service", scope: "user", manage: true };

test("the LaunchAgent runs the current set's launcher, at login and permanently", () => {
  const text = definition(agent);
  expect(text).toContain("<string>/home/zot/.config/zot/zot-access/current/launcher.sh</string>");
  expect(text).toMatch(/<key>RunAtLoad<\/key>\s*<true\/>/);
  expect(text).toMatch(/<key>KeepAlive<\/key>\s*<true\/>/);
  expect(text).toMatch(/<key>ExitTimeOut<\/key>\s*<integer>75<\/integer>/);
});

test("names with characters of XML do not break the plist", () => {
  const text = definition({ ...agent, label: "a<b>&c" }, { configFolder: "/Users/a&b/zot" });
  expect(text).toContain("<string>a&lt;b&gt;&amp;c</string>");
  expect(text).toContain("<string>/Users/a&amp;b/zot/zot-access/current/launcher.sh</string>");
});

test("the unit restarts always and quotes what systemd would expand", () => {
  const text = definition(unit, { configFolder: "/home/100% $me" });
  expect(text).toContain('ExecStart=/bin/sh "/home/100%% $$me/zot-access/current/launcher.sh"');
  expect(text).toContain("Restart=always");
  expect(text).toContain("WantedBy=default.target");
});

test("a system unit runs as the owner and starts with the machine", () => {
  const text = definition({ ...unit, scope: "system" }, { runAs: "zot" });
  expect(text).toContain("\nUser=zot\n");
  expect(text).toContain("WantedBy=multi-user.target");
});

test("the definition does not change with the version, the config or the secret", () => {
  expect(definition(agent, { zotBinary: "/opt/other" })).toBe(definition(agent));
});

test.each<Service>([
  { ...agent, manage: false },
  { ...unit, manage: false },
  { manager: "command", manage: false, launcher: true, restart: "true" },
])("a service that another tool owns has none: %j", (service) => {
  expect(definition(service)).toBe("");
});
