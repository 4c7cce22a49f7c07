import type { Identity } from "../../rehearsal/zot/client";
import { identity, world, type World } from "../../rehearsal/zot/world";
import { type Ended, job, programs, stub } from "./job";

export interface CiWorld {
  readonly registry: World;
  /** Runs a push script with CI's key, and with the stand-ins before the system's programs. */
  run(script: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended>;
}

/** A registry where zot-ci may push new tags, for all tests of a file. @param standIns programs that support/ stands in for. */
export function ciWorld(...standIns: string[]): CiWorld {
  const registry = world();
  let ci: Identity;
  let bin: string;
  beforeAll(async () => {
    ci = await identity(registry, "zot-ci", ["artifact-workloads"]);
    bin = programs(registry.folder, Object.fromEntries(standIns.map((name) => [name, stub(name)])));
  });
  return {
    registry,
    run: (script, args, env) =>
      job(registry.folder, {
        script,
        args,
        env: { REGISTRY_URL: registry.url, ZOT_CI_API_KEY: ci.key, ...env },
        programs: bin,
      }),
  };
}
