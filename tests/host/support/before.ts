import type { Service } from "../../../host/types";
import { LABEL, type ManagedHost } from "./managed-host";

/** A host before its first deploy. */
export interface Before {
  service: Service;
  /** Makes what was there before, and says what it was. */
  setUp: (host: ManagedHost) => Promise<Record<string, string | undefined>>;
  /** What an anonymous push is answered with there. */
  push: number;
}

export const BEFORE: Record<string, Before> = {
  "a registry of another tool": {
    service: { manager: "launchd", label: LABEL, manage: true },
    setUp: async (host) => {
      const definition = await host.openAgent();
      return { definition, config: host.held(host.config) };
    },
    push: 202,
  },
  nothing: {
    service: { manager: "systemd", unit: "zot.service", scope: "user", manage: true },
    setUp: () => Promise.resolve({ definition: undefined, config: undefined }),
    push: 0,
  },
};
