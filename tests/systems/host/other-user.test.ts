import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { until } from "../../../rehearsal/host/until";
import { probeHost } from "../../../systems/host/probe";
import type { Service } from "../../../systems/host/types";
import { type ManagedHost, startManagedHost } from "./support/managed-host";

/*
 * zot as a user other than the one that SSH logs in as: a second user of the machine, as whom only root can start anything.
 */
const asRoot = process.getuid?.() === 0 ? test : test.skip;
const unit: Service = { manager: "systemd", unit: "zot.service", scope: "system", manage: false };

/** Another user must get to its files, so it is no folder of root's own. */
const open = () => {
  const root = mkdtempSync("/tmp/zot-access-other-user-");
  chmodSync(root, 0o755);
  return root;
};

async function withUnit(user: string, body: (host: ManagedHost) => Promise<void>): Promise<void> {
  const host = await startManagedHost(unit, { root: open() });
  try {
    host.writeOpenConfig();
    const id = Number(execFileSync("id", ["-u", user], { encoding: "utf8" }));
    mkdirSync(host.layout.dataFolder);
    chownSync(host.layout.dataFolder, id, id);
    const definition = join(host.fakes, "system/zot.service");
    mkdirSync(dirname(definition), { recursive: true });
    writeFileSync(definition, `[Service]\nUser=${user}\nExecStart=${host.zot.path} serve ${host.config}\n`);
    await host.shell("systemctl daemon-reload; systemctl restart zot.service");
    await host.serves();
    await body(host);
  } finally {
    await host.stop();
  }
}

async function isRefused(host: ManagedHost): Promise<void> {
  const before = readFileSync(host.config, "utf8");
  expect(await probeHost(host.ssh, host.layout)).toMatchObject({ otherUser: "nobody" });
  await expect(host.deploy(host.desired())).rejects.toThrow(
    /refused: zot runs as the user nobody, and a deploy as root: set host.runAs to nobody.*nothing was changed/,
  );
  expect(readFileSync(host.config, "utf8")).toBe(before);
  expect(readdirSync(host.layout.configFolder)).toEqual(["config.json"]);
}

asRoot("zot as nobody: refused before anything is touched, and it serves on as the process that it was", () =>
  withUnit("nobody", async (host) => {
    const process = join(host.fakes, "systemd/zot.service/pid");
    const pid = readFileSync(process, "utf8");
    await isRefused(host);
    expect(readFileSync(process, "utf8")).toBe(pid);
    expect(await host.push()).toBe(202);
  }),
);

asRoot("zot as nobody, on a host whose ps cannot say it", () =>
  withUnit("nobody", async (host) => {
    writeFileSync(join(host.fakes, "ps"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    writeFileSync(join(host.fakes, "system/zot.service"), "[Service]\n");
    await host.shell("systemctl daemon-reload");
    await isRefused(host);
  }),
);

asRoot("zot as nobody, while it does not run: the unit's own User says it", () =>
  withUnit("nobody", async (host) => {
    await host.shell("systemctl stop zot.service");
    await until("it is gone", async () => (await host.status("/v2/")) === 0);
    await isRefused(host);
    expect(existsSync(join(host.layout.configFolder, "zot-access"))).toBe(false);
  }),
);

asRoot(
  "a container of another user's, which its unit starts: refused before anything is touched, whether it runs or not",
  () =>
    withUnit("nobody", async (host) => {
      // That user's own, of which the SSH user's runtime shows nothing.
      for (const name of ["podman", "docker"])
        writeFileSync(join(host.fakes, name), "#!/bin/sh\nexit 125\n", { mode: 0o755 });
      for (const runtime of ["podman", "docker"] as const) {
        host.layout.container = {
          ...{ runtime, image: "localhost/zot:1", name: "zot", network: "host", publish: [], options: [] },
          mounts: [`${host.layout.dataFolder}:/images`, `${host.layout.configFolder}:/etc/zot`],
        };
        await isRefused(host);
      }
      expect(await host.push()).toBe(202);
      await host.shell("systemctl stop zot.service");
      await until("it is gone", async () => (await host.status("/v2/")) === 0);
      await isRefused(host);
    }),
);

asRoot("zot as root, as whom SSH logs in: deployed", () =>
  withUnit("root", async (host) => {
    expect((await probeHost(host.ssh, host.layout)).otherUser).toBeUndefined();
    expect((await host.deploy(host.desired())).outcome).toBe("restarted");
  }),
);

asRoot("zot of a user who has a number and no name, while it does not run", () =>
  withUnit("root", async (host) => {
    writeFileSync(join(host.fakes, "system/zot.service"), "[Service]\nUser=4242\n");
    await host.shell("systemctl daemon-reload; systemctl stop zot.service");
    await until("it is gone", async () => (await host.status("/v2/")) === 0);
    expect((await probeHost(host.ssh, host.layout)).otherUser).toBe("4242");
    await expect(host.deploy(host.desired())).rejects.toThrow("refused: zot runs as the user 4242");
  }),
);

asRoot("another user's zot of the same binary is not the registry's", () =>
  withUnit("root", async (host) => {
    const nobody = Number(execFileSync("id", ["-u", "nobody"], { encoding: "utf8" }));
    const asNobody = { argv0: `${host.zot.path} serve /home/nobody/zot.json`, uid: nobody, gid: nobody };
    const other = spawn("sleep", ["600"], { ...asNobody, stdio: "ignore" });
    try {
      for (const ps of ["", "#!/bin/sh\nexit 1\n"]) {
        if (ps !== "") writeFileSync(join(host.fakes, "ps"), ps, { mode: 0o755 });
        expect((await probeHost(host.ssh, host.layout)).otherUser).toBeUndefined();
      }
      expect((await host.deploy(host.desired())).outcome).toBe("restarted");
    } finally {
      other.kill();
    }
  }),
);
