import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { renderFiles } from "../../../../systems/host/files";
import { applyCommand, applyInput, parseOutcome } from "../../../../systems/host/payload";
import { serviceSettings, zotAddress, zotWords } from "../../../../systems/host/script-settings";
import { parseProbe } from "../../../../systems/host/probe-answer";
import { PROBE_SCRIPT } from "../../../../systems/host/scripts";
import { assignments } from "../../../../systems/host/shell";
import { runOverSsh } from "../../../../systems/host/ssh";
import type { Limits } from "../../../../systems/host/types";
import { type HostWorld, LIMITS, NEVER_UP, patient, SSH_SECONDS, startHostWorld, type Wanted } from "./world";

/*
 * A shell that runs what a deploy sends to a host: by the same tests for each, in a file of its own, since much of them is waiting.
 */

/** A PATH with busybox alone, and the few programs that it lacks. */
export function busyboxPath(root: string): string {
  const folder = join(root, "busybox");
  if (existsSync(folder)) return folder;
  mkdirSync(folder);
  const busybox = execFileSync("sh", ["-c", "command -v busybox"], { encoding: "utf8" }).trim();
  // Some builds list themselves among their applets.
  const applets = execFileSync(busybox, ["--list"], { encoding: "utf8" }).trim().split("\n");
  for (const name of new Set([...applets, "busybox"])) symlinkSync(busybox, join(folder, name));
  symlinkSync("/usr/bin/curl", join(folder, "curl"));
  return folder;
}

const here = (program: string) => spawnSync(program, ["--help"]).error === undefined;

/** The tests of one shell: how it is called, and the PATH that it has besides the host's own. */
export function inShell(shell: readonly [string, ...string[]], path?: (root: string) => string): void {
  let world: HostWorld;
  beforeAll(async () => {
    world = await startHostWorld();
  });
  afterAll(() => world.stop());

  const test_ = here(shell[0]) ? test : test.skip;

  /** Runs a script on the host by that shell instead of the host's own. */
  async function run(command: string, input: string): Promise<string> {
    const runtime = world.host.layout.container ? `:${join(world.root, "runtime")}` : "";
    const byShell = `${path ? `PATH=${path(world.root)}${runtime} ` : ""}${command.replace("exec /bin/sh", shell.join(" "))}`;
    return (await runOverSsh(world.host.ssh, byShell, input, SSH_SECONDS)).stdout;
  }
  /** Another one for each shell, so that its first deploy is a restart. */
  const ours = (wanted: Wanted = {}) => world.desired({ secret: shell[0], ...wanted });
  const apply = async (wanted = ours(), limits: Partial<Limits> = {}) => {
    const layout = { ...world.host.layout, limits: { ...patient(LIMITS), ...limits } };
    return parseOutcome(await run(applyCommand("g", wanted.expectedVersion), applyInput(layout, wanted)));
  };

  test_("deploys, finds the same unchanged, reloads, restarts, refuses", async () => {
    expect((await apply()).outcome).toBe("restarted");
    expect((await apply()).outcome).toBe("unchanged");
    expect((await apply(ours({ writers: ["others"] }))).outcome).toBe("reloaded");
    world.zot.fault("dies-at-start");
    await expect(apply()).resolves.toMatchObject({ outcome: "reloaded" });
    await expect(apply(ours({ secret: "x" }))).rejects.toThrow(/refused: zot was tried/);
    world.zot.fault("none");
  });

  test_("rolls back a set that fails only after the switch", async () => {
    await apply();
    const wanted = ours({ secret: "y" });
    world.zot.fault("dies-in-the-launcher", renderFiles(world.host.layout, wanted).revision);
    await expect(apply(wanted, NEVER_UP.limits)).rejects.toThrow(
      /rolled-back: .* rolled back to the last known good set, which serves/,
    );
    world.zot.fault("none");
    expect((await apply()).outcome).toBe("unchanged");
  });

  test_("probes", async () => {
    await apply();
    const { layout } = world.host;
    const settings = assignments({
      ZA_ROOT: layout.configFolder,
      ...zotWords(layout),
      ...zotAddress(layout),
      ...serviceSettings(layout),
    });
    const state = parseProbe(
      await run("exec /bin/sh -s", settings + PROBE_SCRIPT),
      Math.round(Date.now() / 1000),
    );
    expect(state).toEqual({ ...(await world.probe()), clockSkewSeconds: expect.any(Number) as number });
    expect(state).toMatchObject({
      serving: true,
      generation: "g",
      credentialsMode: "600",
      zotVersion: "2.1.20",
    });
  });
}
