import { resolve } from "node:path";
import { commandLine, parse, runMain } from "../../commands/shared/command-line";
import { runMission, type Mission } from "../../rehearsal/mission/mission";
import { changeSettings } from "../../rehearsal/mission/stack";
import { partLines } from "../../rehearsal/mission/world";
import { againstAnsible } from "./against-ansible";
import { cost, medianCost } from "./measure";
import { inQuietFolder } from "./quiet-folder";
import { PullingClient } from "./pulling-client";
import { scale } from "./scale";
import { zotStart } from "./zot-start";

const PREVIEWS = 5;

const line = commandLine(
  "npm run bench --",
  "[--against-ansible | --scale] [--container]",
  "Measures the rehearsal's world on loopback, and prints the figures.",
  {
    0: "the figures are complete",
    1: "the rehearsal failed",
  },
)
  .option("--against-ansible", "also measure the Ansible role that the program replaces")
  .option("--scale", "measure instead what each further secret, pusher and registry costs")
  .option("--container", "with zot in a container, of the stand-in of podman");

/*
 * What an operator waits for and what a client of the registry notices, in the rehearsal's world on loopback. Figures
 * are printed and never asserted: they depend on the machine as much as on the program.
 */
async function main(): Promise<undefined> {
  const {
    againstAnsible: beside = false,
    container,
    scale: byUnit = false,
  } = parse<{
    readonly againstAnsible?: true;
    readonly container?: true;
    readonly scale?: true;
  }>(line).options;
  const project = resolve(__dirname, "../..");
  if (byUnit) {
    await scale(project, PREVIEWS, (text) => process.stdout.write(`${text}\n`));
    return;
  }
  await inQuietFolder(project, "bench-", async (quiet) => {
    const mission = await runMission({ ...quiet, container });
    // A figure means little without what it was measured with.
    process.stdout.write(`${partLines(mission.report.parts).join("\n")}\n`);
    const first = mission.report.steps.find(({ name }) => name === "pulumi up");
    print("first pulumi up, everything made", first?.seconds ?? 0);
    await previews(mission);
    await deploys(mission, await zotStart(mission.world, quiet.folder, PREVIEWS));
    if (beside) await againstAnsible({ project, folder: quiet.folder, mission, runs: PREVIEWS });
  });
}

async function previews({ pulumi }: Mission): Promise<void> {
  const { seconds, cpuSeconds, requests } = await medianCost(PREVIEWS, () => pulumi.previewWithoutChanges());
  const cpu = cpuSeconds === undefined ? "" : `${cpuSeconds.toFixed(1)} s of CPU, `;
  print(`preview without a change, median of ${PREVIEWS}`, seconds, `; ${cpu}${requests} requests`);
  print("up without a change", (await cost(() => pulumi.up())).seconds);
}

/** @param startMs the start time of this zot alone, which is part of a restart's gap */
async function deploys(mission: Mission, startMs: number | undefined): Promise<void> {
  const cases: [what: string, places: Record<string, unknown>, restarts: boolean][] = [
    [
      "a change of access only (zot reloads)",
      { "zot-access:pushers": { "zot-ci": { in: ["blumeops/**", "tools/**"] } } },
      false,
    ],
    [
      "a change of the log level (zot restarts)",
      { "zot-access:zot": { config: { log: { level: "warn" } } } },
      true,
    ],
  ];
  for (const [what, places, restarts] of cases) {
    await changeSettings(mission.pulumi, places);
    const client = new PullingClient(`${mission.world.host.registryUrl}/v2/blumeops/hello/manifests/1.0`);
    const { seconds } = await cost(() => mission.pulumi.up());
    const { pulls, longestGapMs } = await client.stop();
    print(
      `up with ${what}`,
      seconds,
      `; of ${pulls} anonymous pulls meanwhile, longest time without one: ${longestGapMs} ms` +
        (restarts ? shareOf(startMs, longestGapMs) : ""),
    );
  }
}

function shareOf(startMs: number | undefined, gapMs: number): string {
  if (startMs === undefined) return "";
  const percent = Math.round((startMs / gapMs) * 100);
  return `, of which zot's own start is ${Math.round(startMs)} ms (${percent} %, median of ${PREVIEWS} starts)`;
}

function print(what: string, seconds: number, more = ""): void {
  process.stdout.write(`${what}: ${seconds.toFixed(1)} s${more}\n`);
}

runMain("bench", main, { failed: 1 });
