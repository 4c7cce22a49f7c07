import type { Identity } from "../../rehearsal/zot/client";
import { identity, world, type World } from "../../rehearsal/zot/world";
import { type Ended, job, programs, step, stub } from "./job";

type Environment = Readonly<Record<string, string>>;

export interface CiWorld {
  readonly registry: World;
  /** CI's own. */
  readonly key: string;
  /** Runs a push script with CI's key, and with the stand-ins before the system's programs. */
  run(script: string, args: readonly string[], env: Environment): Promise<Ended>;
  /** Runs the script of a workflow's step in a folder, as a runner does. */
  runStep(script: string, cwd: string, env: Environment): Promise<Ended>;
}

/** A registry where zot-ci may push new tags, for all tests of a file. @param standIns programs that support/ stands in for. */
export function ciWorld(...standIns: string[]): CiWorld {
  // As the product renders it: Nix makes docker's manifests.
  const registry = world(({ http }) => {
    http.compat = ["docker2s2"];
  });
  let ci: Identity;
  let bin: string;
  beforeAll(async () => {
    ci = await identity(registry, "zot-ci", ["artifact-workloads"]);
    bin = programs(registry.folder, Object.fromEntries(standIns.map((name) => [name, stub(name)])));
  });
  const options = (env: Environment) => ({
    env: { REGISTRY_URL: registry.url, ZOT_CI_API_KEY: ci.key, ...env },
    programs: bin,
  });
  return {
    registry,
    get key() {
      return ci.key;
    },
    run: (script, args, env) => job(registry.folder, { script, args, ...options(env) }),
    runStep: (script, cwd, env) =>
      step(registry.folder, ["bash", "-e", "-o", "pipefail", "-c", script], { cwd, ...options(env) }),
  };
}
