import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { parse, stringify } from "yaml";
import {
  ConfigFileError,
  configFileNotes,
  formatConfig,
  settleConfigFile,
} from "../../../systems/host/config-file";
import { sentConfig } from "../../../systems/host/payload";
import { applyInput } from "../../../systems/host/payload";
import { readInstallation } from "../../../systems/host/installation";
import { probeHost } from "../../../systems/host/probe";
import type { HostState, Service } from "../../../systems/host/types";
import { refuseUnusable } from "../../../systems/host/unusable";
import { until } from "../../../rehearsal/host/until";
import { desired, layout } from "./support/example";
import { type ManagedHost, startManagedHost } from "./support/managed-host";

/*
 * Which of the host's files zot reads, and that it keeps its name and its format.
 */
const theirs: Service = { manager: "systemd", unit: "zot.service", scope: "user", manage: false };
const ours: Service = { ...theirs, manage: true };
const BUS = "export XDG_RUNTIME_DIR=/run/user/0; systemctl --user";
const yaml = (json: string) => `# by hand\n${stringify(JSON.parse(json))}`;

/** A host on which a unit serves that file, in YAML. */
function serving(
  service: Service,
  name: string,
  body: (host: ManagedHost, file: string) => Promise<void>,
  definition = (host: ManagedHost, file: string) => `ExecStart=${host.zot.path} serve ${file}`,
) {
  return async () => {
    const host = await startManagedHost(service);
    try {
      const file = join(host.layout.configFolder, name);
      host.writeOpenConfig(file, yaml);
      mkdirSync(dirname(host.definition), { recursive: true });
      writeFileSync(host.definition, `[Service]\n${definition(host, file)}\n`);
      await host.shell(`${BUS} daemon-reload; ${BUS} restart zot.service`);
      await host.serves();
      await body(host, file);
    } finally {
      await host.stop();
    }
  };
}

test.concurrent(
  "a config.yaml that somebody's unit serves: deployed, reloaded and given back under that name, as YAML",
  serving(theirs, "config.yaml", async (host, file) => {
    const before = readFileSync(file, "utf8");
    const known = { zotBinary: host.zot.path, configFile: file };
    expect((await readInstallation(host.ssh, known)).zotVersion).toBe("2.1.20");
    const found = await host.compare(host.desired());
    expect(found.warnings).toEqual([
      `zot serves ${file}: it keeps that name, and stays YAML; its comments are not kept`,
    ]);
    expect([...found.diff, ...found.report]).not.toContain("config missing");
    expect((await host.deploy(host.desired())).outcome).toBe("restarted");
    expect(await host.push()).toBe(401);
    expect(() => JSON.parse(readFileSync(file, "utf8")) as unknown).toThrow();
    expect(parse(readFileSync(file, "utf8"))).toMatchObject({ http: { auth: { apikey: true } } });
    expect(readdirSync(host.layout.configFolder).sort()).toEqual([
      "config.yaml",
      "oidc-credentials.json",
      "zot-access",
    ]);
    expect((await host.deploy(host.desired({ writers: ["others"] }))).outcome).toBe("reloaded");
    expect(await host.compare(host.desired({ writers: ["others"] }))).toMatchObject({
      inSync: true,
      warnings: [],
    });
    expect((await host.restore()).outcome).toBe("restarted");
    expect(readFileSync(file, "utf8")).toBe(before);
    expect(readdirSync(host.layout.configFolder)).toEqual(["config.yaml"]);
    expect(await host.push()).toBe(202);
  }),
);

