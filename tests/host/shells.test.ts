import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { applyCommand, applyInput, parseOutcome } from "../../host/payload";
import { parseProbe } from "../../host/probe-answer";
import { PROBE_SCRIPT } from "../../host/scripts";
import { assignments } from "../../host/shell";
import { serviceSettings } from "../../host/payload";
import { runOverSsh } from "../../host/ssh";
import { type HostWorld, startHostWorld } from "./support/world";

jest.setTimeout(120_000);

let world: HostWorld;
beforeAll(async () => {
  world = await startHostWorld();
});
afterAll(() => world.stop());

/** A PATH with busybox alone, and the few programs that it lacks. */
function busyboxPath(): string {
  const folder = join(world.root, "busybox");
  if (existsSync(folder)) return folder;
  mkdirSync(folder);
  const busybox = execFileSync("sh", ["-c", "command -v busybox"], { encoding: "utf8" }).trim();
  for (const applet of execFileSync(busybox, ["--list"], { encoding: "utf8" }).trim().split("\n")) {
    symlinkSync(busybox, join(folder, applet));
  }
  symlinkSync(busybox, join(folder, "busybox"));
  symlinkSync("/usr/bin/curl", join(folder, "curl"));
  return folder;
}

const here = (program: string) => spawnSync(program, ["--help"]).error === undefined;

describe.each([
  ["bash as sh", ["bash", "--posix", "-s"], undefined],
  ["busybox with its own tools", ["busybox", "sh", "-s"], busyboxPath],
] as const)("%s", (_, shell, path) => {
  const test_ = here(shell[0]) ? test : test.skip;

  /** Runs a script on the host by that shell instead of the host's own. */
  async function run(input: string): Promise<string> {
    const command = `${path ? `PATH=${path()} ` : ""}${shell.join(" ")}`;
    return (await runOverSsh(world.host.ssh, command, input, 100)).stdout;
  }
  const apply = async (wanted = world.desired()) =>
    parseOutcome(await run(applyInput(world.host.layout, wanted, "g")));

  test_("deploys, finds the same unchanged, reloads, restarts, refuses", async () => {
    await apply(world.desired({ secret: `before-${shell[0]}` }));
    expect((await apply()).outcome).toBe("restarted");
    expect((await apply()).outcome).toBe("unchanged");
    expect((await apply(world.desired({ writers: [shell[0]] }))).outcome).toBe("reloaded");
    world.zot.fault("dies-at-start");
    await expect(apply()).resolves.toMatchObject({ outcome: "reloaded" });
    await expect(apply(world.desired({ secret: "x" }))).rejects.toThrow(/refused: zot was tried/);
    world.zot.fault("none");
  });

  test_("rolls back a set that fails only after the switch", async () => {
    await apply();
    world.zot.fault("dies-in-the-launcher");
    setTimeout(() => world.zot.fault("none"), 4000).unref();
    await expect(apply(world.desired({ secret: "y" }))).resolves.toMatchObject({ outcome: "restarted" });
    expect((await apply()).outcome).toBe("restarted");
  });

  test_("probes", async () => {
    await apply();
    const { layout } = world.host;
    const settings = assignments({
      ZA_ROOT: layout.configFolder,
      ZA_ZOT: layout.zotBinary,
      ZA_URL: layout.loopbackUrl,
      ...serviceSettings(layout),
    });
    const state = parseProbe(await run(settings + PROBE_SCRIPT), Math.round(Date.now() / 1000));
    expect(state).toEqual({ ...(await world.probe()), clockSkewSeconds: expect.any(Number) as number });
    expect(state).toMatchObject({
      serving: true,
      generation: "g",
      credentialsMode: "600",
      zotVersion: "2.1.20",
    });
  });
});

test("a server that reports success for everything hides no failure", async () => {
  const lying = await startHostWorld({ alwaysExitsZero: true });
  try {
    await lying.deploy(lying.desired());
    lying.zot.fault("dies-at-start");
    const wanted = lying.desired({ secret: "other" });
    const first = await lying.compare(wanted);
    const input = applyInput(lying.host.layout, wanted, first.generation);
    const { code, stdout } = await runOverSsh(lying.host.ssh, applyCommand(first.generation), input, 100);
    expect(code).toBe(0);
    expect(() => parseOutcome(stdout)).toThrow("refused");
    lying.zot.fault("none");
    // Pulumi has stored the inputs of an update that it takes for a success: they must not be those of the next one.
    const second = await lying.compare(wanted);
    expect(second.generation).not.toBe(first.generation);
    expect((await lying.deploy(wanted)).outcome).toBe("restarted");
  } finally {
    await lying.stop();
  }
});
