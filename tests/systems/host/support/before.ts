import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Service } from "../../../../systems/host/types";
import { BUS, contain, IMAGES, withUnit } from "./contained";
import type { CutHost } from "./cut";
import { LABEL, type ManagedHost, startManagedHost } from "./managed-host";
import { steps } from "./steps";
import { CONTAINED } from "./world";

/** A host before its first deploy. */
export interface Before {
  service: Service;
  /** Makes what was there before, and says what it was. */
  setUp: (host: ManagedHost) => Promise<Record<string, string | undefined>>;
  /** What an anonymous push is answered with there. */
  push: number;
}

const OURS: Service = { manager: "systemd", unit: "zot.service", scope: "user", manage: true };

/** A LaunchAgent that runs zot; or, in containers, a unit that starts one. */
const ANOTHER: Pick<Before, "service" | "setUp"> = CONTAINED
  ? {
      service: OURS,
      setUp: async (host) => {
        const { container, dataFolder, configFolder } = host.layout;
        if (!container) throw new Error("the host runs containers");
        const config = await withUnit({ host, container }, [
          `${dataFolder}:${IMAGES}`,
          `${configFolder}:/etc/zot`,
        ]);
        await host.shell(`${BUS} enable zot.service`);
        return { definition: host.held(host.definition), config };
      },
    }
  : {
      service: { manager: "launchd", label: LABEL, manage: true },
      setUp: async (host) => {
        const definition = await host.openAgent();
        return { definition, config: host.held(host.config) };
      },
    };

export const BEFORE: Record<string, Before> = {
  "a registry of another tool": { ...ANOTHER, push: 202 },
  nothing: {
    service: OURS,
    setUp: () => Promise.resolve({ definition: undefined, config: undefined }),
    push: 0,
  },
};

/** A host as it was before its first deploy, of which each run can be cut. */
export async function startBefore({ service, setUp }: Before): Promise<{
  host: ManagedHost;
  cuts: CutHost;
  was: Record<string, string | undefined>;
}> {
  const root = mkdtempSync(join(tmpdir(), "zot-access-before-"));
  const step = steps(join(root, "steps"));
  const host = await startManagedHost(service, { root, path: step.path });
  if (CONTAINED) await contain(host, "stand-in", "podman");
  const cuts = { ssh: host.ssh, layout: host.layout, home: host.home, step };
  return { host, cuts, was: await setUp(host) };
}
