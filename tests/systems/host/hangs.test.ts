import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { processesOf } from "../../../rehearsal/host/processes";
import { until } from "../../../rehearsal/host/until";
import { probeHost } from "../../../systems/host/probe";
import type { Service } from "../../../systems/host/types";
import { refuseUnusable } from "../../../systems/host/unusable";
import { type ManagedHost, startManagedHost } from "./support/managed-host";

/*
 * Programs of the host that are asked something and never answer.
 */

const asleep = (home: string) =>
  processesOf(home).filter((pid) => {
    const file = `/proc/${pid}/cmdline`;
    return existsSync(file) && readFileSync(file, "utf8").startsWith("sleep\x00600");
  });

const service: Service = { manager: "systemd", unit: "zot.service", scope: "user", manage: true };

const onHost = (body: (host: ManagedHost) => Promise<void>) => async () => {
  const host = await startManagedHost(service);
  try {
    await body(host);
    await until("all of it ends", () => asleep(host.home).length === 0);
  } finally {
    await host.stop();
  }
};

test.concurrent(
  "a runtime: named by the preview and by the script, and nothing of it is left",
  onHost(async (host) => {
    writeFileSync(join(host.fakes, "podman"), "#!/bin/sh\nsleep 600\n", { mode: 0o755 });
    const mounts = [`${host.layout.dataFolder}:/images`];
    host.layout.container = {
      ...{ runtime: "podman", image: "localhost/zot:1", name: "zot", mounts },
      ...{ network: "host", publish: [], options: [] },
    };
    const state = await probeHost(host.ssh, host.layout);
    expect(() => refuseUnusable(host.ssh, host.layout, state)).toThrow(
      /podman does not answer .* see what `podman image inspect localhost\/zot:1` waits for on the host/,
    );
    await expect(host.deploy(host.desired())).rejects.toThrow(
      /refused: podman does not answer on the host: see what .*; nothing was changed/,
    );
  }),
);

test.concurrent(
  "zot verify: refused after a minute, and nothing of it is left",
  onHost(async (host) => {
    host.zot.fault("hangs-in-verify");
    await expect(host.deploy(host.desired())).rejects.toThrow(
      /refused: zot verify of the config did not end within 60 s: see on the host .*; nothing was changed/,
    );
  }),
);