test.concurrent(
  "a path in the unit's folder, behind env and nice: found while it runs and while it is stopped, deployed to and given back",
  serving(
    theirs,
    "registry.yaml",
    async (host, file) => {
      const { configFolder } = host.layout;
      host.writeOpenConfig(join(configFolder, "config.json"));
      const before = readFileSync(file, "utf8");
      const service = { manager: "systemd", unit: "zot.service", scope: "user" };
      const found = { configFile: file, zotBinary: host.zot.path, service };
      const known = { configFile: file };
      expect(await readInstallation(host.ssh, known)).toMatchObject(found);
      const served = () => probeHost(host.ssh, host.layout);
      expect(await served()).toMatchObject({ configFile: file, configFrom: "process" });
      await host.shell(`${BUS} stop zot.service`);
      expect(await readInstallation(host.ssh, known)).toMatchObject(found);
      expect(await served()).toMatchObject({ configFile: file, configFrom: "definition" });
      await host.shell(`${BUS} restart zot.service`);
      await host.serves();
      expect((await host.deploy(host.desired())).outcome).toBe("restarted");
      expect(await host.push()).toBe(401);
      expect((await host.deploy(host.desired({ writers: ["others"] }))).outcome).toBe("reloaded");
      expect((await host.restore()).outcome).toBe("restarted");
      expect(readFileSync(file, "utf8")).toBe(before);
    },
    (host, file) =>
      `WorkingDirectory=${dirname(file)}\nExecStart=/usr/bin/env LANG=C nice -n 1 ${host.zot.path} serve registry.yaml`,
  ),
);

test.concurrent(
  "a config.yml under the launcher: the fallback and a reboot read YAML as well",
  serving(ours, "config.yml", async (host, file) => {
    expect((await host.deploy(host.desired())).outcome).toBe("restarted");
    await host.reboot();
    await host.serves();
    expect(await host.push()).toBe(401);
    expect((await probeHost(host.ssh, host.layout)).configFile).toBe(file);
    expect(await host.compare(host.desired())).toMatchObject({ inSync: true });
    const set = join(host.layout.configFolder, "zot-access/current");
    expect(parse(readFileSync(join(set, "fallback.yml"), "utf8"))).toMatchObject({
      http: { auth: { apikey: true } },
    });
  }),
);

test.concurrent(
  "while zot does not run, the unit says which of two files it serves; without a unit neither is chosen",
  serving(theirs, "config.yaml", async (host, file) => {
    host.writeOpenConfig(join(host.layout.configFolder, "config.json"));
    await host.shell(`${BUS} stop zot.service`);
    await until("it is gone", async () => (await host.status("/v2/")) === 0);
    expect(await probeHost(host.ssh, host.layout)).toMatchObject({
      configFile: file,
      configFrom: "definition",
    });
    const wrong = { ...host.layout, configName: "config.json" };
    expect((await probeHost(host.ssh, wrong)).servedBeside).toBe(file);
    const settled = { ...host.layout, configName: "config.yaml" };
    expect((await probeHost(host.ssh, settled)).servedBeside).toBeUndefined();
    rmSync(host.definition);
    await host.shell(`${BUS} daemon-reload`);
    await expect(host.deploy(host.desired())).rejects.toThrow(
      /holds config.json and config.yaml, and neither .* set host.configFile/,
    );
    expect(await probeHost(host.ssh, settled)).toMatchObject({ configFile: file, configFrom: "settings" });
    expect(readdirSync(host.layout.configFolder).sort()).toEqual(["config.json", "config.yaml"]);
  }),
);

(process.getuid?.() === 0 ? test.concurrent : test.skip)(
  "a config that is generated at each boot is told as such, also where the settings name it",
  serving(theirs, "config.yaml", async (host) => {
    const configFolder = mkdtempSync("/run/zot-access-");
    try {
      host.writeOpenConfig(join(configFolder, "config.json"));
      const settled = { ...host.layout, configFolder, configName: "config.json" };
      const seen = await probeHost(host.ssh, settled);
      expect(seen).toMatchObject({ configFrom: "settings", configPlace: "boot" });
      expect(() => refuseUnusable({ host: "h", user: "root" }, settled, seen)).toThrow(
        /generated at each boot/,
      );
    } finally {
      rmSync(configFolder, { recursive: true });
    }
  }),
);

