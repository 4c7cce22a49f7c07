import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { runMission, type Mission } from "../../rehearsal/mission/mission";
import { stackFile } from "../../rehearsal/mission/stack-file";
import { removeWorld } from "../../rehearsal/mission/world";
import { PullingClient } from "./pulling-client";

const PREVIEWS = 5;

/*
 * What an operator waits for and what a client of the registry notices, in the rehearsal's world on loopback. Figures
 * are printed and never asserted: they are the machine's as much as the program's.
 */
async function main(): Promise<void> {
  const project = resolve(__dirname, "../..");
  await mkdir(join(project, ".rehearsal"), { recursive: true });
  const folder = await mkdtemp(join(project, ".rehearsal", "bench-"));
  const stops: (() => Promise<void>)[] = [];
  let log = "";
  try {
    const write = (text: string) => {
      log += text;
    };
    const mission = await runMission({ project, folder, write, cleanUp: (stop) => stops.push(stop) });
    const first = mission.report.steps.find(({ name }) => name === "pulumi up");
    print("first pulumi up, everything made", first?.seconds ?? 0);
    await previews(mission);
    await deploys(mission);
  } catch (error) {
    process.stderr.write(log);
    throw error;
  } finally {
    for (const stop of stops.reverse()) await stop();
    await removeWorld(folder);
  }
}

async function previews({ pulumi }: Mission): Promise<void> {
  const times: number[] = [];
  for (let run = 0; run < PREVIEWS; run++) times.push(await timed(() => pulumi.previewWithoutChanges()));
  times.sort((left, right) => left - right);
  print(`preview without a change, median of ${PREVIEWS}`, times[Math.floor(PREVIEWS / 2)] ?? 0);
  print("up without a change", await timed(() => pulumi.up()));
}

async function deploys(mission: Mission): Promise<void> {
  const cases: [what: string, places: Record<string, unknown>][] = [
    [
      "a change of access only (zot reloads)",
      { "zot-access:access": { pushRepositories: ["blumeops/**", "tools/**"] } },
    ],
    ["a change of the log level (zot restarts)", { "zot-access:zot": { logLevel: "warn" } }],
  ];
  for (const [what, places] of cases) {
    const settings = await readFile(mission.pulumi.configFile, "utf8");
    await writeFile(mission.pulumi.configFile, stackFile(settings, places));
    const client = new PullingClient(`${mission.world.host.registryUrl}/v2/blumeops/hello/manifests/1.0`);
    const seconds = await timed(() => mission.pulumi.up());
    const { pulls, longestGapMs } = await client.stop();
    print(
      `up with ${what}`,
      seconds,
      `; of ${pulls} anonymous pulls meanwhile, longest time without one: ${longestGapMs} ms`,
    );
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

function print(what: string, seconds: number, more = ""): void {
  process.stdout.write(`${what}: ${seconds.toFixed(1)} s${more}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
