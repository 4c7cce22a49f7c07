import {
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { renderFiles } from "../../../systems/host/files";
import type { Service } from "../../../systems/host/types";
import { noContainers } from "../../../rehearsal/host/runtime";
import { until } from "../../../rehearsal/host/until";
import { LABEL, type ManagedHost, startManagedHost } from "./support/managed-host";
import { BUS, contain, someUnit } from "./support/contained";
import { CONTAINED, LIMITS, NEVER_UP, POLLING } from "./support/world";

// Much of it is waiting for services, so the tests wait side by side.

/** A body of a test with a host of its own. */
function on(
  service: Service,
  body: (host: ManagedHost) => Promise<void>,
  contained = CONTAINED && service.manager === "systemd",
): () => Promise<void> {
  return async () => {
    const host = await startManagedHost(service);
    try {
      if (contained) await contain(host, "stand-in", "podman");
      await body(host);
    } finally {
      await host.stop();
    }
  };
}

async function editedByHand(host: ManagedHost): Promise<void> {
  await host.deploy(host.desired());
  const edited = (host.held(host.config) ?? "").replace('"level": "info"', '"level": "debug"');
  writeFileSync(host.config, edited);
  const wanted = host.desired({ secret: "another" });
  host.zot.fault("dies-in-the-launcher", renderFiles(host.layout, wanted).revision);
  await expect(host.deploy(wanted, NEVER_UP)).rejects.toThrow(
    /rolled-back: .* rolled back to the last known good set, which serves/,
  );
  expect(host.held(host.config)).toBe(edited);
  await host.reboot();
  await host.serves();
  expect(await host.push()).toBe(401);
  host.zot.fault("none");
  expect((await host.deploy(wanted)).outcome).toBe("restarted");
}

async function disabledBy(host: ManagedHost, command: string): Promise<void> {
  await host.deploy(host.desired());
  await host.shell(command);
  await until("it is gone", async () => (await host.status("/v2/")) === 0);
  expect((await host.compare(host.desired())).report).toEqual(["not serving"]);
  expect((await host.deploy(host.desired())).outcome).toBe("restarted");
  expect(await host.compare(host.desired())).toMatchObject({ inSync: true });
}

describe("launchd", () => {
  const agent: Service = { manager: "launchd", label: LABEL, manage: true };
  const target = `gui/${String(process.getuid?.() ?? 0)}/${LABEL}`;

  test.concurrent(
    "the stand-in refuses a definition that is none, and runs no agent that nothing starts",
    on(agent, async (host) => {
      const good = await host.openAgent();
      await host.shell(`launchctl bootout ${target}`);
      await until("it is gone", async () => (await host.status("/v2/")) === 0);
      const load = () =>
        host.shell(`launchctl bootstrap ${target.replace(/\/[^/]+$/, "")} ${host.definition} 2>&1 || :`);
      for (const bad of [
        good.replace("</array>", ""),
        good.replace("serve", "a & b"),
        good.replace(LABEL, ""),
      ]) {
        writeFileSync(host.definition, bad);
        expect(await load()).toContain("Bootstrap failed: 5");
      }
      writeFileSync(host.definition, good.replaceAll("<true/>", "<false/>"));
      await load();
      expect(await host.shell(`launchctl print ${target}`)).toContain("state = spawn scheduled");
      expect(await host.status("/v2/")).toBe(0);
    }),
  );

  test.concurrent(
    "adopts an agent, keeps it, and restores it",
    on(agent, async (host) => {
      const before = await host.openAgent();
      const dotfile = join(host.home, "dotfiles.json");
      renameSync(host.config, dotfile);
      symlinkSync(dotfile, host.config);
      expect(await host.push()).toBe(202);
      expect((await host.compare(host.desired())).report).toContain("service differs");

      expect((await host.deploy(host.desired())).outcome).toBe("restarted");
      expect(await host.push()).toBe(401);
      expect(readFileSync(host.definition, "utf8")).toContain("zot-access/current/launcher.sh");
      expect(await host.shell(`launchctl print ${target}`)).toContain("state = running");
      expect(await host.compare(host.desired())).toMatchObject({ inSync: true });
      expect((await host.deploy(host.desired())).outcome).toBe("unchanged");

      const loadedAs = await host.shell(`launchctl print ${target}`);
      expect((await host.deploy(host.desired({ writers: ["others"] }))).outcome).toBe("reloaded");
      expect(await host.shell(`launchctl print ${target}`)).toBe(loadedAs);
      expect((await host.deploy(host.desired({ secret: "another" }))).outcome).toBe("restarted");

      writeFileSync(host.definition, before);
      expect((await host.compare(host.desired({ secret: "another" }))).report).toEqual(["service differs"]);
      expect((await host.deploy(host.desired({ secret: "another" }))).outcome).toBe("restarted");
      expect(readFileSync(host.definition, "utf8")).toContain("launcher.sh");

      expect((await host.restore()).outcome).toBe("restarted");
      expect(readFileSync(host.definition, "utf8")).toBe(before);
      expect(readdirSync(host.layout.configFolder)).toEqual(["config.json", "zot.log"]);
      expect(readlinkSync(host.config)).toBe(dotfile);
      expect(await host.push()).toBe(202);
      expect(await host.restore()).toMatchObject({ outcome: "unchanged" });
    }),
  );

  test.concurrent(
    "a zot that does not end when it is told to: killed in time, and the deploy waits for that",
    on(agent, async (host) => {
      // Longer than zot may take for its start.
      await host.openAgent(host.config, { base: POLLING, exitTimeOut: 35 });
      const limits = { ...LIMITS, startSeconds: 25, drainSeconds: 30 };
      host.layout.limits = limits;
      expect((await host.deploy(host.desired({ base: POLLING }), { limits })).outcome).toBe("restarted");
      const next = host.desired({ base: POLLING, secret: "another" });
      expect((await host.deploy(next, { limits })).outcome).toBe("restarted");
      expect(await host.compare(next)).toMatchObject({ inSync: true });
      expect(host.held(host.layout.configFolder + "/zot.log")).toMatch(
        /did not end within 30s of SIGTERM: killing it/,
      );
      expect((await host.restore()).outcome).toBe("restarted");
      expect(await host.push()).toBe(202);
    }),
  );

  test.concurrent(
    "an agent whose new definition fails is rolled back, byte for byte, and loaded",
    on(agent, async (host) => {
      const before = await host.openAgent(join(host.home, "elsewhere/config.json"));
      host.zot.fault("dies-in-the-launcher");
      await expect(host.deploy(host.desired(), NEVER_UP)).rejects.toThrow(
        /rolled-back: .* what was there before the first deploy is back and serving/,
      );
      expect(host.held(host.config)).toBeUndefined();
      expect(readFileSync(host.definition, "utf8")).toBe(before);
      expect(await host.push()).toBe(202);
      host.zot.fault("none");
      expect((await host.deploy(host.desired())).outcome).toBe("restarted");
    }),
  );

  test.concurrent(
    "a failed deploy over a config edited by hand restores the edited one, also after a reboot",
    on(agent, editedByHand),
  );

  test.concurrent(
    "a disabled or unloaded label comes up all the same",
    on(agent, async (host) => {
      await host.openAgent();
      await disabledBy(host, `launchctl disable ${target}; launchctl bootout ${target}`);
    }),
  );

  test.concurrent(
    "with nobody logged in launchctl's error is passed on, and nothing is left half-way",
    on(agent, async (host) => {
      rmSync(join(host.fakes, "launchd/gui"));
      await expect(host.deploy(host.desired())).rejects.toThrow(
        /rolled-back: .*Domain does not support specified action: set the service's domain to user/,
      );
      expect(existsSync(host.definition)).toBe(false);
      expect(host.held(host.config)).toBeUndefined();
      writeFileSync(join(host.fakes, "launchd/gui"), "");
      expect((await host.deploy(host.desired())).outcome).toBe("restarted");
    }),
  );

  test.concurrent(
    "an agent that another tool owns is restarted and never rewritten; it has no launcher, so zot itself opens the set",
    on({ ...agent, manage: false }, async (host) => {
      const before = await host.openAgent();
      expect((await host.deploy(host.desired())).outcome).toBe("restarted");
      expect(readFileSync(host.definition, "utf8")).toBe(before);
      expect(await host.push()).toBe(401);
      expect((await host.deploy(host.desired({ writers: ["others"] }))).outcome).toBe("reloaded");
      expect(await host.compare(host.desired({ writers: ["others"] }))).toMatchObject({ inSync: true });
      await host.shell(`launchctl kickstart -k ${target}`);
      await until("zot runs again", async () => (await host.status("/v2/")) === 200);
      // It reads another file than the one that a reload writes: that is waited for in vain.
      expect((await host.deploy(host.desired(), { limits: LIMITS })).outcome).toBe("restarted");
      expect(await host.push()).toBe(401);
    }),
  );
});

describe("launchd's logs", () => {
  const logs = (home: string) => ({
    out: join(home, "Library/Logs/zot.out.log"),
    err: join(home, "Library/Logs/zot.err.log"),
  });

  test.concurrent(
    "are two files, in a new folder; a rotated file is created again by the next start",
    async () => {
      const host = await startManagedHost({ manager: "launchd", label: LABEL, manage: true });
      try {
        const { out, err } = logs(host.home);
        host.layout.service = { manager: "launchd", label: LABEL, manage: true, logFile: { out, err } };
        expect((await host.deploy(host.desired())).outcome).toBe("restarted");
        await until("zot says that it serves", () => /configuration settings/.test(host.held(out) ?? ""));
        renameSync(err, `${err}.0`);
        renameSync(out, `${out}.0`);
        expect((await host.deploy(host.desired({ secret: "another" }))).outcome).toBe("restarted");
        expect(host.held(out)).toContain("configuration settings");
        expect(await host.compare(host.desired({ secret: "another" }))).toMatchObject({ inSync: true });
      } finally {
        await host.stop();
      }
    },
  );
});

describe("systemd", () => {
  const unit: Service = { manager: "systemd", unit: "zot.service", scope: "user", manage: true };

  test.concurrent(
    "sets up an empty host, keeps it, and removes everything again",
    on(unit, async (host) => {
      expect((await host.deploy(host.desired())).outcome).toBe("restarted");
      expect(await host.push()).toBe(401);
      expect(existsSync(join(host.fakes, "systemd/enabled-zot.service"))).toBe(true);
      expect(await host.compare(host.desired())).toMatchObject({ inSync: true });
      expect((await host.deploy(host.desired({ secret: "another" }))).outcome).toBe("restarted");
      writeFileSync(host.definition, "[Service]\nExecStart=/bin/false\n");
      expect((await host.compare(host.desired({ secret: "another" }))).report).toEqual(["service differs"]);
      expect((await host.deploy(host.desired({ secret: "another" }))).outcome).toBe("restarted");
      expect(await host.compare(host.desired({ secret: "another" }))).toMatchObject({ inSync: true });

      expect((await host.restore()).outcome).toBe("restarted");
      expect(readdirSync(host.layout.configFolder)).toEqual([]);
      expect(readdirSync(dirname(host.definition))).toEqual([]);
      expect(existsSync(join(host.fakes, "systemd/enabled-zot.service"))).toBe(false);
      expect(await host.status("/v2/")).toBe(0);
    }),
  );

  test.concurrent(
    "a first deploy that fails leaves nothing behind, and nothing running",
    on(unit, async (host) => {
      host.zot.fault("dies-in-the-launcher");
      await expect(host.deploy(host.desired(), NEVER_UP)).rejects.toThrow("rolled-back");
      expect(existsSync(host.definition)).toBe(false);
      expect(host.held(host.config)).toBeUndefined();
      expect(await host.status("/v2/")).toBe(0);
      host.zot.fault("none");
      expect((await host.deploy(host.desired())).outcome).toBe("restarted");
    }),
  );

  test.concurrent(
    "a failed deploy over a config edited by hand restores the edited one, also after a reboot",
    on(unit, editedByHand, noContainers() === undefined),
  );

  test.concurrent(
    "a unit that was disabled and stopped is enabled and started by the next deploy",
    on(unit, async (host) => {
      await disabledBy(host, `${BUS} disable --now zot.service`);
      expect(existsSync(join(host.fakes, "systemd/enabled-zot.service"))).toBe(true);
    }),
  );

  const restart = `${BUS} restart zot.service && : >"$HOME/restarted"`;
  test.concurrent(
    "a unit that another tool owns is restarted by the command of the settings",
    on({ ...unit, manage: false, restart }, async (host) => {
      await someUnit(host);
      const text = readFileSync(host.definition, "utf8");
      expect((await host.deploy(host.desired())).outcome).toBe("restarted");
      expect(existsSync(join(host.home, "restarted"))).toBe(true);
      expect(readFileSync(host.definition, "utf8")).toBe(text);
      expect(await host.push()).toBe(401);
    }),
  );
});