(process.getuid?.() === 0 ? test.concurrent : test.skip)(
  "a config that is a link to what each boot renders is reported as such, through a link of its folder, too",
  serving(theirs, "config.yaml", async (host) => {
    const rendered = mkdtempSync("/run/zot-access-");
    const { configFolder } = host.layout;
    try {
      writeFileSync(join(rendered, "config.json"), "{}\n");
      symlinkSync(rendered, join(configFolder, "secrets"));
      symlinkSync("secrets/config.json", join(configFolder, "config.json"));
      const settled = { ...host.layout, configName: "config.json" };
      expect(await probeHost(host.ssh, settled)).toMatchObject({ configPlace: "boot" });
      rmSync(join(configFolder, "config.json"));
      symlinkSync("config.yaml", join(configFolder, "config.json"));
      expect((await probeHost(host.ssh, settled)).configPlace).toBeUndefined();
    } finally {
      rmSync(rendered, { recursive: true });
    }
  }),
);

const state = (seen: Partial<HostState>): HostState => ({
  runs: 0,
  unfinished: false,
  serving: true,
  clockSkewSeconds: 0,
  configText: "{}",
  ...seen,
});
const unit = { ...layout(), service: theirs };

test("a file that a deploy does not write is refused where another tool decides what is served", () => {
  const seen = state({ configFile: "/etc/zot/config.json", configFrom: "definition" });
  expect(() => settleConfigFile(unit, seen)).toThrow(
    /zot serves \/etc\/zot\/config.json, .* set host.configFolder to \/etc\/zot$/,
  );
  expect(settleConfigFile(layout(), seen).configName).toBe("config.json");
  expect(configFileNotes(layout(), seen)).toEqual([
    expect.stringMatching(
      /^zot serves \/etc\/zot\/config.json now; from the first deploy on it serves \/home/,
    ),
  ]);
});

test("a file of the settings that the service does not serve is refused, unless the launcher is to serve it", () => {
  const [json, yaml] = ["config.json", "config.yaml"].map((name) => `${layout().configFolder}/${name}`);
  const seen = state({ configFile: json ?? "", configFrom: "settings", servedBeside: yaml ?? "" });
  expect(() => settleConfigFile({ ...unit, configName: "config.json" }, seen)).toThrow(
    /config.yaml, and host.configFile says config.json, which nothing reads: set it to config.yaml, or leave it out$/,
  );
  expect(settleConfigFile({ ...layout(), configName: "config.json" }, seen).configName).toBe("config.json");
});

test("another name than that of the deploys before is refused, and where the host is not asked the last one counts", () => {
  const file = `${layout().configFolder}/config.yaml`;
  const seen = state({ configFile: file, configFrom: "deploy" });
  expect(() => settleConfigFile({ ...unit, configName: "config.json" }, seen)).toThrow(ConfigFileError);
  expect(settleConfigFile(unit, seen).configName).toBe("config.yaml");
  expect(settleConfigFile(unit, undefined, "config.yaml").configName).toBe("config.yaml");
  expect(settleConfigFile(unit).configName).toBe("config.json");
  expect(() =>
    settleConfigFile(layout(), state({ configFile: "/etc/zot/a b.json", configFrom: "process" })),
  ).toThrow("a name that this program does not write");
});

test("strings stay strings in YAML, for readers of 1.1 too, and differences are shown as JSON", () => {
  const config = { http: { port: "0123" }, a: ["yes", "1:20", "null", "#", "", "line\nline"], "**": true };
  const text = formatConfig(config, "config.yaml");
  expect(parse(text, { version: "1.1" })).toEqual(config);
  const sent = sentConfig(applyInput({ ...layout(), configName: "config.yaml" }, desired()));
  expect(sent.name).toBe("config.yaml");
  expect(JSON.parse(sent.config ?? "")).toMatchObject({ http: { auth: { apikey: true } } });
});
