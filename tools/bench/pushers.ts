import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pushImage } from "../../rehearsal/mission/image";
import { Pulumi } from "../../rehearsal/mission/pulumi";
import { changeSettings, prepareStack } from "../../rehearsal/mission/stack";
import { startWorld, type World } from "../../rehearsal/mission/world";
import { messageOf } from "../../systems/text";
import { type Cost, cost, medianCost } from "./measure";
import { inQuietFolder } from "./quiet-folder";

/*
 * 20 pushers with 50 repositories in the rehearsal's world: created, previewed without a change, all keys renewed,
 * and all but one retired; the preview of that one shows what each of the others costs. Figures are printed and never
 * asserted: they depend on the machine as much as on the program.
 */
const PUSHERS = 20;
const REPOSITORIES = 50;
const PREVIEWS = 5;

const pusherName = (at: number): string => `team-${String(at).padStart(2, "0")}`;

/** Settings of that many pushers, each with its own repositories and a secret in Forgejo. */
function settingsOf(count: number, calendar: object = {}) {
  const names = Array.from({ length: count }, (_, at) => pusherName(at));
  const gone = Array.from({ length: PUSHERS }, (_, at) => pusherName(at)).filter(
    (name) => !names.includes(name),
  );
  return {
    "zot-access:pushers": {
      "zot-ci": null,
      "cv-ci": null,
      ...Object.fromEntries(names.map((name) => [name, { in: [`${name}/**`], ...calendar }])),
      ...Object.fromEntries(gone.map((name) => [name, null])),
    },
    "zot-access:forgejo": {
      repositories: [
        {
          name: "blumeops",
          secrets: Object.fromEntries(
            names.map((name) => [`${name.replace("-", "_").toUpperCase()}_API_KEY`, `key:${name}`]),
          ),
        },
      ],
    },
  };
}

async function main(): Promise<void> {
  const project = resolve(__dirname, "../..");
  await inQuietFolder(project, "bench-pushers-", async (quiet) => {
    await mkdir(join(quiet.folder, "tmp"), { recursive: true });
    const world = await startWorld(quiet.folder);
    quiet.cleanUp(() => world.stop());
    await pushAll(world);
    const pulumi = await prepareStack(quiet, world, world, "rehearsal");
    await changeSettings(pulumi, settingsOf(PUSHERS));
    await measure("up from nothing", () => pulumi.up());
    print(`answers of the proof: ${answersIn(quiet.log())}`);
    const many = await previews(pulumi, PUSHERS);
    await changeSettings(pulumi, settingsOf(PUSHERS, { lifetimeDays: 31, renewAfterDays: 20 }));
    await measure("up that renews all keys", () => pulumi.up());
    await changeSettings(pulumi, settingsOf(1, { lifetimeDays: 31, renewAfterDays: 20 }));
    await measure(`up that retires ${PUSHERS - 1}`, () => pulumi.up());
    const one = await previews(pulumi, 1);
    const each = (of: number, from: number) => (((of - from) * 1000) / (PUSHERS - 1)).toFixed(0);
    print(
      `a preview takes ${each(many.seconds, one.seconds)} ms more for each pusher, and ` +
        `${each(many.cpuSeconds ?? NaN, one.cpuSeconds ?? NaN)} ms of CPU`,
    );
  });
}

/** While no login is needed. */
async function pushAll({ host }: World): Promise<void> {
  for (let at = 0; at < REPOSITORIES; at++) {
    const repository = `${pusherName(at % PUSHERS)}/image-${at}`;
    const status = await pushImage(host.registryUrl, repository, "1.0", repository);
    if (status !== 201) throw new Error(`a push of ${repository} was answered ${status}`);
  }
}

async function measure(what: string, run: () => Promise<unknown>): Promise<void> {
  print(`${what}: ${figures(await cost(run), 1)}`);
}

async function previews(pulumi: Pulumi, pushers: number) {
  const median = await medianCost(PREVIEWS, () => pulumi.previewWithoutChanges());
  print(`preview without a change, pushers: ${pushers}, median of ${PREVIEWS}: ${figures(median, 2)}`);
  return median;
}

function figures({ cpuSeconds, peakMib, requests, seconds }: Cost, digits: number): string {
  const cpu = cpuSeconds?.toFixed(digits) ?? "?";
  return `${seconds.toFixed(digits)} s, ${cpu} s of CPU, ${requests} requests, ${peakMib?.toFixed(0) ?? "?"} MiB`;
}

function answersIn(log: string): string {
  return /answersProven *: (\d+)/.exec(log)?.[1] ?? "?";
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
});
